namespace Pipeline.Formats.Columns;

/// <summary>A ClickHouse type as a tree. <see cref="Name"/> is exactly how ClickHouse spells it; equality is by value.</summary>
public abstract record ColumnType
{
    /// <summary>The type as ClickHouse spells it, such as <c>Nullable(Decimal(10, 2))</c>.</summary>
    public abstract string Name { get; }

    /// <summary>True for <c>Nullable(T)</c> and <c>LowCardinality(Nullable(T))</c>.</summary>
    public virtual bool AcceptsNull => false;

    /// <summary>An empty column of this type.</summary>
    public abstract Column CreateColumn();

    /// <summary>Reads a type as <c>system.columns.type</c> spells it.</summary>
    /// <exception cref="FormatException">The text is not a type, or one that this program does not know; the message names
    /// it.</exception>
    public static ColumnType Parse(string name) => TypeParser.Parse(name);

    public sealed override string ToString() => Name;
}
