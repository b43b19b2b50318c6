namespace Pipeline.Formats.Columns;

/// <summary>A column of a table: its ClickHouse name and type.</summary>
public sealed record ColumnDefinition(string Name, ColumnType Type);

/// <summary>
/// Typed rows, column by column: what goes into one Native block. Pooled: <see cref="Clear"/> keeps the memory. One task at a
/// time.
/// </summary>
public sealed class ColumnBatch
{
    readonly Column[] _columns;

    public ColumnBatch(IReadOnlyList<ColumnDefinition> definitions)
    {
        Definitions = definitions;
        _columns = [.. definitions.Select(d => d.Type.CreateColumn())];
    }

    public IReadOnlyList<ColumnDefinition> Definitions { get; }

    public IReadOnlyList<Column> Columns => _columns;

    /// <summary>1-based record number of each row within its file (<c>_row</c>).</summary>
    public FixedColumn<ulong> RowNumbers { get; } = new(new IntegerType(64, Signed: false));

    public int RowCount => RowNumbers.Count;

    /// <summary>Bytes of the block, about.</summary>
    public long ByteSize
    {
        get
        {
            var sum = RowNumbers.ByteSize;
            foreach (var column in _columns)
            {
                sum += column.ByteSize;
            }

            return sum;
        }
    }

    /// <summary>Appends all rows of another batch of the same columns, which stays as it is.</summary>
    public void AppendAll(ColumnBatch other)
    {
        RowNumbers.AppendAll(other.RowNumbers);
        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i].AppendAll(other.Columns[i]);
        }
    }

    /// <summary>Makes room for as many rows as another batch of the same columns has: growing to them step by step takes twice the memory and copies them.</summary>
    public void ReserveLike(ColumnBatch other)
    {
        RowNumbers.ReserveLike(other.RowNumbers);
        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i].ReserveLike(other.Columns[i]);
        }
    }

    /// <summary>
    /// Drops the rows whose flag is set, keeping the order of the rest. <paramref name="remove"/> has <see cref="RowCount"/>
    /// flags.
    /// </summary>
    public void RemoveRows(ReadOnlySpan<bool> remove)
    {
        RowNumbers.RemoveRows(remove);
        foreach (var column in _columns)
        {
            column.RemoveRows(remove);
        }
    }

    public void Clear()
    {
        RowNumbers.Clear();
        foreach (var column in _columns)
        {
            column.Clear();
        }
    }
}
