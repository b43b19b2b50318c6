namespace Pipeline.Formats.Columns;

/// <summary>Reads ClickHouse type names.</summary>
static class TypeParser
{
    public static ColumnType Parse(string name) => name switch
    {
        "UInt64" => new IntegerType(64, false),
        "String" => new StringType(),
        _ => throw new FormatException($"The type {name} is not known."),
    };
}
