using Microsoft.Extensions.Logging;

namespace Pipeline.Discovery;

/// <summary>
/// All paths in the data folder and where each stands: what is looked at next, and what waits to be handed over. The loop of
/// <see cref="FileDiscovery"/> owns it; only <see cref="LeftAlone"/> may be read by others.
/// </summary>
sealed partial class CandidateTable(
    string root, DiscoveryOptions options, TimeProvider time, ILogger logger, Func<string, WriterState> writerProbe)
{
    static readonly TimeSpan s_longWait = TimeSpan.FromMinutes(1);

    readonly FileNameRules _rules = new(options.Include, options.Exclude);
    readonly Dictionary<string, Candidate> _candidates = new(StringComparer.Ordinal);
    readonly PriorityQueue<Candidate, (long DueAt, long Order)> _due = new();
    readonly Queue<Candidate> _ready = new();
    readonly CandidateCounts _counts = new();
    long _pass;
    long _order;
    long _scanNumber;
    int _scanError;
    bool _sawNewFolder;
    long _leftAlone;

    /// <summary>Paths that were left alone with a line in the log. Any thread may ask.</summary>
    public long LeftAlone => Interlocked.Read(ref _leftAlone);

    public int Waiting => _counts.Waiting;

    public bool HasReady => _ready.Count > 0;

    /// <summary>When <see cref="LookAtDue"/> has something to do next, as a timestamp.</summary>
    public long DueAt => _due.TryPeek(out _, out var due) ? due.DueAt : long.MaxValue;

    /// <summary>What becomes ready in one pass is handed over in it without a second look.</summary>
    public void NextPass() => _pass++;

    /// <summary>The pipeline is done with a path: for good, or until it is tried again.</summary>
    public void TakeAnswer(string path, TimeSpan? retryAfter)
    {
        if (!_candidates.TryGetValue(path, out var candidate) || candidate.State != CandidateState.Offered)
        {
            return;
        }

        candidate.State = retryAfter is null ? CandidateState.Settled : CandidateState.Held;
        var look = FileLook.At(path);
        if (look.Kind != PathKind.File || look.Stamp != candidate.Stamp)
        {
            Look(path, look, Arrival.Found);
        }
        else if (retryAfter is { } wait)
        {
            Schedule(candidate, wait);
        }
    }

    /// <summary>Looks at a path that an event named. True when a folder is new: its first files may have come before the watch on it.</summary>
    public bool TakeHint(string path, Arrival arrival)
    {
        _sawNewFolder = false;

        // The name first, which costs nothing: names of ours pass by here as well.
        if (!FileNameRules.IsIgnoredName(Path.GetFileName(path.AsSpan())) && IsBelowPlainFolders(path))
        {
            Look(path, arrival);
        }

        return _sawNewFolder;
    }

    public void LookAtDue()
    {
        while (_due.TryPeek(out var candidate, out var due) && due.DueAt <= time.GetTimestamp())
        {
            _due.Dequeue();
            if (candidate.DueAt == due.DueAt && candidate.State is CandidateState.Watching or CandidateState.Held)
            {
                candidate.State = CandidateState.Watching;
                Judge(candidate, Arrival.Found);
            }
        }
    }

    /// <summary>The file to hand over next, looked at again when it had to wait; null when none is ready.</summary>
    public DiscoveredFile? PeekReady()
    {
        while (_ready.TryPeek(out var candidate))
        {
            if (candidate.State == CandidateState.Ready && (candidate.ReadyPass == _pass || IsStillReady(candidate)))
            {
                return new DiscoveredFile(candidate.Path, candidate.RelativePath, candidate.Stamp, candidate.DetectedAt);
            }

            _ready.Dequeue();
        }

        return null;
    }

    /// <summary>What <see cref="PeekReady"/> gave is with the pipeline now.</summary>
    public void Offered() => _ready.Dequeue().State = CandidateState.Offered;

    /// <summary>Returns how long the walk took, without the looks at what is new.</summary>
    public TimeSpan Scan(string folder, long scanNumber) => Scan(folder, scanNumber, Arrival.Found);

    TimeSpan Scan(string folder, long scanNumber, Arrival ofFiles)
    {
        _scanNumber = scanNumber;
        var started = time.GetTimestamp();
        using var scan = new TreeScan(folder, _candidates, scanNumber);
        scan.Run();
        var walked = time.GetElapsedTime(started);
        if (scan.LastError is not 0 and var error && error != _scanError)
        {
            _scanError = error;
            Log.FolderUnreadable(logger, Printable(folder), error);
        }

        // Oldest first, so that a backlog loads in the order in which it was written.
        foreach (var (path, look) in scan.Paths.Select(p => (Path: p, Look: FileLook.At(p))).OrderBy(p => p.Look.Stamp.ModifiedAt)
                     .ThenBy(p => p.Path, StringComparer.Ordinal))
        {
            Look(path, look, look.Kind == PathKind.File ? ofFiles : Arrival.Found);
            if (_candidates.TryGetValue(path, out var candidate))
            {
                candidate.ScanNumber = scanNumber;
            }
        }

        return walked;
    }

    /// <summary>Drops what a full scan did not find and a second look does not find either.</summary>
    public void ForgetVanished(long scanNumber)
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

    public DateTimeOffset? OldestWaiting()
    {
        DateTimeOffset? oldest = null;
        foreach (var candidate in _candidates.Values)
        {
            if (candidate.State is CandidateState.Watching or CandidateState.Ready && !(candidate.DetectedAt >= oldest))
            {
                oldest = candidate.DetectedAt;
            }
        }

        return oldest;
    }

    void Look(string path, Arrival arrival) => Look(path, FileLook.At(path), arrival);

    void Look(string path, in FileLook look, Arrival arrival)
    {
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
                // A folder that is moved in makes no events for the files in it, nor do those that come before the watch on it: they are as new as it is.
                Scan(path, _scanNumber, arrival == Arrival.Found ? Arrival.Found : Arrival.Appeared);
                _sawNewFolder = true;
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
            var relative = Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/');
            candidate = new Candidate(path, relative, _counts);
            _candidates.Add(path, candidate);
            if (FileNameRules.IsRootReadme(relative) || !_rules.Takes(relative))
            {
                candidate.State = CandidateState.Excluded;
                return;
            }

            candidate.Begin(look, arrival, time);
        }
        else if (candidate.State is CandidateState.Offered or CandidateState.Ready or CandidateState.Excluded)
        {
            return; // Looked at again before it is handed over, and when the pipeline answers.
        }
        else if (candidate.State == CandidateState.Watching)
        {
            candidate.ArrivedAgain(look, arrival, time);
        }
        else if (candidate.State == CandidateState.LeftAlone || look.Stamp != candidate.Stamp)
        {
            candidate.Begin(look, arrival, time);
        }
        else
        {
            return;
        }

        if (arrival == Arrival.Found && candidate.State == CandidateState.Watching)
        {
            // It has to stand still for a while first: whether a writer has it open is asked then.
            Schedule(candidate, candidate.NextLook(options.SettlePeriod));
            return;
        }

        Judge(candidate, arrival);
    }

    void Judge(Candidate candidate, Arrival arrival)
    {
        // The writer first: a write after the stamp was taken would otherwise go unseen.
        var writer = writerProbe(candidate.Path);
        var look = FileLook.At(candidate.Path);
        if (look.Kind != PathKind.File)
        {
            Look(candidate.Path, arrival);
            return;
        }

        var wait = candidate.Judge(look, writer, options, time);
        if (wait <= TimeSpan.Zero)
        {
            candidate.State = CandidateState.Ready;
            candidate.ReadyPass = _pass;
            _ready.Enqueue(candidate);
            return;
        }

        if (candidate.IsBeingWritten && !candidate.WaitWasSaid && candidate.Unchanged(time) > s_longWait)
        {
            candidate.WaitWasSaid = true;
            Log.StillOpen(logger, Printable(candidate.RelativePath), s_longWait.TotalSeconds);
        }

        Schedule(candidate, candidate.NextLook(wait));
    }

    bool IsStillReady(Candidate candidate)
    {
        var look = FileLook.At(candidate.Path);
        if (look.Kind == PathKind.File && look.Stamp == candidate.Stamp && writerProbe(candidate.Path) != WriterState.Writing)
        {
            return true;
        }

        candidate.State = CandidateState.Watching;
        Judge(candidate, Arrival.Found);
        return false;
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
        if (path.Length <= root.Length + 1 || !path.StartsWith(root, StringComparison.Ordinal))
        {
            return false;
        }

        for (var end = path.IndexOf(Path.DirectorySeparatorChar, root.Length + 1); end > 0;
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
        Log.LeftAlone(logger, Printable(path), reason);
    }

    void Schedule(Candidate candidate, TimeSpan wait)
    {
        candidate.DueAt = Timestamps.After(time, wait);
        _due.Enqueue(candidate, (candidate.DueAt, _order++));
    }

    // A name may hold line breaks and terminal codes; a log line must not.
    static string Printable(string path) => string.Concat(path.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()));

    static partial class Log
    {
        [LoggerMessage(1010, LogLevel.Warning, "Left alone: {Path}: {Reason}.")]
        public static partial void LeftAlone(ILogger logger, string path, string reason);

        [LoggerMessage(1012, LogLevel.Warning, "Something below {Folder} could not be listed (errno {Error}): give the daemon's user read access.")]
        public static partial void FolderUnreadable(ILogger logger, string folder, int error);

        [LoggerMessage(1013, LogLevel.Warning, "{Path} is open for writing and did not change for {Seconds} s: it waits until its writer closes it.")]
        public static partial void StillOpen(ILogger logger, string path, double seconds);
    }
}
