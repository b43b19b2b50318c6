using System.Collections.Immutable;

namespace Pipeline.Formats.Columns;

/// <summary><c>String</c>: any bytes.</summary>
public sealed record StringType : ColumnType
{
    public override string Name => "String";

    public override Column CreateColumn() => new StringColumn(this);
}

/// <summary><c>FixedString(N)</c>: exactly N bytes; shorter values are filled up with zero bytes.</summary>
public sealed record FixedStringType(int Length) : ColumnType
{
    /// <summary>ClickHouse's own limit (MAX_FIXEDSTRING_SIZE).</summary>
    public const int MaxLength = 0xFFFFFF;

    public override string Name => $"FixedString({Length})";

    public override Column CreateColumn() => new FixedStringColumn(this);
}

/// <summary>A member of an enumeration.</summary>
public sealed record EnumMember(string Name, short Value);

/// <summary>
/// <c>Enum8</c>, <c>Enum16</c>: names for signed integers of 8 or 16 bits. <see cref="Members"/> stand in order of value.
/// </summary>
public sealed record EnumType : ColumnType
{
    /// <exception cref="FormatException">No member, a name or value twice, or a value outside the range of <paramref
    /// name="bits"/>.</exception>
    public EnumType(int bits, IEnumerable<EnumMember> members)
    {
        Bits = bits;
        Members = [.. members.OrderBy(m => m.Value)];
        var (low, high) = bits == 8 ? (sbyte.MinValue, sbyte.MaxValue) : (short.MinValue, short.MaxValue);
        if (Members.Length == 0)
        {
            throw new FormatException($"Enum{bits} has no members.");
        }

        if (Members[0].Value < low || Members[^1].Value > high)
        {
            throw new FormatException($"Enum{bits} holds values from {low} to {high}.");
        }

        if (Members.DistinctBy(m => m.Value).Count() < Members.Length || Members.DistinctBy(m => m.Name).Count() < Members.Length)
        {
            throw new FormatException($"Enum{bits} names a value twice, or has a name twice.");
        }
    }

    public int Bits { get; }

    public ImmutableArray<EnumMember> Members { get; }

    public override string Name =>
        $"Enum{Bits}({string.Join(", ", Members.Select(m => $"{TypeText.Quote(m.Name)} = {m.Value}"))})";

    /// <summary>Its default value is the lowest member, as in ClickHouse: 0 need not be one.</summary>
    public override Column CreateColumn() => Bits == 8
        ? new FixedColumn<sbyte>(this, defaultValue: (sbyte)Members[0].Value)
        : new FixedColumn<short>(this, defaultValue: Members[0].Value);

    public bool Equals(EnumType? other) => other is not null && Bits == other.Bits && Members.SequenceEqual(other.Members);

    public override int GetHashCode() => HashCode.Combine(Bits, Members.Length, Members[0], Members[^1]);
}
