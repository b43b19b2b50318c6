using Pipeline.Formats.Columns;

namespace Pipeline.Ingestion;

/// <summary>Rows of one insert on their way to the destination: in memory, or on disk (<see cref="SpooledRows"/>). Whoever takes them gives them back.</summary>
abstract class BatchRows
{
    public abstract long Count { get; }

    /// <summary>Bytes that they take while they wait, where they wait.</summary>
    public abstract long Bytes { get; }

    /// <summary>Nobody needs the rows any more.</summary>
    public abstract void GiveBack();
}

/// <summary>One batch in memory, to be sent.</summary>
sealed class RowsInMemory(FileLoad load, ColumnBatch batch) : BatchRows
{
    public ColumnBatch Batch { get; } = batch;

    public override long Count { get; } = batch.RowCount;

    public override long Bytes { get; } = batch.ByteSize;

    public override void GiveBack()
    {
        if (load.KeepsBatches)
        {
            load.ReturnBatch(Batch);
        }
    }
}
