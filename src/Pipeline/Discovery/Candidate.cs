namespace Pipeline.Discovery;

enum CandidateState
{
    /// <summary>Not, or no longer, in the table.</summary>
    None = 0,

    /// <summary>Looked at again when due.</summary>
    Watching = 1,

    /// <summary>Stable, waits for room in the channel.</summary>
    Ready = 2,

    /// <summary>With the pipeline, until it says settled or release.</summary>
    Offered = 3,

    /// <summary>Given back: offered again when due, or at once when it changes.</summary>
    Held = 4,

    /// <summary>The pipeline is done with it and it still lies there: offered again only when it changes.</summary>
    Settled = 5,

    /// <summary>Not a file to load, and said once; looked at again by each scan, because something else may take its name.</summary>
    LeftAlone = 6,

    /// <summary>Not wanted by its name; not looked at again.</summary>
    Excluded = 7,
}

/// <summary>How a path came to notice.</summary>
enum Arrival
{
    /// <summary>A scan found it, or it was due.</summary>
    Found = 0,

    /// <summary>An event, of it or of a folder that it lies in: created here, or moved in from outside the data folder.</summary>
    Appeared = 1,

    /// <summary>An event: renamed within the data folder.</summary>
    Renamed = 2,
}

/// <summary>How many candidates wait, and how many of them are being written. The loop's own.</summary>
sealed class CandidateCounts
{
    public int Waiting { get; set; }

    public int BeingWritten { get; set; }
}

/// <summary>
/// What is known of one path, and the rule that decides when it is stable. Owned by the loop of <see cref="FileDiscovery"/>.
/// <list type="number">
/// <item>A writer has it open: never stable; look again shortly.</item>
/// <item>No bytes: stable when that stays so for the empty quiet period.</item>
/// <item>It shrank, or nobody can tell whether a writer has it open: stable after the quiet period; a rename within the data folder
/// (the uploader's own way to say "done") needs the settle period only.</item>
/// <item>No writer, and renamed or moved in: stable at once.</item>
/// <item>No writer otherwise: stable after the settle period, counted from the last change and from the last sight of a writer.</item>
/// </list>
/// Time is our own observation throughout; the file's mtime is only compared with itself, never with a clock.
/// </summary>
sealed class Candidate(string path, string relativePath, CandidateCounts counts)
{
    // A look costs about 7 µs (lease and stamp): with 0.5 ms per file all looks together stay below 2 % of a core.
    static readonly TimeSpan s_lookSpacing = TimeSpan.FromMilliseconds(20);
    static readonly TimeSpan s_lookSpacingPerFile = TimeSpan.FromMilliseconds(0.5);

    // A file that must stand still is looked at on the way as well: what it waits for may end early, or begin again.
    static readonly TimeSpan s_quietSpacing = TimeSpan.FromMilliseconds(100);

    // A file that is open but was not written for this long is looked at less often.
    static readonly TimeSpan s_idleWriterAfter = TimeSpan.FromSeconds(10);
    static readonly TimeSpan s_idleWriterSpacing = TimeSpan.FromMilliseconds(200);

    bool _shrank;
    bool _movedIn;
    bool _renamed;
    long _changedAt;
    long _writerSeenAt;

    public string Path => path;

    public string RelativePath => relativePath;

    public CandidateState State
    {
        get;
        set
        {
            counts.Waiting += (IsWaiting(value) ? 1 : 0) - (IsWaiting(field) ? 1 : 0);
            field = value;
            IsBeingWritten &= value == CandidateState.Watching;
        }
    }

    public FileStamp Stamp { get; private set; }

    /// <summary>When the content was first seen as it is now.</summary>
    public DateTimeOffset DetectedAt { get; private set; }

    /// <summary>Timestamp of the time provider; meaningful while Watching or Held.</summary>
    public long DueAt { get; set; }

    /// <summary>Number of the full scan that saw this path last.</summary>
    public long ScanNumber { get; set; }

    /// <summary>Pass of the loop in which it became Ready: in a later pass it is looked at once more before it is offered.</summary>
    public long ReadyPass { get; set; }

    /// <summary>A writer had it open at the last look.</summary>
    public bool IsBeingWritten
    {
        get;
        private set
        {
            counts.BeingWritten += (value ? 1 : 0) - (field ? 1 : 0);
            field = value;
        }
    }

    /// <summary>A long wait for a writer was logged.</summary>
    public bool WaitWasSaid { get; set; }

    public TimeSpan Unchanged(TimeProvider time) => time.GetElapsedTime(_changedAt);

    public void Begin(in FileLook look, Arrival arrival, TimeProvider time)
    {
        State = CandidateState.Watching;
        _shrank = false;
        _renamed = arrival == Arrival.Renamed;
        _movedIn = _renamed || (arrival == Arrival.Appeared && look.ChangedAfterWrite);
        IsBeingWritten = false;
        WaitWasSaid = false;
        Note(look.Stamp, time);
    }

    /// <summary>A rename onto a path that is already watched: the name now stands for another, finished file.</summary>
    public void ArrivedAgain(in FileLook look, Arrival arrival, TimeProvider time)
    {
        if (arrival == Arrival.Renamed || look.Stamp.Inode != Stamp.Inode)
        {
            Begin(look, arrival, time);
        }
    }

    /// <summary>How long it must wait at the least; zero or less: stable.</summary>
    public TimeSpan Judge(in FileLook look, WriterState writer, DiscoveryOptions options, TimeProvider time)
    {
        if (look.Stamp != Stamp)
        {
            _shrank |= look.Stamp.Bytes < Stamp.Bytes;
            _movedIn = _renamed = false;
            Note(look.Stamp, time);
        }

        IsBeingWritten = writer == WriterState.Writing;
        if (IsBeingWritten)
        {
            _writerSeenAt = time.GetTimestamp();
            _movedIn = _renamed = false;
            return Spread(Unchanged(time) > s_idleWriterAfter ? s_idleWriterSpacing : s_lookSpacing, counts.BeingWritten);
        }

        WaitWasSaid = false;
        return Needed(writer, options) - time.GetElapsedTime(Math.Max(_changedAt, _writerSeenAt));
    }

    /// <summary>When to look next, given what <see cref="Judge"/> said.</summary>
    public TimeSpan NextLook(TimeSpan wait)
    {
        var spacing = Spread(s_quietSpacing, counts.Waiting);
        return IsBeingWritten || wait < spacing ? wait : spacing;
    }

    static TimeSpan Spread(TimeSpan spacing, int files)
    {
        var spread = s_lookSpacingPerFile * files;
        return spread > spacing ? spread : spacing;
    }

    static bool IsWaiting(CandidateState state) => state is CandidateState.Watching or CandidateState.Ready;

    TimeSpan Needed(WriterState writer, DiscoveryOptions options) => (Stamp.Bytes, writer) switch
    {
        (0, _) => options.EmptyQuietPeriod,
        _ when _shrank => options.QuietPeriod,
        (_, WriterState.Unknown) => _renamed ? options.SettlePeriod : options.QuietPeriod,
        _ => _movedIn ? TimeSpan.Zero : options.SettlePeriod,
    };

    void Note(in FileStamp stamp, TimeProvider time)
    {
        Stamp = stamp;
        _changedAt = time.GetTimestamp();
        _writerSeenAt = _changedAt;
        DetectedAt = time.GetUtcNow();
    }
}
