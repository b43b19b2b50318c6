using System.CommandLine;
using System.Runtime.CompilerServices;
using Pipeline.Daemon.Commands;
using Pipeline.Daemon.Hosting;
using Pipeline.Ingestion;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary><c>ingest PATH…</c>: loads files where they lie and leaves them there.</summary>
static class IngestVerb
{
    static readonly Option<bool> s_force = new("--force") { Description = "Load content again that was loaded before" };

    public static Command Create(CliIo io)
    {
        var command = new Command("ingest", "Load files now, and leave them where they are") { FileArguments.Paths, FileArguments.Dataset, s_force };
        command.SetAction((result, cancellation) => RunAsync(result, io));
        return command;
    }

    static async Task<int> RunAsync(ParseResult result, CliIo io)
    {
        var context = HomeContext.Of(result);
        var order = new IngestOrder(FileArguments.Expand(result.GetValue(FileArguments.Paths)!), result.GetValue(s_force), result.GetValue(FileArguments.Dataset));

        using var signals = new StopSignals(
            wish => io.Error.WriteLine(wish == 1
                ? "Stopping: open files are finished. Once more (Ctrl+C) abandons them; the next start takes them up again."
                : "Stopping at once."),
            TimeProvider.System);
        await using var session = await CommandSession.OpenAsync(context, "ingest", io, signals, TimeProvider.System);
        var report = IngestReport.Create(io, order, result.GetValue(CommandLine.AsJson));
        await report.ShowAsync(UntilFaultAsync(session, order));
        return signals.Soft.IsCancellationRequested ? ExitCode.Interrupted
            : report.Quarantined > 0 ? ExitCode.SomeQuarantined
            : ExitCode.Good;
    }

    /// <summary>The updates, cut short with the fault when a part fails: nothing would settle the files any more.</summary>
    static async IAsyncEnumerable<IngestUpdate> UntilFaultAsync(
        CommandSession session, IngestOrder order, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var updates = session.Commands.IngestAsync(order, session.Answering).GetAsyncEnumerator(cancellation);
        while (true)
        {
            var next = updates.MoveNextAsync().AsTask();
            await session.UntilFaultAsync(next);
            if (!await next)
            {
                yield break;
            }

            yield return updates.Current;
        }
    }
}

/// <summary>A file result as <c>ingest --json</c> prints it: exactly these keys, in this order.</summary>
sealed record FileResultLine(
    string File, string Outcome, string Dataset, string? Table, string? FileId, long RowsRead, long RowsLoaded, long RowsRejected,
    long RowsSkipped, long Bytes, double Seconds, FileResultError? Error)
{
    public static FileResultLine Of(FileResult r) => new(
        r.File, r.Outcome, r.Dataset, r.Table, r.FileId, r.RowsRead, r.RowsLoaded, r.RowsRejected, r.RowsSkipped, r.Bytes,
        r.Seconds, r.Error);
}
