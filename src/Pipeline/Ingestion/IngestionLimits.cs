using Pipeline.Configuration;

namespace Pipeline.Ingestion;

/// <summary>How much the pipeline holds at once. <see cref="BoundBytes"/> is what it can cost, and is logged at start.</summary>
sealed record IngestionLimits
{
    public required int Workers { get; init; }

    public required int Inserters { get; init; }

    public required int MaxBatchRows { get; init; }

    public required long MaxBatchBytes { get; init; }

    /// <summary>Batches in the channel: one per inserter keeps each busy.</summary>
    public int MaxWaitingBatches => Inserters;

    /// <summary>Batches a worker fills before the content hash must be known: it reads on while the hash is computed.</summary>
    public int MaxHeldBatches { get; init; } = 2;

    /// <summary>One-block files that share an insert.</summary>
    public int MaxFilesPerInsert { get; init; } = 500;

    /// <summary>Bytes that batches may take: those that workers hold and fill, those that wait, those that are being inserted.</summary>
    public long BoundBytes => MaxBatchBytes * ((Workers * (MaxHeldBatches + 1)) + MaxWaitingBatches + Inserters);

    public static IngestionLimits From(IngestOptions options) => new()
    {
        Workers = options.Workers,
        Inserters = options.Inserters,
        MaxBatchRows = options.MaxBatchRows,
        MaxBatchBytes = options.MaxBatchBytes,
    };
}
