using System.Text;

namespace Pipeline.Formats.Columns;

/// <summary>
/// One text for all rows, as <c>LowCardinality(String)</c>: a dictionary of one value, whatever the number of rows.
/// </summary>
public sealed class ConstantColumn : Column
{
    static readonly LowCardinalityType s_type = new(new StringType());

    readonly byte[] _value;
    int _count;

    public ConstantColumn(string value, int rows)
        : base(s_type)
    {
        _value = Encoding.UTF8.GetBytes(value);
        _count = rows;
    }

    public ReadOnlySpan<byte> Value => _value;

    public override int Count => _count;

    public override long ByteSize => _value.Length + (long)_count;

    /// <summary>A row more, with the same value as all others: this column has no other default.</summary>
    public override void AppendDefault() => _count++;

    /// <exception cref="ArgumentException">It is another text.</exception>
    public override void AppendAll(Column other) => _count += other is ConstantColumn same && same.Value.SequenceEqual(_value)
        ? other.Count : throw new ArgumentException("A column of one text holds no other.", nameof(other));

    public override void ReserveLike(Column other)
    {
        // One value takes no room for its rows.
    }

    public override void RemoveRows(ReadOnlySpan<bool> remove) => _count -= remove[.._count].Count(true);

    public override void Clear() => _count = 0;
}
