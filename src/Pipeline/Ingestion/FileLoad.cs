using System.Collections.Concurrent;
using Pipeline.Formats.Columns;
using Pipeline.Ledger;
using Pipeline.Loading;
using Pipeline.Quarantine;

namespace Pipeline.Ingestion;

/// <summary>
/// One attempt to bring one file into one table. The worker fills it, the inserter reads it, the settler ends it: each field is written
/// before the load is handed on and not changed afterwards.
/// </summary>
/// <param name="job">The file.</param>
/// <param name="schema">What the load does to its table.</param>
/// <param name="lease">Counts its unanswered batches.</param>
/// <param name="spare">Shared with other small loads; null: this one is large.</param>
sealed class FileLoad(FileJob job, LoadSchema schema, FileLease lease, SpareBatches? spare)
{
    readonly ConcurrentStack<ColumnBatch> _pool = [];

    public FileJob Job { get; } = job;

    /// <summary>Names this attempt, among all attempts ever.</summary>
    public string Attempt { get; } = Guid.NewGuid().ToString("N")[..16];

    public LoadSchema Schema { get; } = schema;

    public FileLease Lease { get; } = lease;

    /// <summary>Known before the first batch is sent; before that the default.</summary>
    public FileId FileId { get; set; }

    /// <summary>The table that batches are inserted into: staging, or the target for a one-block file.</summary>
    public TableName? InsertInto { get; set; }

    /// <summary>Private table of a staged load; null for a direct one.</summary>
    public TableName? Staging { get; set; }

    /// <summary>The target, once it is known to be as the schema needs it; null before that.</summary>
    public TargetTable? Target { get; set; }

    /// <summary>Of a staged load: the target in the making, or changing, since the last rows were read; null before.</summary>
    public Task<AppliedTarget>? Applying { get; set; }

    /// <summary>
    /// True when an earlier attempt left all rows of the file at the destination: they are only counted this time, not sent.
    /// </summary>
    public bool IsAlreadyThere { get; set; }

    public long RowsRead { get; set; }

    public long RowsRejected { get; set; }

    public long RowsSkipped { get; set; }

    public long RowsSent { get; set; }

    public IReadOnlyList<ColumnReceipt> ColumnReceipts { get; set; } = [];

    public IReadOnlyList<string> Warnings { get; set; } = [];

    /// <summary>Rejected rows, not yet in the quarantine folder; null when there are none. Owned by the load until it is settled.</summary>
    public RejectsWriter? Rejects { get; set; }

    /// <summary>Rejected rows by code.</summary>
    public IReadOnlyDictionary<string, long> RejectCodes { get; set; } = new Dictionary<string, long>();

    /// <summary>Made once, by the settler.</summary>
    public Receipt? Receipt { get; set; }

    /// <summary>An empty batch of this load's columns, from the pool when there is one.</summary>
    public ColumnBatch RentBatch() =>
        _pool.TryPop(out var batch) ? batch : spare?.Rent(Schema) ?? Schema.NewBatch();

    /// <summary>An empty batch of this load's columns with room for as many rows as another one of them has, which will be nearly as many.</summary>
    public ColumnBatch RentBatchLike(ColumnBatch filled)
    {
        var batch = RentBatch();
        batch.ReserveLike(filled);
        return batch;
    }

    /// <summary>Forgets the empty batches: the load is settled.</summary>
    public void DropBatches() => _pool.Clear();

    /// <summary>False of a large load of one batch: a few of those that wait to be settled would hold much.</summary>
    public bool KeepsBatches => spare is not null || Staging is not null;

    /// <summary>Takes a batch that nobody uses any more.</summary>
    public void ReturnBatch(ColumnBatch batch)
    {
        if (spare is not null)
        {
            spare.Return(batch);
            return;
        }

        batch.Clear();
        _pool.Push(batch);
    }
}

/// <summary>An insert, or a part of one, on its way to the destination. Whoever takes it from the channel answers the share and gives back the rows.</summary>
/// <param name="Load">The load it belongs to.</param>
/// <param name="Rows">The rows; owned by the holder of the batch.</param>
/// <param name="Number">1-based number within the load: with file id, schema version and attempt it makes the token.</param>
/// <param name="Share">Share of the load's lease.</param>
sealed record LoadBatch(FileLoad Load, BatchRows Rows, int Number, FileLease.BatchShare Share)
{
    /// <summary>
    /// A repetition of this insert has the same token and is dropped by the destination. Another attempt at the file has other tokens: its rows may have
    /// been removed meanwhile, and a token outlives the rows. What an earlier attempt left is counted, see <see cref="FileReading.CountRowsThereAsync"/>.
    /// </summary>
    public string Token => $"{Load.FileId}:{Load.Schema.Version}:{Load.Attempt}:{Number}";
}

/// <summary>A target as a load needs it.</summary>
/// <param name="Target">As it was then.</param>
/// <param name="At">Timestamp of when it was looked at.</param>
sealed record AppliedTarget(TargetTable Target, long At);
