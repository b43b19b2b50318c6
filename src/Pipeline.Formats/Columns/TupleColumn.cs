using System.Collections.Immutable;

namespace Pipeline.Formats.Columns;

/// <summary>A column per element. To append a row: append to every element, then call <see cref="EndRow"/>.</summary>
public sealed class TupleColumn(TupleType type, ImmutableArray<Column> elements) : Column(type)
{
    int _count;

    public ImmutableArray<Column> Elements { get; } = elements;

    /// <summary>Rows; counted here because a tuple may have no elements.</summary>
    public override int Count => _count;

    public override long ByteSize
    {
        get
        {
            var sum = 0L;
            foreach (var element in Elements)
            {
                sum += element.ByteSize;
            }

            return sum;
        }
    }

    /// <summary>Ends <paramref name="rows"/> rows: every element has them by now.</summary>
    public void EndRow(int rows = 1) => _count += rows;

    public override void AppendDefault()
    {
        foreach (var element in Elements)
        {
            element.AppendDefault();
        }

        EndRow();
    }

    public override void AppendAll(Column other)
    {
        var tuples = (TupleColumn)other;
        for (var i = 0; i < Elements.Length; i++)
        {
            Elements[i].AppendAll(tuples.Elements[i]);
        }

        EndRow(tuples.Count);
    }

    public override void ReserveLike(Column other)
    {
        var tuples = (TupleColumn)other;
        for (var i = 0; i < Elements.Length; i++)
        {
            Elements[i].ReserveLike(tuples.Elements[i]);
        }
    }

    public override void RemoveRows(ReadOnlySpan<bool> remove)
    {
        foreach (var element in Elements)
        {
            element.RemoveRows(remove);
        }

        _count -= remove[.._count].Count(true);
    }

    public override void Clear()
    {
        _count = 0;
        foreach (var element in Elements)
        {
            element.Clear();
        }
    }
}
