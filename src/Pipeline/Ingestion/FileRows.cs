using Pipeline.ClickHouse;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;
using Pipeline.Ledger;
using Pipeline.Loading;

namespace Pipeline.Ingestion;

/// <summary>What the rows of a file say about its columns.</summary>
/// <param name="Columns">In the order of the file.</param>
/// <param name="IsComplete">All rows were looked at. Otherwise it is a sample, and a later value may not fit.</param>
sealed record RowsEvidence(IReadOnlyList<InferredColumn> Columns, bool IsComplete)
{
    /// <summary>Whether the rows that were looked at can decide the types of these columns; otherwise only the whole file can.</summary>
    public bool Decides(LoadSchema schema) =>
        IsComplete || !schema.Columns.Any(c => Columns[c.Source].IsOpen && (c.IsInferred || Columns[c.Source].Values > 0));
}

/// <summary>What one <see cref="FileRows.AppendAsync"/> did.</summary>
/// <param name="Rows">Rows read, the refused ones included.</param>
/// <param name="Mismatch">An inferred type that a value does not fit: the batch is in no useful state.</param>
/// <param name="Exchanged">The batch that has them, for the empty one that was given; null: the one that was given has them.</param>
readonly record struct AppendedRows(int Rows, TypeMismatch? Mismatch = null, ColumnBatch? Exchanged = null);

/// <summary>
/// The rows of one open file as typed batches, however the file holds them: as text that is cut and typed here (<see cref="TextRows"/>), or in columns
/// that the engine reads (<c>ColumnarRows</c>). Called in this order: <see cref="InferAsync"/>, <see cref="StartAsync"/>, then
/// <see cref="AppendAsync"/> until it says null. One task.
/// </summary>
abstract class FileRows : IAsyncDisposable
{
    /// <summary>As the file has them: not yet safe, not yet unique.</summary>
    public abstract IReadOnlyList<string> ColumnNames { get; }

    /// <summary>Rows that were passed over on purpose, so far.</summary>
    public virtual long SkippedRows => 0;

    public virtual IReadOnlyList<FormatWarning> Warnings => [];

    /// <summary>Bytes of the file on disk that are done, for a progress bar.</summary>
    public abstract long RawBytesRead { get; }

    /// <summary>What the rows say about the columns; null when there is none.</summary>
    public abstract Task<RowsEvidence?> InferAsync();

    /// <summary>The types are decided: every batch from now on has the columns of this schema.</summary>
    public abstract Task StartAsync(LoadSchema schema);

    /// <summary>Appends the rows that follow to a batch, hands over those that are refused; null when none is left.</summary>
    /// <param name="batch">Of the schema.</param>
    /// <param name="rejects">Takes the refused rows.</param>
    /// <param name="mayExchange">An empty batch may be exchanged for one that has the rows: where it would not be filled any further.</param>
    public abstract ValueTask<AppendedRows?> AppendAsync(ColumnBatch batch, IRejectSink rejects, bool mayExchange = false);

    /// <summary>
    /// Whether the destination can take the rows from the file itself: it reads it, there are more than <paramref name="rows"/>, and none needs a look here.
    /// Known once the types are decided.
    /// </summary>
    public virtual bool CanInsertWhole(LoadSchema schema, int rows) => false;

    /// <summary>
    /// In place of <see cref="StartAsync"/> and <see cref="AppendAsync"/>: has the destination insert all rows into a table that is empty. Null, or why it
    /// did not; the table then holds anything, and the rows can still be appended.
    /// </summary>
    public virtual Task<ClickHouseError?> InsertWholeAsync(TableName table, LoadSchema schema, FileId fileId, QueryOptions call) =>
        throw new InvalidOperationException("These rows are read here.");

    /// <summary>Whether so many inserted rows are all that the file has. Ends the reading of it.</summary>
    /// <exception cref="BadFileException">It counts other rows than it holds.</exception>
    public virtual void EndWhole(long inserted)
    {
    }

    public abstract ValueTask DisposeAsync();
}
