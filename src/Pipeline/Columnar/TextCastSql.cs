using System.Globalization;
using Pipeline.ClickHouse;
using Pipeline.Formats.Columns;

namespace Pipeline.Columnar;

/// <summary>
/// Texts that the engine (26.7) casts to another value than they say, without a word: days that do not exist (<c>2024-02-31</c> is March 2) or that the type does not
/// hold (<c>9999-12-31</c> is 2299-12-31), hours beyond 23, digits of a second or a decimal beyond those of the type, numbers that are infinite as a float.
/// </summary>
static class TextCastSql
{
    const string Day = @"\d{4}-\d{2}-\d{2}";
    const string Minute = @"([01]\d|2[0-3]):[0-5]\d";
    const string Offset = @"(Z|[+-]\d{2}:?\d{2})?";

    /// <summary>True where a text is cast to what it does not say; null for types whose casts are exact or fail.</summary>
    /// <param name="text">The expression of the text.</param>
    /// <param name="type">The type that it is cast to, without <c>Nullable</c>.</param>
    /// <param name="cast">The expression of its cast.</param>
    public static string? Changes(string text, ColumnType type, string cast) => type switch
    {
        DateType or Date32Type => $"NOT ({Matches(text, $@"^{Day}([ T]00:00(:00(\.0*)?)?)?$")} AND toString({cast}) = substring({text}, 1, 10))",
        DateTimeType moment => $"NOT ({IsMoment(text, 0)} AND accurateCastOrNull({text}, {SqlText.Quote(new DateTime64Type(0, moment.Zone ?? "UTC").Name)}) = {cast})",
        DateTime64Type moment => $"NOT {IsMoment(text, moment.Scale)}",
        DecimalType number => $"{text} = '.' OR NOT {Matches(text, Digits(@"^[+-]?(\d+(\.\d{0,scale}0*)?|\.\d{0,scale}0*)$", number.Scale))}",
        FloatType => $"isInfinite({cast}) AND NOT {Matches(text, "(?i)inf")}",
        _ => null,
    };

    // The calendar is that of Date32: a day that it changes is none, or out of range.
    static string IsMoment(string text, int scale) =>
        $"({Matches(text, Digits($@"^{Day}([ T]{Minute}(:[0-5]\d(\.\d{{0,scale}}0*)?)?{Offset})?$", scale))} "
        + $"AND toString(accurateCastOrNull(substring({text}, 1, 10), 'Date32')) = substring({text}, 1, 10))";

    static string Digits(string pattern, int scale) => pattern.Replace("scale", scale.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    static string Matches(string text, string pattern) => $"match({text}, {SqlText.Quote(pattern)})";
}
