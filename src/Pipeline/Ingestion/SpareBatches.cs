using System.Collections.Concurrent;
using Pipeline.Formats.Columns;
using Pipeline.Loading;

namespace Pipeline.Ingestion;

/// <summary>
/// Empty batches of small loads, for the next ones: a backlog of thousands of files fills the same few hundred over and over. Any task.
/// </summary>
sealed class SpareBatches
{
    /// <summary>About as many as wait for one insert and are read meanwhile.</summary>
    const int MaxBatches = 1000;

    /// <summary>Bytes of the rows of a batch that is kept: all of them together take 32 MB at the most, and a tenth of it where files are a few kilobytes.</summary>
    const long MaxBatchBytes = 32 << 10;

    readonly ConcurrentBag<ColumnBatch> _spare = [];
    int _count;

    public ColumnBatch Rent(LoadSchema schema)
    {
        if (_spare.TryTake(out var batch))
        {
            Interlocked.Decrement(ref _count);
            if (ReferenceEquals(batch.Definitions, schema.Definitions) || batch.Definitions.SequenceEqual(schema.Definitions))
            {
                return batch;
            }
        }

        return schema.NewBatch();
    }

    /// <summary>Takes a batch that nobody uses any more.</summary>
    public void Return(ColumnBatch batch)
    {
        if (batch.ByteSize <= MaxBatchBytes && Volatile.Read(ref _count) < MaxBatches)
        {
            batch.Clear();
            Interlocked.Increment(ref _count);
            _spare.Add(batch);
        }
    }
}
