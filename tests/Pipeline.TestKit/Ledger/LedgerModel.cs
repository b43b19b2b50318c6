using Pipeline.Ledger;

namespace Pipeline.TestKit.Ledger;

/// <summary>What the ledger promises, in as few lines as possible: a list of entries and the rules between them.</summary>
public sealed class LedgerModel
{
    readonly List<Entry> _entries = [];

    public int Count => _entries.Count;

    public string See(string path, string dataset, AfterLoad afterLoad)
    {
        var entry = _entries.Find(e => e.Path == path && e.IsOpen);
        if (entry is null)
        {
            _entries.Add(entry = new Entry { Key = _entries.Count + 1, Path = path });
        }

        if (entry.State == FileState.Seen)
        {
            (entry.Dataset, entry.AfterLoad) = (dataset, afterLoad);
        }

        return $"{entry.Key}";
    }

    public string Claim(int key) =>
        Of(key).State == FileState.Seen ? Go(key, FileState.Claimed, e => e.Attempts++, FileState.Seen) : "false";

    public string Release(int key) => Go(
        key, FileState.Seen, e => (e.Content, e.Generation) = (null, 0),
        FileState.Claimed, FileState.Loading, FileState.Publishing);

    public string Begin(int key, ContentHash content, bool force)
    {
        if (Of(key).State != FileState.Claimed)
        {
            return "state";
        }

        var loads = _entries
            .Where(e => e.Content == content && e.Dataset == Of(key).Dataset && e.IsLoad)
            .OrderByDescending(e => e.Generation).ToList();
        var loaded = loads.Find(e => e.State is FileState.Loaded or FileState.Archived);
        var running = loads.Find(e => e.State is FileState.Loading or FileState.Publishing);
        return loaded is not null && !force ? $"loaded {loaded.Key}"
            : running is not null ? $"running {running.Key}"
            : Go(key, FileState.Loading,
                e => (e.Content, e.Generation) = (content, loads.Count == 0 ? 0 : loads[0].Generation + 1), FileState.Claimed);
    }

    public string Replan(int key) => Go(key, FileState.Loading, null, FileState.Loading);

    public string Publish(int key) => Go(key, FileState.Publishing, null, FileState.Loading);

    public string Complete(int key) => Go(key, FileState.Loaded, null, FileState.Loading, FileState.Publishing);

    public string Archive(int key, string? movedTo) => Go(
        key, Of(key).State == FileState.Loaded ? FileState.Archived : Of(key).State, e => e.Settle(movedTo),
        FileState.Loaded, FileState.Duplicate, FileState.Empty, FileState.Undone, FileState.Unpacked);

    public string Duplicate(int key, ContentHash content) =>
        Go(key, FileState.Duplicate, e => e.Content = content, FileState.Claimed);

    public string Empty(int key, ContentHash content) => Go(key, FileState.Empty, e => e.Content = content, FileState.Claimed);

    public string Unpack(int key) => Go(key, FileState.Unpacked, null, FileState.Claimed);

    public string Quarantine(int key) =>
        Go(key, FileState.Quarantined, null, FileState.Seen, FileState.Claimed, FileState.Loading);

    public string QuarantinedAt(int key, string? movedTo) =>
        Go(key, FileState.Quarantined, e => e.Settle(movedTo), FileState.Quarantined);

    public string Undo(int key) => Go(key, FileState.Undone, null, FileState.Loaded, FileState.Archived);

    /// <summary>Every entry, oldest first, as <see cref="Describe"/> writes those of the real ledger.</summary>
    public IEnumerable<string> All() => _entries.Select(e => e.ToString());

    public IEnumerable<long> Unfinished() => _entries.Where(e => e.IsOpen && e.State != FileState.Seen).Select(e => e.Key);

    public static string Describe(LedgerEntry e) =>
        $"{e.Key} {e.Path} {e.Dataset} {e.State} {e.AfterLoad} {e.Attempts} {e.ContentHash} {e.Generation} {e.MovedTo}";

    Entry Of(int key) => _entries[key - 1];

    string Go(int key, FileState to, Action<Entry>? change, params FileState[] from)
    {
        if (!from.Contains(Of(key).State))
        {
            return "state";
        }

        Of(key).State = to;
        change?.Invoke(Of(key));
        return "done";
    }

    sealed class Entry
    {
        bool _settled;
        string? _movedTo;

        public required long Key { get; init; }

        public required string Path { get; init; }

        public string Dataset { get; set; } = "";

        public FileState State { get; set; }

        public AfterLoad AfterLoad { get; set; }

        public int Attempts { get; set; }

        public ContentHash? Content { get; set; }

        public int Generation { get; set; }

        public bool IsLoad => State is >= FileState.Loading and <= FileState.Archived or FileState.Undone;

        public bool IsOpen => State <= FileState.Loaded || (!_settled && AfterLoad == AfterLoad.Move);

        public void Settle(string? movedTo) => (_settled, _movedTo) = (true, movedTo ?? _movedTo);

        public override string ToString() =>
            $"{Key} {Path} {Dataset} {State} {AfterLoad} {Attempts} {Content} {Generation} {_movedTo}";
    }
}
