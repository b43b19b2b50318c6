using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Pipeline.Discovery;

/// <summary>
/// Finds the files in the data folder that are complete, and offers each version of each once. A watcher brings latency, a scan that
/// always runs brings truth; <see cref="Candidate"/> holds the rule for "complete", <see cref="WatcherHealth"/> the trust in the watcher.
/// <para>
/// One loop owns everything: it takes hints, scans, looks at what is due, and hands over what is ready. The channel may be full for as
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
    // longest interval is reached. A walk over 10,000 known files takes about 20 ms.
    const int ScanRestFactor = 100;

    static readonly TimeSpan s_longestScanInterval = TimeSpan.FromSeconds(10);

    // The first files of a new folder may come before the watch on it.
    static readonly TimeSpan s_scanAfterNewFolder = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_longWait = TimeSpan.FromMinutes(1);

    readonly DiscoveryOptions _options;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly Func<string, WriterState> _writerProbe;
    readonly string _root;
    readonly FileNameRules _rules;
    readonly HintInbox _inbox = new();
    readonly WatcherHealth _health;
    readonly ITimer _timer;

    // The loop's own.
    readonly Dictionary<string, Candidate> _candidates = new(StringComparer.Ordinal);
    readonly PriorityQueue<Candidate, (long DueAt, long Order)> _due = new();
    readonly Queue<Candidate> _ready = new();
    readonly CandidateCounts _counts = new();
    long _pass;
    long _order;
    long _scanDueAt;
    bool _rootMissing;
    int _scanError;

    // Written by the loop, read by anyone.
    long _offered;
    long _leftAlone;
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
        _writerProbe = writerProbe;
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.DataFolder));
        _rules = new FileNameRules(options.Include, options.Exclude);
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
    public long PathsLeftAlone => Interlocked.Read(ref _leftAlone);

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
                room ??= _ready.Count > 0 ? files.WaitToWriteAsync(cancellationToken).AsTask() : null;
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
        _pass++;
        _health.Tick();
        var (hints, answers, rescan) = _inbox.Take();
        foreach (var (path, retryAfter) in answers)
        {
            TakeAnswer(path, retryAfter);
        }

        foreach (var (path, arrival) in hints)
        {
            if (IsBelowPlainFolders(path))
            {
                Look(path, arrival);
            }
        }

        if (rescan || _time.GetTimestamp() >= _scanDueAt)
        {
            ScanAll();
        }

        while (_due.TryPeek(out var candidate, out var due) && due.DueAt <= _time.GetTimestamp())
        {
            _due.Dequeue();
            if (candidate.DueAt == due.DueAt && candidate.State is CandidateState.Watching or CandidateState.Held)
            {
                candidate.State = CandidateState.Watching;
                Judge(candidate, Arrival.Found);
            }
        }

        HandOver(files);
        Interlocked.Exchange(ref _waiting, _counts.Waiting);
    }

    /// <summary>Sets the timer for what comes next. False when that is now: the clock may have moved since the work began.</summary>
    bool Arm()
    {
        var next = Math.Min(_health.DueAt, _scanDueAt);
        next = _due.TryPeek(out _, out var due) ? Math.Min(next, due.DueAt) : next;

        // Timers count whole milliseconds and drop the rest: rounded up, or the last millisecond would be spent spinning.
        var wait = Math.Ceiling(_time.GetElapsedTime(_time.GetTimestamp(), next).TotalMilliseconds);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, wait)), Timeout.InfiniteTimeSpan);

        return _time.GetTimestamp() < next;
    }

    void TakeAnswer(string path, TimeSpan? retryAfter)
    {
        if (!_candidates.TryGetValue(path, out var candidate) || candidate.State != CandidateState.Offered)
        {
            return;
        }

        candidate.State = retryAfter is null ? CandidateState.Settled : CandidateState.Held;
        var look = FileLook.At(path);
        if (look.Kind != PathKind.File || look.Stamp != candidate.Stamp)
        {
            Look(path, Arrival.Found);
        }
        else if (retryAfter is { } wait)
        {
            Schedule(candidate, wait);
        }
    }

    void Look(string path, Arrival arrival)
    {
        var look = FileLook.At(path);
        var name = Path.GetFileName(path.AsSpan());
        if (FileNameRules.IsIgnoredName(name))
        {
            return;
        }

        switch (look.Kind)
        {
            case PathKind.Missing when arrival == Arrival.Found && name.Contains('\uFFFD'):
                LeaveAlone(path, "its name is not valid UTF-8; rename it");
                break;
            case PathKind.Missing or PathKind.Unreadable:
                Forget(path);
                break;
            case PathKind.Folder when FileNameRules.IsFileLikeFolder(name):
                LeaveAlone(path, "it is a folder with the name of a file; rename the folder, or move its files up");
                break;
            case PathKind.Folder:
                // A folder that is moved in makes no events for the files in it.
                ScanFolder(path);
                _scanDueAt = Math.Min(_scanDueAt, Timestamps.After(_time, s_scanAfterNewFolder));
                break;
            case PathKind.Link:
                LeaveAlone(path, "it is a symbolic link; links are not followed, copy or move the file instead");
                break;
            case PathKind.Special:
                LeaveAlone(path, "it is a pipe, socket or device, not a file");
                break;
            default:
                LookAtFile(path, look, arrival);
                break;
        }
    }

    void LookAtFile(string path, in FileLook look, Arrival arrival)
    {
        if (!_candidates.TryGetValue(path, out var candidate))
        {
            var relative = Path.GetRelativePath(_root, path).Replace(Path.DirectorySeparatorChar, '/');
            candidate = new Candidate(path, relative, _counts);
            _candidates.Add(path, candidate);
            if (FileNameRules.IsRootReadme(relative) || !_rules.Takes(relative))
            {
                candidate.State = CandidateState.Excluded;
                return;
            }

            candidate.Begin(look, arrival, _time);
        }
        else if (candidate.State is CandidateState.Offered or CandidateState.Ready or CandidateState.Excluded)
        {
            return; // Looked at again before it is handed over, and when the pipeline answers.
        }
        else if (candidate.State == CandidateState.Watching)
        {
            candidate.ArrivedAgain(look, arrival, _time);
        }
        else if (candidate.State == CandidateState.LeftAlone || look.Stamp != candidate.Stamp)
        {
            candidate.Begin(look, arrival, _time);
        }
        else
        {
            return;
        }

        Judge(candidate, arrival);
    }

    void Judge(Candidate candidate, Arrival arrival)
    {
        // The writer first: a write after the stamp was taken would otherwise go unseen.
        var writer = _writerProbe(candidate.Path);
        var look = FileLook.At(candidate.Path);
        if (look.Kind != PathKind.File)
        {
            Look(candidate.Path, arrival);
            return;
        }

        var wait = candidate.Judge(look, writer, _options, _time);
        if (wait <= TimeSpan.Zero)
        {
            candidate.State = CandidateState.Ready;
            candidate.ReadyPass = _pass;
            _ready.Enqueue(candidate);
            return;
        }

        if (candidate.IsBeingWritten && !candidate.WaitWasSaid && candidate.Unchanged(_time) > s_longWait)
        {
            candidate.WaitWasSaid = true;
            Log.StillOpen(_logger, Printable(candidate.RelativePath), s_longWait.TotalSeconds);
        }

        Schedule(candidate, candidate.NextLook(wait));
    }

    void HandOver(ChannelWriter<DiscoveredFile> files)
    {
        while (_ready.TryPeek(out var candidate))
        {
            if (candidate.State != CandidateState.Ready)
            {
                _ready.Dequeue();
                continue;
            }

            if (candidate.ReadyPass != _pass && IsNoLongerReady(candidate))
            {
                _ready.Dequeue();
                continue;
            }

            if (!files.TryWrite(new DiscoveredFile(candidate.Path, candidate.RelativePath, candidate.Stamp, candidate.DetectedAt)))
            {
                return;
            }

            _ready.Dequeue();
            candidate.State = CandidateState.Offered;
            Interlocked.Increment(ref _offered);
        }
    }

    bool IsNoLongerReady(Candidate candidate)
    {
        var look = FileLook.At(candidate.Path);
        if (look.Kind == PathKind.File && look.Stamp == candidate.Stamp)
        {
            return false;
        }

        candidate.State = CandidateState.Watching;
        Judge(candidate, Arrival.Found);
        return true;
    }

    void ScanAll()
    {
        var walked = TimeSpan.Zero;
        var number = Interlocked.Increment(ref _scans);
        if (Directory.Exists(_root))
        {
            _rootMissing = false;
            _health.RootSeen();
            walked = ScanFolder(_root);
        }
        else if (!_rootMissing)
        {
            _rootMissing = true;
            Log.RootMissing(_logger, _root);
            _health.RootMissing();
        }

        ForgetVanished(number);
        NoteOldest();
        var interval = Mode == WatchMode.Events ? _options.ScanInterval : _options.PollInterval;
        var rest = walked * ScanRestFactor;
        rest = rest > s_longestScanInterval ? s_longestScanInterval : rest;
        _scanDueAt = Timestamps.After(_time, rest > interval ? rest : interval);
    }

    /// <summary>Returns how long the walk took, without the looks at what is new.</summary>
    TimeSpan ScanFolder(string folder)
    {
        var started = _time.GetTimestamp();
        using var scan = new TreeScan(folder, _candidates, _scans);
        scan.Run();
        var walked = _time.GetElapsedTime(started);
        if (scan.LastError is not 0 and var error && error != _scanError)
        {
            _scanError = error;
            Log.FolderUnreadable(_logger, Printable(folder), error);
        }

        // Oldest first, so that a backlog loads in the order in which it was written.
        foreach (var (path, _) in scan.Paths.Select(p => (p, FileLook.At(p).Stamp.ModifiedAt)).OrderBy(p => p.ModifiedAt)
                     .ThenBy(p => p.p, StringComparer.Ordinal))
        {
            Look(path, Arrival.Found);
            if (_candidates.TryGetValue(path, out var candidate))
            {
                candidate.ScanNumber = _scans;
            }
        }

        return walked;
    }

    void ForgetVanished(long scanNumber)
    {
        foreach (var (path, candidate) in _candidates)
        {
            if (candidate.ScanNumber != scanNumber && candidate.State != CandidateState.Offered
                && FileLook.At(path).Kind == PathKind.Missing)
            {
                Forget(path);
            }
        }
    }

    void Forget(string path)
    {
        if (_candidates.Remove(path, out var candidate))
        {
            candidate.State = CandidateState.None; // What still queues for it finds no work.
        }
    }

    /// <summary>An event may name a path that a scan would never enter: below a hidden folder, or through a link.</summary>
    bool IsBelowPlainFolders(string path)
    {
        if (path.Length <= _root.Length + 1 || !path.StartsWith(_root, StringComparison.Ordinal))
        {
            return false;
        }

        for (var end = path.IndexOf(Path.DirectorySeparatorChar, _root.Length + 1); end > 0;
             end = path.IndexOf(Path.DirectorySeparatorChar, end + 1))
        {
            var folder = path[..end];
            var name = Path.GetFileName(folder.AsSpan());
            if (FileNameRules.IsIgnoredName(name) || FileNameRules.IsFileLikeFolder(name) || FileLook.At(folder).Kind != PathKind.Folder)
            {
                return false;
            }
        }

        return true;
    }

    void LeaveAlone(string path, string reason)
    {
        if (_candidates.TryGetValue(path, out var known) && known.State == CandidateState.LeftAlone)
        {
            return;
        }

        Forget(path);
        _candidates[path] = new Candidate(path, path, _counts) { State = CandidateState.LeftAlone };
        Interlocked.Increment(ref _leftAlone);
        Log.LeftAlone(_logger, Printable(path), reason);
    }

    void Schedule(Candidate candidate, TimeSpan wait)
    {
        candidate.DueAt = Timestamps.After(_time, wait);
        _due.Enqueue(candidate, (candidate.DueAt, _order++));
    }

    void NoteOldest()
    {
        var oldest = DateTimeOffset.MaxValue;
        foreach (var candidate in _candidates.Values)
        {
            if (candidate.State is CandidateState.Watching or CandidateState.Ready && candidate.DetectedAt < oldest)
            {
                oldest = candidate.DetectedAt;
            }
        }

        Interlocked.Exchange(ref _oldestWaitingTicks, oldest == DateTimeOffset.MaxValue ? 0 : oldest.UtcTicks);
    }

    // A name may hold line breaks and terminal codes; a log line must not.
    static string Printable(string path) => string.Concat(path.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()));

    static partial class Log
    {
        [LoggerMessage(1010, LogLevel.Warning, "Left alone: {Path}: {Reason}.")]
        public static partial void LeftAlone(ILogger logger, string path, string reason);

        [LoggerMessage(1011, LogLevel.Warning, "The data folder {Folder} is missing: nothing can be found until it is there again.")]
        public static partial void RootMissing(ILogger logger, string folder);

        [LoggerMessage(1012, LogLevel.Warning, "Something below {Folder} could not be listed (errno {Error}): give the daemon's user read access.")]
        public static partial void FolderUnreadable(ILogger logger, string folder, int error);

        [LoggerMessage(1013, LogLevel.Warning, "{Path} is open for writing and did not change for {Seconds} s: it waits until its writer closes it.")]
        public static partial void StillOpen(ILogger logger, string path, double seconds);
    }
}
