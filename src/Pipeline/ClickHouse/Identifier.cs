namespace Pipeline.ClickHouse;

/// <summary>The one place where names become SQL.</summary>
public static class Identifier
{
    /// <summary>A name in backticks, whatever characters it has.</summary>
    public static string Quote(string name) => SqlText.Enclose(name, '`');

    /// <summary>A table with its database.</summary>
    public static string Table(string database, string table) => $"{Quote(database)}.{Quote(table)}";

    /// <summary>Names in backticks, with commas.</summary>
    public static string List(IEnumerable<string> names) => string.Join(", ", names.Select(Quote));
}
