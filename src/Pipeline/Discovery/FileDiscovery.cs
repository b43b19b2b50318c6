using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Pipeline.Discovery;

/// <summary>
/// Finds the files in the data folder that are complete, and offers each version of each once. A watcher brings latency, a scan that
/// always runs brings truth; <see cref="Candidate"/> holds the rule for "complete", <see cref="WatcherHealth"/> the trust in the watcher.
/// <para>
/// One loop owns everything: it takes hints, scans, looks at what is due, and hands over what is ready; what it knows of each path is in
/// <see cref="CandidateTable"/>. The channel may be full for as
/// long as it likes: nothing is dropped, looking and heartbeats go on. Memory is a small entry per file in the data folder.
/// </para>
/// <para>
/// A path that was offered is not offered again before <see cref="Settled"/> (again when its content changes) or <see cref="Release"/>
/// (again after a while, or at once when it changes).
/// </para>
/// </summary>
public sealed partial class FileDiscovery : IDisposable
{
    // Walking the folder may take this share of the time between two scans: 1 % of a core, however many files lie there, until the
    // longest interval is reached.
    const int ScanRestFactor = 100;

    static readonly TimeSpan s_longestScanInterval = TimeSpan.FromSeconds(10);

    // The first files of a new folder may come before the watch on it.
    static readonly TimeSpan s_scanAfterNewFolder = TimeSpan.FromMilliseconds(100);

    readonly DiscoveryOptions _options;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly string _root;
    readonly HintInbox _inbox = new();
    readonly WatcherHealth _health;
    readonly ITimer _timer;

    // The loop's own.
    readonly CandidateTable _table;
    long _scanDueAt;
    bool _rootMissing;

    // Written by the loop, read by anyone.
    long _offered;
    long _scans;
    long _waiting;
    long _oldestWaitingTicks;

    public FileDiscovery(DiscoveryOptions options, TimeProvider time, ILogger logger)
        : this(options, time, logger, TreeWatcher.Start, WriterProbe.Look)
    {
    }

    internal FileDiscovery(
        DiscoveryOptions options, TimeProvider time, ILogger logger, StartTreeWatcher watcher, Func<string, WriterState> writerProbe)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.DataFolder));
        _table = new CandidateTable(_root, options, time, logger, writerProbe);
        _health = new WatcherHealth(_root, options, _inbox, time, logger, watcher);
        _timer = time.CreateTimer(_ => _inbox.Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Which way is in force. Polling until the watcher is proven.</summary>
    public WatchMode Mode => _health.Mode;

    /// <summary>Why it polls; empty while events work.</summary>
    public string ModeReason => _health.Reason;

    /// <summary>Files handed over since the start.</summary>
    public long FilesOffered => Interlocked.Read(ref _offered);

    /// <summary>Paths that were left alone with a line in the log: links, pipes, folders named like files, undecodable names.</summary>
    public long PathsLeftAlone => _table.LeftAlone;

    /// <summary>Files seen and not handed over yet: still written, not still for long enough, or waiting for room.</summary>
    public long FilesWaiting => Interlocked.Read(ref _waiting);

    /// <summary>When the oldest of the <see cref="FilesWaiting"/> was seen, as of the last scan; null when none waited.</summary>
    public DateTimeOffset? OldestWaitingSince =>
        Interlocked.Read(ref _oldestWaitingTicks) is var ticks and > 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Full scans since the start.</summary>
    public long Scans => Interlocked.Read(ref _scans);

    /// <summary>Times a silent watcher was replaced.</summary>
    public long WatcherRestarts => _health.Restarts;

    /// <summary>Times the system lost events, each answered with a full scan.</summary>
    public long WatcherOverflows => _health.Overflows;

    internal string HeartbeatName => _health.HeartbeatName;

    /// <summary>
    /// Runs until cancelled, or until the channel is completed. Call it once. Does not complete the channel: other sources may write to it.
    /// </summary>
    public async Task RunAsync(ChannelWriter<DiscoveredFile> files, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Task? woken = null;
        Task<bool>? room = null;
        _health.Start();
        try
        {
            while (true)
            {
                DoWhatIsDue(files);
                if (!Arm())
                {
                    continue;
                }

                woken ??= _inbox.WokenAsync(cancellationToken);
                room ??= _table.HasReady ? files.WaitToWriteAsync(cancellationToken).AsTask() : null;
                var first = room is null ? woken : await Task.WhenAny(woken, room);
                if (first == room && !await room)
                {
                    return;
                }

                await first;
                woken = woken.IsCompleted ? null : woken;
                room = room is { IsCompleted: true } ? null : room;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The ordinary end.
        }
        finally
        {
            _health.Dispose();
        }
    }

    /// <summary>The pipeline is done with this path for good. Any thread.</summary>
    public void Settled(string path) => _inbox.Answer(path, null);

    /// <summary>The pipeline could not finish: offer it again after a while, or as soon as it changes. Any thread.</summary>
    public void Release(string path, TimeSpan retryAfter) => _inbox.Answer(path, retryAfter);

    /// <summary>Looks at everything now. Any thread.</summary>
    public void Rescan() => _inbox.Rescan();

    public void Dispose()
    {
        _timer.Dispose();
        _health.Dispose();
    }

    void DoWhatIsDue(ChannelWriter<DiscoveredFile> files)
    {
        _table.NextPass();
        _health.Tick();
        var (hints, answers, rescan) = _inbox.Take();
        foreach (var (path, retryAfter) in answers)
        {
            _table.TakeAnswer(path, retryAfter);
        }

        foreach (var (path, arrival) in hints)
        {
            if (_table.TakeHint(path, arrival))
            {
                _scanDueAt = Math.Min(_scanDueAt, Timestamps.After(_time, s_scanAfterNewFolder));
            }
        }

        if (rescan || _time.GetTimestamp() >= _scanDueAt)
        {
            ScanAll();
        }

        _table.LookAtDue();
        HandOver(files);
        Interlocked.Exchange(ref _waiting, _table.Waiting);
    }

    /// <summary>Sets the timer for what comes next. False when that is now: the clock may have moved since the work began.</summary>
    bool Arm()
    {
        var next = Math.Min(Math.Min(_health.DueAt, _scanDueAt), _table.DueAt);

        // Timers count whole milliseconds and drop the rest: rounded up, or the last millisecond would be spent spinning.
        var wait = Math.Ceiling(_time.GetElapsedTime(_time.GetTimestamp(), next).TotalMilliseconds);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, wait)), Timeout.InfiniteTimeSpan);
        return _time.GetTimestamp() < next;
    }

    void HandOver(ChannelWriter<DiscoveredFile> files)
    {
        while (_table.PeekReady() is { } file && files.TryWrite(file))
        {
            _table.Offered();
            Interlocked.Increment(ref _offered);
        }
    }

    void ScanAll()
    {
        var walked = TimeSpan.Zero;
        var number = Interlocked.Increment(ref _scans);
        if (Directory.Exists(_root))
        {
            _rootMissing = false;
            _health.RootSeen();
            walked = _table.Scan(_root, number);
        }
        else if (!_rootMissing)
        {
            _rootMissing = true;
            Log.RootMissing(_logger, _root);
            _health.RootMissing();
        }

        _table.ForgetVanished(number);
        Interlocked.Exchange(ref _oldestWaitingTicks, _table.OldestWaiting()?.UtcTicks ?? 0);
        var interval = Mode == WatchMode.Events ? _options.ScanInterval : _options.PollInterval;
        var rest = walked * ScanRestFactor;
        rest = rest > s_longestScanInterval ? s_longestScanInterval : rest;
        _scanDueAt = Timestamps.After(_time, rest > interval ? rest : interval);
    }

    static partial class Log
    {
        [LoggerMessage(1011, LogLevel.Warning, "The data folder {Folder} is missing: nothing can be found until it is there again.")]
        public static partial void RootMissing(ILogger logger, string folder);
    }
}
