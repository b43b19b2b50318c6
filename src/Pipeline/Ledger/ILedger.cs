namespace Pipeline.Ledger;

/// <summary>
/// The durable state of every file. Each verb is an arrow between states: it is kept when its task completes, whatever happens to
/// the process; <see cref="BeginLoadAsync"/>, <see cref="ReplanAsync"/>, <see cref="BeginPublishAsync"/>, <see
/// cref="CompleteAsync"/>, <see cref="DuplicateAsync"/>, <see cref="EmptyAsync"/>, <see cref="UnpackAsync"/>, <see
/// cref="QuarantineAsync"/> and <see cref="UndoAsync"/> also survive a power cut, and everything before them with them. A verb is atomic, and it throws <see
/// cref="LedgerStateException"/> when the entry is not in a state the arrow starts from, or is unknown: then our own code is
/// wrong. When the store itself fails, <see cref="LedgerException"/> is thrown and nothing was kept. Verbs may be called from
/// many tasks at once; concurrent calls share a commit. Times are kept in whole microseconds, rounded down: compare a file's time
/// with an entry's only after rounding it likewise.
/// </summary>
public interface ILedger : IAsyncDisposable
{
    /// <summary>
    /// New → <c>seen</c>. While the path has an open entry, that one is returned as it is; only when it is <c>seen</c>, its
    /// bytes, time, dataset and after-load are brought up to date. An entry is open until its file is settled: <c>seen, claimed,
    /// loading, publishing, loaded</c> always; <c>duplicate, empty, unpacked, quarantined</c>, and <c>undone</c> from <c>loaded</c>, with
    /// <see cref="AfterLoad.Move"/> until <see cref="ArchiveAsync"/> or <see cref="QuarantinedAtAsync"/> says where the file
    /// went. So a file that waits to be moved is not taken up twice, and one that comes back after its end (a quarantined file's
    /// retry, too) has a new entry, with attempts from 0.
    /// </summary>
    ValueTask<LedgerEntry> SeeAsync(string path, string dataset, long bytes, DateTimeOffset modifiedAt, AfterLoad afterLoad);

    /// <summary>
    /// <c>seen</c> → <c>claimed</c>. False when it is not <c>seen</c> any more: another owner holds it, or has finished it.
    /// </summary>
    ValueTask<bool> ClaimAsync(long key, string owner);

    /// <summary>
    /// <see cref="SeeAsync"/> and, where the entry is <c>seen</c> by then, <see cref="ClaimAsync"/>, in one commit: the way of nearly every file.
    /// Returns the entry as it was before it was claimed, <c>seen</c> and with the attempts before this one; in another state it is not claimed.
    /// </summary>
    ValueTask<LedgerEntry> TakeAsync(string path, string dataset, long bytes, DateTimeOffset modifiedAt, AfterLoad afterLoad, string owner);

    /// <summary>
    /// <c>claimed | loading | publishing</c> → <c>seen</c>: nothing of it is at the destination (the caller made sure), it may be
    /// claimed again. Forgets content, id and plan.
    /// </summary>
    ValueTask ReleaseAsync(long key);

    /// <summary>
    /// <c>claimed</c> → <c>loading</c>, unless the content is loaded or in flight in this dataset: then it stays <c>claimed</c>.
    /// The id comes from content, dataset and generation: 0, or one above the highest that was undone. <paramref name="force"/>
    /// loads a loaded content again under the next generation; it still waits for a load in flight.
    /// </summary>
    ValueTask<LoadDecision> BeginLoadAsync(long key, ContentHash content, LoadPlan plan, bool force = false);

    /// <summary>
    /// <c>loading</c> → <c>loading</c> with another plan: a load restarts with wider types, or turns from direct to staged.
    /// </summary>
    ValueTask ReplanAsync(long key, LoadPlan plan);

    /// <summary><c>loading</c> → <c>publishing</c>, with all that a restart needs to finish it.</summary>
    ValueTask BeginPublishAsync(long key, IReadOnlyList<PartitionCount> partitions, Receipt receipt);

    /// <summary>
    /// <c>loading | publishing</c> → <c>loaded</c>, with its receipt: all of them or none. Throws <see cref="ArgumentException"/>
    /// for a receipt of another file or one that breaks the row law.
    /// </summary>
    ValueTask CompleteAsync(IReadOnlyList<(long Key, Receipt Receipt)> loads);

    /// <summary>
    /// <c>loaded</c> → <c>archived</c>; null when the file stayed where it was, or is gone. Also settles a duplicate, empty, unpacked or
    /// undone file, whose state stays (undone: a person was faster than the archive).
    /// </summary>
    ValueTask ArchiveAsync(long key, string? movedTo);

    /// <summary><c>claimed</c> → <c>duplicate</c>.</summary>
    ValueTask DuplicateAsync(long key, ContentHash content, long duplicateOf);

    /// <summary><c>claimed</c> → <c>empty</c>.</summary>
    ValueTask EmptyAsync(long key, ContentHash content);

    /// <summary><c>claimed</c> → <c>unpacked</c>: the files in it have ended, each with an entry of its own.</summary>
    ValueTask UnpackAsync(long key);

    /// <summary>
    /// <c>seen | claimed | loading</c> → <c>quarantined</c>: the reason is kept before the file is moved. Nothing of it is at the
    /// destination.
    /// </summary>
    ValueTask QuarantineAsync(long key, FileProblem problem, ContentHash? content);

    /// <summary>Settles a quarantined file: where it lies now; null when it stayed where it was, or is gone.</summary>
    ValueTask QuarantinedAtAsync(long key, string? movedTo);

    /// <summary><c>loaded | archived</c> → <c>undone</c>. The caller removes the rows first.</summary>
    ValueTask UndoAsync(long key);

    ValueTask<LedgerEntry?> FindAsync(long key);

    /// <summary>The entry that holds a file id, newest first.</summary>
    ValueTask<LedgerEntry?> FindByFileIdAsync(FileId fileId);

    /// <summary>Entries whose path, file name or moved-to path is this, newest first; at most 1,000.</summary>
    ValueTask<IReadOnlyList<LedgerEntry>> FindByPathAsync(string pathOrName);

    /// <summary>
    /// Entries, newest first, optionally of one dataset or in one state; at most <paramref name="limit"/>, keys below <paramref
    /// name="beforeKey"/>.
    /// </summary>
    ValueTask<IReadOnlyList<LedgerEntry>> ListAsync(string? dataset = null, FileState? state = null, int limit = 100,
        long? beforeKey = null);

    /// <summary>
    /// What a restart must look at: the open entries (see <see cref="SeeAsync"/>) that are not just <c>seen</c>. Oldest first.
    /// </summary>
    ValueTask<IReadOnlyList<LedgerEntry>> UnfinishedAsync();

    /// <summary>Number of entries by dataset and state. Cheap at any size of the ledger.</summary>
    ValueTask<IReadOnlyList<LedgerCount>> CountAsync();

    /// <summary>
    /// Takes over a load that the ledger lost and the destination still knows (<c>pipeline.files</c>): an <c>archived</c> entry
    /// with this receipt. False when the file id is known already as loading, publishing, loaded, archived or undone.
    /// </summary>
    ValueTask<bool> RestoreAsync(string path, Receipt receipt);
}

/// <summary>Number of entries, rows and bytes of a dataset in a state.</summary>
public sealed record LedgerCount(string Dataset, FileState State, long Files, long RowsLoaded, long RowsRejected, long Bytes);

/// <summary>
/// A verb was called on an entry that is not in a state it starts from: a fault of this program, never of a file.
/// </summary>
public sealed class LedgerStateException(string message) : InvalidOperationException(message);
