namespace Pipeline.Formats.Columns;

/// <summary><c>Nullable(T)</c>.</summary>
public sealed record NullableType(ColumnType Inner) : ColumnType
{
    public override string Name => $"Nullable({Inner.Name})";

    public override bool AcceptsNull => true;

    public override Column CreateColumn() => new NullableColumn(this, Inner.CreateColumn());
}

/// <summary><c>LowCardinality(T)</c>: a dictionary of distinct values and a key per row. T may be <c>Nullable</c>.</summary>
public sealed record LowCardinalityType(ColumnType Inner) : ColumnType
{
    public override string Name => $"LowCardinality({Inner.Name})";

    public override bool AcceptsNull => Inner.AcceptsNull;

    /// <summary>The type of the dictionary's values: <see cref="Inner"/> without its <c>Nullable</c>.</summary>
    public ColumnType Value => Inner is NullableType nullable ? nullable.Inner : Inner;

    public override Column CreateColumn() => new LowCardinalityColumn(this);
}

/// <summary><c>Nothing</c>: the type of a bare <c>NULL</c>; it has no values.</summary>
public sealed record NothingType : ColumnType
{
    public override string Name => "Nothing";

    public override Column CreateColumn() => new FixedColumn<byte>(this);
}
