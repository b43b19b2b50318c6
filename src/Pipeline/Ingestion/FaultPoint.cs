using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text.Json;

namespace Pipeline.Ingestion;

/// <summary>
/// The steps between which a crash must lose and double nothing, in the order a file meets them. <c>PIPELINE_FAULT=name</c> makes the
/// process kill itself (SIGKILL) at that step, <c>name:3</c> at the third time it is reached; <c>hold:name</c> keeps the file at that step
/// until the process gets a SIGCONT, while all else goes on. For the crash tests, and for anyone who wants to see the guarantee hold on
/// their own server.
/// </summary>
public enum FaultPoint
{
    AfterClaimBeforeLoading,
    AfterLoadingBeforeInsert,
    AfterStagingCreated,
    AfterPartMovedBeforeAttach,
    AfterFirstInsert,
    AfterInsertBeforeVerify,
    AfterVerifyBeforeRejects,
    AfterRejectsBeforePublishing,
    AfterPublishingBeforeAttach,
    AfterFirstAttach,
    AfterPublishBeforeRegistry,
    AfterPublishBeforeLedger,
    AfterLedgerBeforeArchive,
    AfterMoveBeforeLook,
    AfterUnpackBeforeArchive,
    AfterArchiveBeforeLedger,
    AfterQuarantineBeforeMove,
    AfterQuarantineMoveBeforeLedger,
    AfterUndoBeforeLedger,
}

/// <summary>Kills the process, or keeps the file, at the configured <see cref="FaultPoint"/>; does nothing otherwise.</summary>
public sealed class Faults
{
    const string HoldPrefix = "hold:";

    readonly FaultPoint? _point;
    readonly bool _holds;
    readonly Action<FaultPoint>? _watch;
    int _left;

    Faults(FaultPoint? point, int times, bool holds = false, Action<FaultPoint>? watch = null)
    {
        _point = point;
        _left = times;
        _holds = holds;
        _watch = watch;
    }

    public static Faults None { get; } = new(null, 0);

    /// <summary>Tells of every step instead of dying at one: for tests that change a file between two steps. The file waits meanwhile.</summary>
    public static Faults Watched(Action<FaultPoint> watch) => new(null, 0, watch: watch);

    /// <summary>Reads <c>name</c> or <c>name:count</c>, names in snake_case, with or without <c>hold:</c> before it.</summary>
    /// <exception cref="ArgumentException">There is no such point, and the message lists them; or Windows, which can hold none.</exception>
    public static Faults Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return None;
        }

        var holds = text.StartsWith(HoldPrefix, StringComparison.Ordinal);
        if (holds && OperatingSystem.IsWindows())
        {
            throw new ArgumentException("PIPELINE_FAULT: hold needs the signal SIGCONT, which Windows has not.");
        }

        var parts = (holds ? text[HoldPrefix.Length..] : text).Split(':', 2);
        var times = parts.Length == 2 ? int.Parse(parts[1]) : 1;
        foreach (var point in Enum.GetValues<FaultPoint>())
        {
            if (Name(point) == parts[0])
            {
                return new Faults(point, times, holds);
            }
        }

        throw new ArgumentException(
            $"PIPELINE_FAULT names no step: {parts[0]}. Steps: {string.Join(", ", Enum.GetValues<FaultPoint>().Select(Name))}.");
    }

    /// <summary>The step's name outside this program, such as <c>after_publish_before_ledger</c>.</summary>
    public static string Name(FaultPoint point) =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(point.ToString());

    public void Pass(FaultPoint point)
    {
        _watch?.Invoke(point);
        if (point != _point || Interlocked.Decrement(ref _left) != 0)
        {
            return;
        }

        if (_holds && !OperatingSystem.IsWindows())
        {
            Hold(point);
        }
        else
        {
            // SIGKILL: no finally block, no flush, no shutdown runs, as when the power goes or the kernel runs out of memory.
            using var self = Process.GetCurrentProcess();
            self.Kill();
            new ManualResetEvent(false).WaitOne();
        }
    }

    [UnsupportedOSPlatform("windows")]
    static void Hold(FaultPoint point)
    {
        using var resumed = new ManualResetEventSlim();
        using var registration = PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => resumed.Set());
        Console.Error.WriteLine($"Held at {Name(point)} until SIGCONT comes.");
        resumed.Wait();
    }
}
