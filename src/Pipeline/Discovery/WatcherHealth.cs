using Microsoft.Extensions.Logging;

namespace Pipeline.Discovery;

/// <summary>
/// Keeps the watcher honest. A watcher may exist and say nothing for ever: its thread ended without an error (dotnet/runtime#133420), the
/// folder is on a network, the root was replaced. So it is only trusted while hidden heartbeat files make events.
/// <code>
/// start ─► unproven ─ event ─► Events ─ heartbeat without event ─► a new watcher ─ without event ─► Polling ─ each recover interval ─► start
/// </code>
/// <see cref="OnPath"/> and <see cref="OnError"/> run on the watcher's thread; all else on the loop of <see cref="FileDiscovery"/>.
/// </summary>
sealed partial class WatcherHealth(
    string folder, DiscoveryOptions options, HintInbox inbox, TimeProvider time, ILogger logger, StartTreeWatcher start) : IDisposable
{
    const string HeartbeatPrefix = ".pipeline-probe-";

    readonly string _heartbeatName = HeartbeatPrefix + Guid.NewGuid().ToString("N")[..12];

    // Written by the watcher's thread, read by the loop.
    volatile bool _heartbeatSeen;
    volatile Exception? _error;
    long _overflows;

    // The loop's own.
    IDisposable? _watcher;
    ulong? _rootInode;
    bool _awaiting;
    bool _decided;
    int _misses;
    long _dueAt;

    public string HeartbeatName => _heartbeatName;

    public WatchMode Mode { get; private set; }

    /// <summary>Why it polls; empty while events work.</summary>
    public string Reason { get; private set; } = "the watcher is not proven yet";

    public long Restarts { get; private set; }

    public long Overflows => Interlocked.Read(ref _overflows);

    /// <summary>When <see cref="Tick"/> has something to do next, as a timestamp of the time provider.</summary>
    public long DueAt => _dueAt;

    public void Start()
    {
        foreach (var left in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, HeartbeatPrefix + "*") : [])
        {
            TryDelete(left);
        }

        Renew();
    }

    /// <summary>Judges the watcher and makes the next heartbeat when it is time.</summary>
    public void Tick()
    {
        if (_error is { } error)
        {
            _error = null;
            FallBack(Explain(error));
            return;
        }

        if (_awaiting && _heartbeatSeen)
        {
            Proven();
        }

        if (time.GetTimestamp() < _dueAt)
        {
            return;
        }

        if (_watcher is null)
        {
            Renew();
        }
        else if (_awaiting)
        {
            Missed();
        }
        else if (RootInode() != _rootInode)
        {
            Renew();
        }
        else
        {
            Beat();
        }
    }

    /// <summary>A scan found the root: a watcher on a folder that had this name before sees nothing of it.</summary>
    public void RootSeen()
    {
        if (RootInode() is { } inode && inode != _rootInode)
        {
            Renew();
        }
    }

    /// <summary>A scan did not find the root. The inode may come back with the next folder of that name, so it is forgotten.</summary>
    public void RootMissing()
    {
        Stop();
        _rootInode = null;
        _dueAt = After(options.RecoverInterval);
        if (Mode == WatchMode.Events)
        {
            Mode = WatchMode.Polling;
            Reason = "the data folder is missing";
        }
    }

    public void Dispose()
    {
        Stop();
        Log.Ended(logger, folder);
    }

    void OnPath(string path, Arrival arrival)
    {
        if (path.EndsWith(_heartbeatName, StringComparison.Ordinal))
        {
            _heartbeatSeen = true;
            inbox.Wake();
        }
        else
        {
            inbox.Hint(path, arrival);
        }
    }

    void OnError(Exception error)
    {
        if (error is InternalBufferOverflowException)
        {
            Interlocked.Increment(ref _overflows);
            Log.Overflowed(logger);
            inbox.Rescan();
            return;
        }

        _error = error;
        inbox.Wake();
    }

    void Renew()
    {
        Stop();
        try
        {
            _rootInode = RootInode();
            _watcher = start(folder, OnPath, OnError);
            inbox.Rescan(); // What came while nobody watched.
            Beat();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            FallBack(Explain(e));
        }
    }

    void Beat()
    {
        _heartbeatSeen = false;
        var path = Path.Join(folder, _heartbeatName);
        try
        {
            using (new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0))
            {
            }

            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            FallBack(string.Concat("no heartbeat file can be written into the data folder: ", e.Message));
            return;
        }

        _awaiting = true;
        _dueAt = After(options.HeartbeatTimeout);
    }

    void Proven()
    {
        _awaiting = false;
        _misses = 0;
        _dueAt = After(options.HeartbeatInterval);
        if (Mode != WatchMode.Events)
        {
            Mode = WatchMode.Events;
            Reason = "";
            _decided = true;
            Log.Watching(logger, folder, options.ScanInterval.TotalSeconds);
        }
    }

    void Missed()
    {
        _awaiting = false;
        if (_misses++ == 0)
        {
            Restarts++;
            Log.Restarting(logger, options.HeartbeatTimeout.TotalSeconds);
            Renew();
            return;
        }

        FallBack("a heartbeat file made no event, twice: the file system sends none (network or container volume), or the watcher died");
    }

    void FallBack(string reason)
    {
        Stop();
        _misses = 1; // The next attempt has one chance; the interval is the second.
        _dueAt = After(options.RecoverInterval);
        if (Mode != WatchMode.Polling || !_decided || reason != Reason)
        {
            _decided = true;
            Mode = WatchMode.Polling;
            Reason = reason;
            Log.Polling(logger, folder, options.PollInterval.TotalSeconds, reason, options.RecoverInterval.TotalSeconds);
        }

        inbox.Rescan();
    }

    void Stop()
    {
        _awaiting = false;
        _watcher?.Dispose();
        _watcher = null;
    }

    ulong? RootInode()
    {
        var look = FileLook.At(folder);
        return look.Kind is PathKind.Missing ? null : look.Stamp.Inode;
    }

    long After(TimeSpan wait) => Timestamps.After(time, wait);

    // .NET puts errno into HResult when inotify has nothing left to give.
    static string Explain(Exception error) => (error.HResult & 0xffff) switch
    {
        28 => "no inotify watches are left (ENOSPC). Raise the limit: sysctl fs.inotify.max_user_watches=524288",
        24 => "no inotify instances are left (EMFILE). Raise the limit: sysctl fs.inotify.max_user_instances=1024",
        _ => error.Message,
    };

    static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Hidden, so never loaded; the next start tries again.
        }
    }

    static partial class Log
    {
        [LoggerMessage(1001, LogLevel.Information, "Watching {Folder} by file system events; a scan every {ScanSeconds} s besides.")]
        public static partial void Watching(ILogger logger, string folder, double scanSeconds);

        [LoggerMessage(1002, LogLevel.Warning,
            "Polling {Folder} every {PollSeconds} s, because {Reason}. Events are tried again every {RecoverSeconds} s.")]
        public static partial void Polling(ILogger logger, string folder, double pollSeconds, string reason, double recoverSeconds);

        [LoggerMessage(1003, LogLevel.Warning, "The file watcher gave no event for a heartbeat file within {Seconds} s: starting a new one.")]
        public static partial void Restarting(ILogger logger, double seconds);

        [LoggerMessage(1004, LogLevel.Warning, "More file system events than the system keeps: some are lost, scanning the data folder.")]
        public static partial void Overflowed(ILogger logger);

        [LoggerMessage(1005, LogLevel.Information, "{Folder} is watched no longer: what comes now waits for the next start.")]
        public static partial void Ended(ILogger logger, string folder);
    }
}

/// <summary>Points in time as timestamps of a time provider, which has its own frequency.</summary>
static class Timestamps
{
    public static long After(TimeProvider time, TimeSpan wait) =>
        time.GetTimestamp() + (long)Math.Ceiling(Math.Max(0, wait.TotalSeconds) * time.TimestampFrequency);
}
