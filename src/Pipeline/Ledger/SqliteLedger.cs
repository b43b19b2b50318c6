namespace Pipeline.Ledger;

/// <summary>
/// The ledger in one SQLite file, for one daemon: one writer task with group commit, readers beside it, also from other
/// processes. Flushed to disk before they complete (survive a power cut): the verbs after which the caller does something that
/// cannot be taken back, that is sends or moves rows or moves the file because of them. The others survive the death of the
/// process; after a power cut the file is found, claimed or settled again, with the same result.
/// </summary>
public sealed class SqliteLedger : ILedger
{
    const int MostFoundByPath = 1000;

    readonly LedgerReaders _readers;
    readonly LedgerWriter? _writer;

    SqliteLedger(string path, LedgerReaders readers, LedgerWriter? writer)
    {
        Path = path;
        _readers = readers;
        _writer = writer;
    }

    public string Path { get; }

    /// <summary>
    /// Version and origin of the native library, for example <c>3.40.1 (system libsqlite3.so.0)</c> or <c>3.35.5 (bundled)</c>.
    /// </summary>
    public static string SqliteVersion => SqliteLibrary.Version;

    /// <summary>Opens or creates the ledger and brings its schema forward. Throws <see cref="LedgerException"/>.</summary>
    public static Task<SqliteLedger> OpenAsync(string path, TimeProvider? time = null) =>
        OpenAsync(path, LedgerSchema.Steps, time);

    internal static Task<SqliteLedger> OpenAsync(string path, IReadOnlyList<string> steps, TimeProvider? time) => Task.Run(() =>
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw LedgerException.FolderCannotBeMade(path, error);
        }

        var connection = LedgerConnection.OpenWriter(path, steps);
        var writer = new LedgerWriter(connection, path, time ?? TimeProvider.System);
        return new SqliteLedger(path, new LedgerReaders(path, steps), writer);
    });

    /// <summary>
    /// Opens an existing ledger for queries, also while a daemon writes to it; verbs throw <see
    /// cref="InvalidOperationException"/>. Throws <see cref="LedgerException"/>, with <see cref="LedgerFault.Missing"/> when
    /// there is no file.
    /// </summary>
    public static async Task<SqliteLedger> OpenReadOnlyAsync(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        if (!File.Exists(path))
        {
            throw new LedgerException(
                LedgerFault.Missing,
                $"There is no ledger at {path}. Start `pipeline run` or `pipeline ingest` once, or give the right --home.");
        }

        var readers = new LedgerReaders(path, LedgerSchema.Steps);
        await readers.RunAsync(static _ => true);
        return new SqliteLedger(path, readers, writer: null);
    }

    public ValueTask<LedgerEntry> SeeAsync(
        string path, string dataset, long bytes, DateTimeOffset modifiedAt, AfterLoad afterLoad) =>
        Writer.RunAsync(verbs => verbs.See(path, dataset, bytes, modifiedAt, afterLoad), flush: false);

    public ValueTask<bool> ClaimAsync(long key, string owner) => Writer.RunAsync(verbs => verbs.Claim(key, owner), flush: false);

    public ValueTask<LedgerEntry> TakeAsync(
        string path, string dataset, long bytes, DateTimeOffset modifiedAt, AfterLoad afterLoad, string owner) =>
        Writer.RunAsync(verbs => verbs.Take(path, dataset, bytes, modifiedAt, afterLoad, owner), flush: false);

    public ValueTask ReleaseAsync(long key) => RunAsync(verbs => verbs.Release(key), flush: false);

    public ValueTask<LoadDecision> BeginLoadAsync(long key, ContentHash content, LoadPlan plan, bool force = false) =>
        Writer.RunAsync(verbs => verbs.BeginLoad(key, content, plan, force), flush: true);

    public ValueTask ReplanAsync(long key, LoadPlan plan) => RunAsync(verbs => verbs.Replan(key, plan), flush: true);

    public ValueTask BeginPublishAsync(long key, IReadOnlyList<PartitionCount> partitions, Receipt receipt) =>
        RunAsync(verbs => verbs.BeginPublish(key, partitions, receipt), flush: true);

    public ValueTask CompleteAsync(IReadOnlyList<(long Key, Receipt Receipt)> loads) =>
        RunAsync(verbs => verbs.Complete(loads), flush: true);

    public ValueTask ArchiveAsync(long key, string? movedTo) => RunAsync(verbs => verbs.Archive(key, movedTo), flush: false);

    public ValueTask DuplicateAsync(long key, ContentHash content, long duplicateOf) =>
        RunAsync(verbs => verbs.Duplicate(key, content, duplicateOf), flush: true);

    public ValueTask EmptyAsync(long key, ContentHash content) => RunAsync(verbs => verbs.Empty(key, content), flush: true);

    public ValueTask UnpackAsync(long key) => RunAsync(verbs => verbs.Unpack(key), flush: true);

    public ValueTask QuarantineAsync(long key, FileProblem problem, ContentHash? content) =>
        RunAsync(verbs => verbs.Quarantine(key, problem, content), flush: true);

    public ValueTask QuarantinedAtAsync(long key, string? movedTo) =>
        RunAsync(verbs => verbs.QuarantinedAt(key, movedTo), flush: false);

    public ValueTask UndoAsync(long key) => RunAsync(verbs => verbs.Undo(key), flush: true);

    public ValueTask<LedgerEntry?> FindAsync(long key) =>
        _readers.RunAsync(store => store.First(LedgerSql.Find, LedgerRow.Read, ("$key", key)));

    public ValueTask<LedgerEntry?> FindByFileIdAsync(FileId fileId) => _readers.RunAsync(store =>
        store.First(LedgerSql.FindByFileId, LedgerRow.Read, ("$file_id", LedgerRow.Id(fileId))));

    public ValueTask<IReadOnlyList<LedgerEntry>> FindByPathAsync(string pathOrName) =>
        _readers.RunAsync<IReadOnlyList<LedgerEntry>>(store =>
        store.All(LedgerSql.FindByPath, LedgerRow.Read, ("$path", LedgerRow.Name(pathOrName)), ("$limit", MostFoundByPath)));

    public ValueTask<IReadOnlyList<LedgerEntry>> ListAsync(
        string? dataset = null, FileState? state = null, int limit = 100, long? beforeKey = null) =>
        _readers.RunAsync<IReadOnlyList<LedgerEntry>>(store =>
        {
            ArgumentOutOfRangeException.ThrowIfNegative(limit);
            var before = ("$before", (LedgerValue)(beforeKey ?? long.MaxValue));
            var most = ("$limit", (LedgerValue)limit);
            return (dataset, state) switch
            {
                (null, null) => store.All(LedgerSql.List, LedgerRow.Read, before, most),
                (null, { } one) => store.All(LedgerSql.ListByState, LedgerRow.Read, before, most, ("$state", (int)one)),
                ({ } name, null) =>
                    store.All(LedgerSql.ListByDataset, LedgerRow.Read, before, most, ("$dataset", LedgerRow.Name(name))),
                ({ } name, { } one) => store.All(
                    LedgerSql.ListByDatasetAndState, LedgerRow.Read, before, most, ("$dataset", LedgerRow.Name(name)),
                    ("$state", (int)one)),
            };
        });

    public ValueTask<IReadOnlyList<LedgerEntry>> UnfinishedAsync() =>
        _readers.RunAsync<IReadOnlyList<LedgerEntry>>(static store => store.All(LedgerSql.Unfinished, LedgerRow.Read));

    public async ValueTask<IReadOnlyList<LedgerCount>> CountAsync()
    {
        var parts = await _readers.RunAsync(static store => store.All(
            LedgerSql.Count,
            static row => new LedgerCount(
                LedgerRow.ReadName(row, 0), (FileState)row.GetInt32(1),
                row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5))));
        return
        [
            .. parts.GroupBy(static part => (part.Dataset, part.State)).Select(static group => new LedgerCount(
                group.Key.Dataset, group.Key.State,
                group.Sum(static part => part.Files), group.Sum(static part => part.RowsLoaded),
                group.Sum(static part => part.RowsRejected), group.Sum(static part => part.Bytes))),
        ];
    }

    public ValueTask<bool> RestoreAsync(string path, Receipt receipt) =>
        Writer.RunAsync(verbs => verbs.Restore(path, receipt), flush: false);

    /// <summary>Commits what was accepted; the last connection to close folds the log into the database.</summary>
    public async ValueTask DisposeAsync()
    {
        _readers.Dispose();
        if (_writer is not null)
        {
            await _writer.DisposeAsync();
        }
    }

    LedgerWriter Writer =>
        _writer
        ?? throw new InvalidOperationException($"The ledger {Path} was opened for reading only: its verbs belong to the daemon.");

    async ValueTask RunAsync(Action<LedgerVerbs> verb, bool flush) => await Writer.RunAsync(
        verbs =>
        {
            verb(verbs);
            return true;
        },
        flush);
}
