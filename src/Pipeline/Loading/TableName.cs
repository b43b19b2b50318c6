using Pipeline.ClickHouse;

namespace Pipeline.Loading;

/// <summary>A table by database and name; <see cref="ToString"/> is quoted for SQL.</summary>
public sealed record TableName(string Database, string Name)
{
    /// <summary>Reads <c>table</c> or <c>database.table</c>.</summary>
    public static TableName Parse(string text, string defaultDatabase)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? new TableName(defaultDatabase, text) : new TableName(text[..dot], text[(dot + 1)..]);
    }

    /// <summary>As a person writes it, without quotes.</summary>
    public string Display => $"{Database}.{Name}";

    public override string ToString() => $"{Identifier.Quote(Database)}.{Identifier.Quote(Name)}";
}
