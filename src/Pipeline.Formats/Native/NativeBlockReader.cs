using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Native;

/// <summary>
/// Rows as they came in one Native block, column by column. The reader that made it does not touch it any more.
/// </summary>
public sealed record NativeBlock(IReadOnlyList<NamedColumn> Columns, int RowCount);

/// <summary>
/// Reads Native blocks from a stream, one at a time: memory holds one block and a small buffer. A peer is not trusted: columns
/// grow with the bytes that have
/// arrived, within <see cref="NativeLimits"/>. The stream stays open.
/// </summary>
public sealed class NativeBlockReader(Stream stream, NativeLimits? limits = null) : IDisposable
{
    readonly NativeInput _input = new(stream, limits ?? NativeLimits.Default);
    readonly Dictionary<string, ColumnType> _types = [];
    NativeBlock? _recycled;

    /// <summary>Bytes of the blocks read so far.</summary>
    public long Position => _input.Position;

    /// <summary>
    /// The next block, or null at the end of the stream. A block may have no rows: it then says names and types only.
    /// </summary>
    /// <exception cref="NativeFormatException">The stream is damaged, too large, or holds a type that is not known.</exception>
    public async ValueTask<NativeBlock?> ReadAsync(CancellationToken cancellation)
    {
        if (!await _input.StartBlockAsync(cancellation))
        {
            return null;
        }

        var columnCount = await _input.ReadVarUIntAsync(cancellation);
        if (columnCount > (ulong)_input.Limits.MaxColumns)
        {
            throw _input.TooLarge($"{columnCount} columns", _input.Limits.MaxColumns);
        }

        var rows = _input.CheckRows(await _input.ReadVarUIntAsync(cancellation), "rows");
        var recycled = _recycled;
        _recycled = null;
        var columns = new List<NamedColumn>();
        for (var i = 0; i < (int)columnCount; i++)
        {
            columns.Add(await ReadColumnAsync(i, rows, recycled, cancellation));
        }

        return new NativeBlock(columns, rows);
    }

    /// <summary>
    /// Reads the next block onto the end of columns that are there already, in their order: several blocks become one batch without a copy.
    /// After a fault the columns are in no useful state.
    /// </summary>
    /// <returns>The rows of the block, or -1 at the end of the stream.</returns>
    /// <exception cref="NativeFormatException">As for <see cref="ReadAsync"/>, or the block has other columns than these.</exception>
    public async ValueTask<int> AppendAsync(IReadOnlyList<Column> columns, CancellationToken cancellation)
    {
        if (!await _input.StartBlockAsync(cancellation))
        {
            return -1;
        }

        var columnCount = await _input.ReadVarUIntAsync(cancellation);
        if (columnCount != (ulong)columns.Count)
        {
            throw _input.Malformed($"{columnCount} columns, where {columns.Count} were asked for");
        }

        var rows = _input.CheckRows(await _input.ReadVarUIntAsync(cancellation), "rows");
        foreach (var column in columns)
        {
            var name = await _input.ReadNameAsync(cancellation);
            var type = TypeOf(name, await _input.ReadNameAsync(cancellation));

            // To clients of revision 0 a DateTime says nothing of its zone, which changes no byte of it.
            if (type.Name != column.Type.Name && !(type is DateTimeType && column.Type is DateTimeType))
            {
                throw _input.Malformed($"{type.Name} in column {name}, where {column.Type.Name} was asked for");
            }

            await ReadRowsAsync(column, rows, cancellation);
        }

        return rows;
    }

    /// <summary>Gives a block's memory back for the next one; the caller does not touch the block any more.</summary>
    public void Recycle(NativeBlock block) => _recycled = block;

    public void Dispose() => _input.Dispose();

    async ValueTask<NamedColumn> ReadColumnAsync(int index, int rows, NativeBlock? recycled, CancellationToken cancellation)
    {
        var name = await _input.ReadNameAsync(cancellation);
        var type = TypeOf(name, await _input.ReadNameAsync(cancellation));
        var column = TakeRecycled(recycled, index, type) ?? type.CreateColumn();
        await ReadRowsAsync(column, rows, cancellation);
        return new NamedColumn(name, column);
    }

    async ValueTask ReadRowsAsync(Column column, int rows, CancellationToken cancellation)
    {
        if (rows > 0)
        {
            var codec = NativeCodec.For(column);
            await codec.ReadPrefixAsync(column, _input, cancellation);
            await codec.ReadDataAsync(column, rows, _input, cancellation);
        }
    }

    ColumnType TypeOf(string column, string type)
    {
        if (!_types.TryGetValue(type, out var known))
        {
            try
            {
                known = ColumnType.Parse(type);
            }
            catch (FormatException e)
            {
                throw new NativeFormatException(NativeFault.UnsupportedType, $"Column {column} cannot be read: {e.Message}", e);
            }

            _types.Add(type, known);
        }

        return known;
    }

    static Column? TakeRecycled(NativeBlock? recycled, int index, ColumnType type)
    {
        if (recycled is null || index >= recycled.Columns.Count || recycled.Columns[index].Column is not { } column
            || !ReferenceEquals(column.Type, type))
        {
            return null;
        }

        column.Clear();
        return column;
    }
}
