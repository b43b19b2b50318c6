namespace Pipeline.Formats.Columns;

/// <summary>A column of a table: its ClickHouse name and type.</summary>
public sealed record ColumnDefinition(string Name, ColumnType Type);

/// <summary>
/// Typed rows, column by column: what goes into one Native block. Pooled: <see cref="Clear"/> keeps the memory. One task at a time.
/// </summary>
public sealed class ColumnBatch
{
    public ColumnBatch(IReadOnlyList<ColumnDefinition> definitions)
    {
        Definitions = definitions;
        Columns = [.. definitions.Select(d => d.Type.CreateColumn())];
    }

    public IReadOnlyList<ColumnDefinition> Definitions { get; }

    public IReadOnlyList<Column> Columns { get; }

    /// <summary>1-based record number of each row within its file (<c>_row</c>).</summary>
    public FixedColumn<ulong> RowNumbers { get; } = new(ColumnType.Parse("UInt64"));

    public int RowCount => RowNumbers.Count;

    /// <summary>Bytes of the block, about.</summary>
    public long ByteSize => Columns.Sum(c => c.ByteSize) + RowNumbers.ByteSize;

    public void Clear()
    {
        RowNumbers.Clear();
        foreach (var column in Columns)
        {
            column.Clear();
        }
    }
}
