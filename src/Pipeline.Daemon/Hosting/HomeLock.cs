using Pipeline.Configuration;
using Pipeline.Daemon.Cli;

namespace Pipeline.Daemon.Hosting;

/// <summary>
/// The right to work on a home: an operating-system lock on a file. It is free as soon as its holder is gone, however that ended,
/// so a killed daemon leaves nothing to clean up.
/// </summary>
sealed class HomeLock : IDisposable
{
    /// <summary>
    /// Somebody who only asks whether the lock is held holds it for microseconds: more than one attempt tells them apart.
    /// </summary>
    const int Attempts = 5;

    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    readonly FileStream _file;

    HomeLock(FileStream file) => _file = file;

    /// <exception cref="CliException">Another process holds it; the message says which.</exception>
    public static async Task<HomeLock> TakeAsync(PipelineHome home, TimeProvider time, CancellationToken cancellation)
    {
        if (await TryTakeAsync(home, time, cancellation) is { } taken)
        {
            return taken;
        }

        var who = DaemonFile.Find(home) is { } other
            ? $"pipeline {other.Verb} (process {other.Pid}{(other.HttpUrl is null ? "" : $", {other.HttpUrl}")})"
            : "another process that is just starting or ending";
        throw new CliException(
            ExitCode.Usage,
            $"The home {home.Root} is in use by {who}. Only one process works on a home: stop that one, or give another --home.");
    }

    /// <summary>Null when another process holds it.</summary>
    public static async Task<HomeLock?> TryTakeAsync(PipelineHome home, TimeProvider time, CancellationToken cancellation)
    {
        Directory.CreateDirectory(home.StateFolder);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new HomeLock(new FileStream(home.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (File.Exists(home.LockFile))
            {
                if (attempt == Attempts)
                {
                    return null;
                }

                await Task.Delay(s_pause, time, cancellation);
            }
        }
    }

    /// <summary>Whether a process works on this home now.</summary>
    public static bool IsHeld(PipelineHome home)
    {
        try
        {
            using var probe = new FileStream(home.LockFile, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => _file.Dispose();
}
