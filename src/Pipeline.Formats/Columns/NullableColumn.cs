namespace Pipeline.Formats.Columns;

/// <summary>A column of another type and a mask of its nulls. A null row has the default value in <see cref="Inner"/>.</summary>
public sealed class NullableColumn(ColumnType type, Column inner) : Column(type)
{
    readonly FixedColumn<byte> _mask = new(type);

    public Column Inner { get; } = inner;

    /// <summary>1 where the row is null. Whoever appends to <see cref="Inner"/> appends here as well.</summary>
    public FixedColumn<byte> Mask => _mask;

    public override int Count => _mask.Count;

    public override long ByteSize => _mask.ByteSize + Inner.ByteSize;

    public override void AppendDefault()
    {
        _mask.Append(1);
        Inner.AppendDefault();
    }

    public override void AppendAll(Column other)
    {
        var nullable = (NullableColumn)other;
        _mask.AppendAll(nullable._mask);
        Inner.AppendAll(nullable.Inner);
    }

    public override void ReserveLike(Column other)
    {
        var nullable = (NullableColumn)other;
        _mask.ReserveLike(nullable._mask);
        Inner.ReserveLike(nullable.Inner);
    }

    public override void RemoveRows(ReadOnlySpan<bool> remove)
    {
        _mask.RemoveRows(remove);
        Inner.RemoveRows(remove);
    }

    public override void Clear()
    {
        _mask.Clear();
        Inner.Clear();
    }
}
