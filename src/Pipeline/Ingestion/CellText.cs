using System.Globalization;
using System.Text.Json;
using Pipeline.Formats.Columns;

namespace Pipeline.Ingestion;

/// <summary>Single values as a person reads them in ClickHouse's answers: for previews.</summary>
static class CellText
{
    /// <summary>Null is a null.</summary>
    public static string? Of(Column column, int row) => Of(ColumnValue.Get(column, row), column.Type);

    static string? Of(object? value, ColumnType type) => value switch
    {
        null => null,
        string text => text,
        bool truth => truth ? "true" : "false",
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString(Format(type), CultureInfo.InvariantCulture),
        double or float => ((IFormattable)value).ToString("R", CultureInfo.InvariantCulture),
        object?[] elements => $"[{string.Join(", ", elements.Select(e => e is string s ? JsonSerializer.Serialize(s) : Of(e, type) ?? "NULL"))}]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    // .NET has seven digits of a second; more are not shown.
    static string Format(ColumnType type) => type switch
    {
        NullableType nullable => Format(nullable.Inner),
        ArrayType array => Format(array.Element),
        DateTime64Type { Scale: > 0 } precise => "yyyy-MM-dd HH:mm:ss." + new string('f', Math.Min(7, precise.Scale)),
        _ => "yyyy-MM-dd HH:mm:ss",
    };
}
