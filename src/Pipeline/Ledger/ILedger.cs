namespace Pipeline.Ledger;

/// <summary>
/// The durable state of every file. Each verb is an arrow between states: it is durable when its task completes (the write-ahead log is
/// flushed for <see cref="BeginLoadAsync"/>, <see cref="BeginPublishAsync"/> and <see cref="CompleteAsync"/> at the least), it is atomic,
/// and it throws <see cref="LedgerStateException"/> when the entry is not in a state the arrow starts from: then our own code is wrong.
/// Verbs may be called from many tasks at once; concurrent calls share a commit.
/// </summary>
public interface ILedger : IAsyncDisposable
{
    /// <summary>
    /// New → <c>seen</c>; an unfinished entry of the same path (seen, claimed, loading, publishing, loaded but not archived) is returned as
    /// it is, with bytes and time brought up to date when it is only <c>seen</c>.
    /// </summary>
    ValueTask<LedgerEntry> SeeAsync(string path, string dataset, long bytes, DateTimeOffset modifiedAt, AfterLoad afterLoad);

    /// <summary><c>seen</c> → <c>claimed</c>. False when another owner holds it.</summary>
    ValueTask<bool> ClaimAsync(long key, string owner);

    /// <summary><c>claimed | loading | publishing</c> → <c>seen</c>: nothing of it is at the destination (the caller made sure), it may be claimed again.</summary>
    ValueTask ReleaseAsync(long key);

    /// <summary>
    /// <c>claimed</c> → <c>loading</c>, unless the content is loaded or in flight in this dataset. The id comes from content, dataset and the
    /// content's generation (its number of undone or forced loads). <paramref name="force"/> loads it again under a new generation.
    /// </summary>
    ValueTask<LoadDecision> BeginLoadAsync(long key, ContentHash content, LoadPlan plan, bool force = false);

    /// <summary><c>loading</c> → <c>loading</c> with another plan: a load restarts with wider types, or turns from direct to staged.</summary>
    ValueTask ReplanAsync(long key, LoadPlan plan);

    /// <summary><c>loading</c> → <c>publishing</c>, with all that a restart needs to finish it.</summary>
    ValueTask BeginPublishAsync(long key, IReadOnlyList<PartitionCount> partitions, Receipt receipt);

    /// <summary><c>loading | publishing</c> → <c>loaded</c>, with its receipt. All of them in one commit.</summary>
    ValueTask CompleteAsync(IReadOnlyList<(long Key, Receipt Receipt)> loads);

    /// <summary><c>loaded</c> → <c>archived</c>; null when the file stayed where it is. Also records where a duplicate or empty file went.</summary>
    ValueTask ArchiveAsync(long key, string? movedTo);

    /// <summary><c>claimed</c> → <c>duplicate</c>.</summary>
    ValueTask DuplicateAsync(long key, ContentHash content, long duplicateOf);

    /// <summary><c>claimed</c> → <c>empty</c>.</summary>
    ValueTask EmptyAsync(long key, ContentHash content);

    /// <summary><c>seen | claimed | loading</c> → <c>quarantined</c>: the reason is kept before the file is moved. Nothing of it is at the destination.</summary>
    ValueTask QuarantineAsync(long key, FileProblem problem, ContentHash? content);

    /// <summary>Records where a quarantined file lies.</summary>
    ValueTask QuarantinedAtAsync(long key, string movedTo);

    /// <summary><c>loaded | archived</c> → <c>undone</c>. The caller removes the rows first.</summary>
    ValueTask UndoAsync(long key);

    ValueTask<LedgerEntry?> FindAsync(long key);

    /// <summary>The entry that holds a file id, newest first.</summary>
    ValueTask<LedgerEntry?> FindByFileIdAsync(FileId fileId);

    /// <summary>Entries whose path, file name or moved-to path is this, newest first.</summary>
    ValueTask<IReadOnlyList<LedgerEntry>> FindByPathAsync(string pathOrName);

    /// <summary>Entries, newest first, optionally of one dataset or in one state; at most <paramref name="limit"/>, keys below <paramref name="beforeKey"/>.</summary>
    ValueTask<IReadOnlyList<LedgerEntry>> ListAsync(string? dataset = null, FileState? state = null, int limit = 100, long? beforeKey = null);

    /// <summary>
    /// What a restart must look at: claimed, loading, publishing, and ended entries whose file was not moved yet (loaded, duplicate,
    /// empty, quarantined with <see cref="AfterLoad.Move"/> and no <see cref="LedgerEntry.MovedTo"/>). Oldest first.
    /// </summary>
    ValueTask<IReadOnlyList<LedgerEntry>> UnfinishedAsync();

    /// <summary>Number of entries by dataset and state.</summary>
    ValueTask<IReadOnlyList<LedgerCount>> CountAsync();

    /// <summary>
    /// Takes over a load that the ledger lost and the destination still knows (<c>pipeline.files</c>): an <c>archived</c> entry with this
    /// receipt. False when the file id is known already.
    /// </summary>
    ValueTask<bool> RestoreAsync(string path, Receipt receipt);
}

/// <summary>Number of entries, rows and bytes of a dataset in a state.</summary>
public sealed record LedgerCount(string Dataset, FileState State, long Files, long RowsLoaded, long RowsRejected, long Bytes);

/// <summary>A verb was called on an entry that is not in a state it starts from: a fault of this program, never of a file.</summary>
public sealed class LedgerStateException(string message) : InvalidOperationException(message);
