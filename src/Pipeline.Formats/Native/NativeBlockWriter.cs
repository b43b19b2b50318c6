using System.Buffers;
using System.IO.Pipelines;
using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Native;

/// <summary>
/// Writes columns as one Native block: number of columns, number of rows; for each column its name, its type and its data. This
/// is the form for clients of
/// revision 0, which HTTP is: without block info, without custom serialisations. Nothing is allocated per value.
/// </summary>
public static class NativeBlockWriter
{
    /// <summary>Name of the provenance column that says which file a row is from.</summary>
    public const string FileIdColumn = "_file_id";

    /// <summary>Name of the provenance column that says which record of its file a row is.</summary>
    public const string RowColumn = "_row";

    // Empty, with the memory of the last one: a load lays out a block of the same columns thousands of times.
    static NativeLayout? s_spare;

    /// <summary>
    /// The columns of a batch, and those of its provenance: <c>_file_id LowCardinality(String)</c>, <c>_row UInt64</c>.
    /// </summary>
    public static IReadOnlyList<NamedColumn> WithProvenance(ColumnBatch batch, string fileId)
    {
        var columns = ColumnsAnd(2, batch);
        columns[^2] = new NamedColumn(FileIdColumn, new ConstantColumn(fileId, batch.RowCount));
        columns[^1] = new NamedColumn(RowColumn, batch.RowNumbers);
        return columns;
    }

    /// <summary>
    /// Batches of several files with the same columns as one block: a server takes half as long for one block of many rows as for many of some.
    /// </summary>
    /// <param name="all">An empty batch of these columns, which takes the copies.</param>
    /// <param name="files">Batches with the id of their file.</param>
    /// <param name="withProvenance">With <c>_file_id</c> and <c>_row</c>.</param>
    public static IReadOnlyList<NamedColumn> Together(ColumnBatch all, IReadOnlyList<(ColumnBatch Batch, string FileId)> files, bool withProvenance)
    {
        var ids = new LowCardinalityColumn(new LowCardinalityType(new StringType()));
        foreach (var (batch, fileId) in files)
        {
            all.AppendAll(batch);
            ids.AppendAll(new ConstantColumn(fileId, batch.RowCount));
        }

        return withProvenance ? [.. Columns(all), new NamedColumn(FileIdColumn, ids), new NamedColumn(RowColumn, all.RowNumbers)] : Columns(all);
    }

    /// <summary>The columns of a batch, and the numbers of its rows: its provenance without the file.</summary>
    public static IReadOnlyList<NamedColumn> WithRowNumbers(ColumnBatch batch)
    {
        var columns = ColumnsAnd(1, batch);
        columns[^1] = new NamedColumn(RowColumn, batch.RowNumbers);
        return columns;
    }

    /// <summary>The columns of a batch alone.</summary>
    public static IReadOnlyList<NamedColumn> Columns(ColumnBatch batch) => ColumnsAnd(0, batch);

    /// <summary>Bytes that the columns take as a block.</summary>
    /// <exception cref="ArgumentException">The columns do not have the same number of rows.</exception>
    public static long BytesOf(IReadOnlyList<NamedColumn> columns)
    {
        var layout = LayOut(columns);
        var bytes = layout.Bytes;
        Return(layout);
        return bytes;
    }

    /// <exception cref="ArgumentException">The columns do not have the same number of rows.</exception>
    public static void Write(IBufferWriter<byte> output, IReadOnlyList<NamedColumn> columns)
    {
        var layout = LayOut(columns);
        for (var part = 0; part < layout.Count; part++)
        {
            for (var from = 0; from >= 0;)
            {
                from = layout.WriteSlice(output, part, from);
            }
        }

        Return(layout);
    }

    /// <summary>
    /// Writes and flushes slice by slice: no more than a slice waits in the pipe. The columns must not change before the task
    /// ends.
    /// </summary>
    /// <exception cref="ArgumentException">The columns do not have the same number of rows.</exception>
    /// <exception cref="IOException">The reader of the pipe is gone.</exception>
    public static async ValueTask WriteAsync(PipeWriter output, IReadOnlyList<NamedColumn> columns,
        CancellationToken cancellation)
    {
        const int FlushBytes = 128 * 1024;

        var layout = LayOut(columns);
        for (var part = 0; part < layout.Count; part++)
        {
            for (var from = 0; from >= 0;)
            {
                from = layout.WriteSlice(output, part, from);
                if (!output.CanGetUnflushedBytes || output.UnflushedBytes >= FlushBytes)
                {
                    await FlushAsync(output, cancellation);
                }
            }
        }

        await FlushAsync(output, cancellation);
        Return(layout);
    }

    // With room for so many others behind them.
    static NamedColumn[] ColumnsAnd(int others, ColumnBatch batch)
    {
        var columns = new NamedColumn[batch.Columns.Count + others];
        for (var i = 0; i < batch.Columns.Count; i++)
        {
            columns[i] = new NamedColumn(batch.Definitions[i].Name, batch.Columns[i]);
        }

        return columns;
    }

    static async ValueTask FlushAsync(PipeWriter output, CancellationToken cancellation)
    {
        var result = await output.FlushAsync(cancellation);
        if (result.IsCompleted)
        {
            throw new IOException("The reader of the Native block is gone.");
        }
    }

    static NativeLayout LayOut(IReadOnlyList<NamedColumn> columns)
    {
        var rows = columns.Count == 0 ? 0 : columns[0].Column.Count;
        var layout = Interlocked.Exchange(ref s_spare, null) ?? new NativeLayout();
        layout.VarUInt((ulong)columns.Count);
        layout.VarUInt((ulong)rows);
        foreach (var (name, column) in columns)
        {
            if (column.Count != rows)
            {
                throw new ArgumentException($"Column {name} has {column.Count} rows, where the block has {rows}.",
                    nameof(columns));
            }

            layout.Text(name);
            layout.Text(column.TypeName);
            if (rows > 0)
            {
                var codec = NativeCodec.For(column);
                codec.LayOutPrefix(column, layout);
                codec.LayOutData(column, layout);
            }
        }

        layout.Complete();
        return layout;
    }

    static void Return(NativeLayout layout)
    {
        layout.Clear();
        s_spare = layout;
    }
}
