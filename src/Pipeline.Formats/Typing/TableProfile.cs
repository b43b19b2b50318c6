using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>
/// Evidence about every column of a file, gathered block by block: from a sample, or from the whole file when a sample was not
/// enough.
/// Records whose shape is wrong say nothing. One task at a time; profiles of parts of a file can be merged. Disposing it gives pooled memory back.
/// </summary>
public sealed class TableProfile : IDisposable
{
    readonly ColumnProfile[] _columns;
    bool[] _faulty = [];

    /// <param name="columnNames">As the file has them: a name may say that eight digits are a day.</param>
    public TableProfile(IReadOnlyList<string> columnNames)
    {
        _columns = [.. columnNames.Select(name => new ColumnProfile(name))];
    }

    public int ColumnCount => _columns.Length;

    /// <summary>Records seen, without those whose shape is wrong.</summary>
    public long Rows { get; private set; }

    public void Observe(FieldBlock block)
    {
        if (block.ColumnCount != _columns.Length)
        {
            throw new ArgumentException(
                $"The block has {block.ColumnCount} columns; the profile has {_columns.Length}.", nameof(block));
        }

        ReadOnlySpan<bool> faulty = [];
        if (block.Faults.Count > 0)
        {
            if (_faulty.Length < block.RowCount)
            {
                _faulty = new bool[block.MaxRows];
            }

            Array.Clear(_faulty);
            foreach (var fault in block.Faults)
            {
                _faulty[fault.Row] = true;
            }

            faulty = _faulty.AsSpan(0, block.RowCount);
        }

        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i].Observe(block, i, faulty);
        }

        Rows += block.RowCount - (faulty.IsEmpty ? 0 : faulty.Count(true));
    }

    /// <summary>Adds the evidence of another part of the same file.</summary>
    public void Merge(TableProfile other)
    {
        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i].Merge(other._columns[i]);
        }

        Rows += other.Rows;
    }

    public void Dispose()
    {
        foreach (var column in _columns)
        {
            column.Dispose();
        }
    }

    /// <summary>The type of every column, by all evidence so far.</summary>
    public IReadOnlyList<InferredColumn> Infer() => [.. _columns.Select(TypeInference.Infer)];
}
