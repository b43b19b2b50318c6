using Pipeline.Configuration;
using Pipeline.Formats.Columns;

namespace Pipeline.Ingestion;

/// <summary>How much the pipeline holds at once. <see cref="BoundBytes"/> is what it can cost, and is logged at start.</summary>
sealed record IngestionLimits
{
    public required int Workers { get; init; }

    public required int Inserters { get; init; }

    public required int MaxBatchRows { get; init; }

    public required long MaxBatchBytes { get; init; }

    /// <summary>Largest file that is read beside the workers' own: it is held in memory as it lies.</summary>
    public int SmallFileBytes { get; init; } = 64 << 10;

    /// <summary>
    /// Files that are between claim and insert at once: <see cref="Workers"/> of any size, and small ones, which mostly wait for the ledger and share its
    /// flushes to disk: the more, the less each flush writes for one. As many as share an insert; more gain nothing.
    /// </summary>
    public int OpenFiles => Workers + MaxFilesPerInsert;

    /// <summary>
    /// Files that were read and wait to be inserted or for the settler, beside those in its channel, 3.5 kB each: 28 MB at the most. A backlog of ten thousand is queryable
    /// before all of it is settled; with a quarter of it that took a seventh longer.
    /// </summary>
    public int UnsettledFiles => 16 * MaxFilesPerInsert;

    /// <summary>Bytes of small files that are read at once. What is made of them takes several times as much, until it is inserted.</summary>
    public long SmallFilesBytes { get; init; } = 4 << 20;

    /// <summary>Bytes of batches that wait: one full batch per inserter keeps each busy.</summary>
    public long MaxWaitingBytes => MaxBatchBytes * Inserters;

    /// <summary>Whether batches wait on disk for an engine of this machine (<see cref="BlockSpool"/>), not in memory.</summary>
    public bool Spools { get; init; }

    /// <summary>Batches in memory that a worker fills before the content hash must be known: it reads on while the hash is computed.</summary>
    public int MaxHeldBatches { get; init; } = 2;

    /// <summary>
    /// Bytes on disk that a worker fills before the content hash must be known. Where hashing and reading are one pass, content that takes more is
    /// hashed by a pass of its own.
    /// </summary>
    public required long MaxSpooledBytes { get; init; }

    /// <summary>
    /// Batches on disk that are as much as one in memory, where the engine reads them: at 4 MiB each is written while it is still in the processor's cache, and most of the memory
    /// of a load is that of two of them. A load of 290 MB of JSON took 15 % less time than with whole ones; one of 356 MB of CSV with those of parts 8 % more.
    /// </summary>
    const int BlocksToWhole = 4;

    /// <summary>
    /// The same for parts that are written here, which the engine does not read: at 256 KiB each is one block of records, which whoever typed it hands on as it is. Larger
    /// ones had to be put together of blocks that were typed on several cores.
    /// </summary>
    const int GranulesToWhole = 64;

    /// <summary>
    /// Bytes on disk that make an insert at most. Each insert is a part; what the engine holds of it grows with it, and memory it held is asked of the system
    /// anew for the next one: <c>csv-text</c> took 8 % less time with inserts of 32 MiB than with 64.
    /// </summary>
    public long SpooledInsertBytes => 2 * MaxBatchBytes;

    /// <summary>One-block files that share an insert.</summary>
    public int MaxFilesPerInsert { get; init; } = 500;

    /// <summary>Bytes that batches may take: those that workers hold and fill, those that wait, those that are being inserted.</summary>
    public long BoundBytes => MaxBatchBytes * ((Workers * ((Spools ? 1 : MaxHeldBatches) + 1)) + (2 * Inserters));

    /// <summary>Whether a batch has as many rows or bytes as it is to have.</summary>
    public bool IsFilled(ColumnBatch batch, BatchPlace place)
    {
        var parts = place switch { BatchPlace.Memory => 1, BatchPlace.Block => BlocksToWhole, _ => GranulesToWhole };
        return batch.RowCount >= MaxBatchRows / parts || batch.ByteSize >= MaxBatchBytes / parts;
    }

    public static IngestionLimits From(IngestOptions options, bool spools) => new()
    {
        Spools = spools,
        MaxSpooledBytes = options.MaxSpoolBytes,
        Workers = options.Workers,
        Inserters = options.Inserters,
        MaxBatchRows = options.MaxBatchRows,
        MaxBatchBytes = options.MaxBatchBytes,
    };
}

/// <summary>Where a filled batch waits.</summary>
enum BatchPlace
{
    Memory,

    /// <summary>On disk, as a block that the engine reads.</summary>
    Block,

    /// <summary>On disk, in a part that the engine attaches.</summary>
    Granule,
}
