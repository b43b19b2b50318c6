namespace Pipeline.Formats.Columns;

/// <summary>
/// Arrays, and maps as arrays of pairs: all elements in one column and where each row ends in it. To append a row: append its
/// elements to
/// <see cref="Elements"/>, then call <see cref="EndRow"/>.
/// </summary>
public sealed class ArrayColumn(ColumnType type, Column elements) : Column(type)
{
    /// <summary>The elements of all rows. For a map a <see cref="TupleColumn"/> of keys and values.</summary>
    public Column Elements { get; } = elements;

    /// <summary>The number of elements up to and with each row.</summary>
    public FixedColumn<ulong> Ends { get; } = new(type);

    public override int Count => Ends.Count;

    public override long ByteSize => Ends.ByteSize + Elements.ByteSize;

    /// <summary>Ends a row with the elements appended since the row before it.</summary>
    public void EndRow() => Ends.Append((ulong)Elements.Count);

    public (int Start, int Length) Row(int row)
    {
        var start = row == 0 ? 0 : (int)Ends.Values[row - 1];
        return (start, (int)Ends.Values[row] - start);
    }

    public override void AppendDefault() => EndRow();

    public override void AppendAll(Column other)
    {
        var arrays = (ArrayColumn)other;
        var before = (ulong)Elements.Count;
        foreach (var end in arrays.Ends.Values)
        {
            Ends.Append(end + before);
        }

        Elements.AppendAll(arrays.Elements);
    }

    public override void ReserveLike(Column other)
    {
        var arrays = (ArrayColumn)other;
        Ends.ReserveLike(arrays.Ends);
        Elements.ReserveLike(arrays.Elements);
    }

    public override void RemoveRows(ReadOnlySpan<bool> remove)
    {
        var removeElements = new bool[Elements.Count];
        var ends = Ends.Values;
        int kept = 0, start = 0, removed = 0;
        for (var i = 0; i < ends.Length; i++)
        {
            var end = (int)ends[i];
            if (remove[i])
            {
                removeElements.AsSpan(start, end - start).Fill(true);
                removed += end - start;
            }
            else
            {
                ends[kept++] = (ulong)(end - removed);
            }

            start = end;
        }

        Ends.Truncate(kept);
        Elements.RemoveRows(removeElements);
    }

    public override void Clear()
    {
        Ends.Clear();
        Elements.Clear();
    }
}
