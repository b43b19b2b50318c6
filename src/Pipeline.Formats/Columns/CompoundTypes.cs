using System.Collections.Immutable;

namespace Pipeline.Formats.Columns;

/// <summary><c>Array(T)</c>.</summary>
public sealed record ArrayType(ColumnType Element) : ColumnType
{
    public override string Name => $"Array({Element.Name})";

    public override Column CreateColumn() => new ArrayColumn(this, Element.CreateColumn());
}

/// <summary><c>Map(K, V)</c>: stored as an array of pairs; keys may come twice.</summary>
public sealed record MapType(ColumnType Key, ColumnType Value) : ColumnType
{
    public override string Name => $"Map({Key.Name}, {Value.Name})";

    public override Column CreateColumn() =>
        new ArrayColumn(this, new TupleColumn(new TupleType([new(null, Key), new(null, Value)]),
            [Key.CreateColumn(), Value.CreateColumn()]));
}

/// <summary>An element of a tuple; all elements of a tuple have a name, or none.</summary>
public sealed record TupleElement(string? Name, ColumnType Type);

/// <summary><c>Tuple(A, B)</c> or <c>Tuple(a A, b B)</c>.</summary>
public sealed record TupleType : ColumnType
{
    /// <exception cref="FormatException">Some elements have a name and some do not.</exception>
    public TupleType(IEnumerable<TupleElement> elements)
    {
        Elements = [.. elements];
        if (Elements.Any(e => e.Name is null) && Elements.Any(e => e.Name is not null))
        {
            throw new FormatException("Either all elements of a tuple have a name, or none.");
        }
    }

    public ImmutableArray<TupleElement> Elements { get; }

    public override string Name => $"Tuple({string.Join(", ", Elements.Select(Text))})";

    public override Column CreateColumn() => new TupleColumn(this, [.. Elements.Select(e => e.Type.CreateColumn())]);

    public bool Equals(TupleType? other) => other is not null && Elements.SequenceEqual(other.Elements);

    public override int GetHashCode() => Elements.Aggregate(Elements.Length, HashCode.Combine);

    static string Text(TupleElement element) =>
        element.Name is null ? element.Type.Name : $"{TypeText.Identifier(element.Name)} {element.Type.Name}";
}
