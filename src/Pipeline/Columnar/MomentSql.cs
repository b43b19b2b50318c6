using System.Globalization;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Typing;

namespace Pipeline.Columnar;

/// <summary>
/// SQL about dates and timestamps that ClickHouse's types may not hold, at any depth of a column. The days of dates (Date32) are read as <c>Int32</c>, because the
/// engine refuses a file with others; timestamps (DateTime64) as what they are, which is 64 bits of ticks whatever they say.
/// </summary>
static class MomentSql
{
    /// <summary>Days of 400 years, after which the Gregorian calendar is the same again: as many as Date32 holds, from its first day on.</summary>
    const int CycleDays = Moments.LastDay - Moments.FirstDay + 1;

    public static bool IsIn(ColumnType type) => type switch
    {
        Date32Type or DateTime64Type => true,
        NullableType nullable => IsIn(nullable.Inner),
        LowCardinalityType dictionary => IsIn(dictionary.Inner),
        ArrayType array => IsIn(array.Element),
        MapType map => IsIn(map.Key) || IsIn(map.Value),
        TupleType tuple => tuple.Elements.Any(e => IsIn(e.Type)),
        _ => false,
    };

    /// <summary>The type with another one in the place of each date and timestamp.</summary>
    public static ColumnType Replace(ColumnType type, Func<ColumnType, ColumnType> moment) => type switch
    {
        Date32Type or DateTime64Type => moment(type),
        NullableType nullable => new NullableType(Replace(nullable.Inner, moment)),
        LowCardinalityType dictionary when IsIn(dictionary) => Replace(dictionary.Inner, moment),
        ArrayType array => new ArrayType(Replace(array.Element, moment)),
        MapType map => new MapType(Replace(map.Key, moment), Replace(map.Value, moment)),
        TupleType tuple => new TupleType(tuple.Elements.Select(e => e with { Type = Replace(e.Type, moment) })),
        _ => type,
    };

    /// <summary>Whether a value, or one within it, is outside of what its type holds.</summary>
    public static string Outside(ColumnType type, string sql, int depth = 0)
    {
        var item = Item(depth);
        return type switch
        {
            Date32Type => Beyond(sql, Moments.FirstDay, Moments.LastDay),
            DateTime64Type moment => Beyond($"reinterpretAsInt64({sql})", Bounds(moment)),
            NullableType nullable => Outside(nullable.Inner, sql, depth),
            LowCardinalityType dictionary => Outside(dictionary.Inner, sql, depth),
            ArrayType array => $"arrayExists({item} -> {Outside(array.Element, item, depth + 1)}, {sql})",
            MapType map => Any(new[] { (map.Key, $"mapKeys({sql})"), (map.Value, $"mapValues({sql})") }.Where(p => IsIn(p.Item1))
                .Select(p => Outside(new ArrayType(p.Item1), p.Item2, depth))),
            TupleType tuple => Any(tuple.Elements.Select((e, i) => (e.Type, Element(sql, i))).Where(e => IsIn(e.Type)).Select(e => Outside(e.Type, e.Item2, depth))),
            _ => "0",
        };
    }

    /// <summary>The value with the text of each date and timestamp in its place, such as <c>9999-12-31</c> and <c>9999-12-31 23:59:59.000</c>.</summary>
    public static string Text(ColumnType type, string sql, int depth = 0)
    {
        var item = Item(depth);
        return !IsIn(type) ? sql : type switch
        {
            Date32Type => DayText(sql),
            DateTime64Type moment => TickText($"reinterpretAsInt64({sql})", moment.Scale),
            NullableType nullable => Text(nullable.Inner, sql, depth),
            LowCardinalityType dictionary => Text(dictionary.Inner, sql, depth),
            ArrayType array => $"arrayMap({item} -> {Text(array.Element, item, depth + 1)}, {sql})",
            MapType map => $"mapFromArrays({Text(new ArrayType(map.Key), $"mapKeys({sql})", depth)}, {Text(new ArrayType(map.Value), $"mapValues({sql})", depth)})",
            TupleType tuple => $"tuple({string.Join(", ", tuple.Elements.Select((e, i) => Text(e.Type, Element(sql, i), depth)))})",
            _ => sql,
        };
    }

    /// <summary>The text of ticks of 10^-<paramref name="scale"/> seconds of a day, and of a day beside the time where they are none of one day.</summary>
    /// <param name="sql">A DateTime64 of the first of January 1970.</param>
    /// <param name="scale">Digits of a second, 0 to 9.</param>
    public static string TimeOfDay(string sql, int scale)
    {
        var ticks = $"reinterpretAsInt64({sql})";
        return $"if({Floor(ticks, Day(scale))} = 0, substring({TimeText(ticks, scale)}, 2), {TickText(ticks, scale)})";
    }

    /// <summary>Whether ticks of 10^-9 seconds as Parquet has them in 96 bits are outside of DateTime64(9).</summary>
    public static string OutsideInt96(string sql) => Beyond($"toInt128({Int96Day(sql)}) * {Number(Day(9))} + {Int96Time(sql)}", Moments.Ticks(9));

    /// <summary>The text of such ticks.</summary>
    public static string Int96Text(string sql) =>
        $"concat({DayText($"({Int96Day(sql)} + {Floor(Int96Time(sql), Day(9))})")}, {TimeText(Int96Time(sql), 9)})";

    /// <summary>Such ticks as DateTime64(9); <paramref name="sql"/> is null where they are outside of it.</summary>
    public static string Int96Moment(string sql) => $"fromUnixTimestamp64Nano({Int96Day(sql)} * {Number(Day(9))} + {Int96Time(sql)}, 'UTC')";

    /// <summary>Text of a number of days since 1970-01-01: ISO 8601, years beyond four digits with their sign, the year before 1 as 0.</summary>
    static string DayText(string days)
    {
        var inCycle = $"({Modulo($"({days} - {Number(Moments.FirstDay)})", CycleDays)} + {Number(Moments.FirstDay)})";
        var sameDay = $"(toDate32(0) + {inCycle})";
        var year = $"(toYear({sameDay}) + {Number(400)} * intDiv({days} - {inCycle}, {Number(CycleDays)}))";
        var digits = $"toString(abs({year}))";
        return $"concat(multiIf({year} < 0, '-', {year} > 9999, '+', ''), repeat('0', greatest(0, 4 - length({digits}))), {digits}, substring(toString({sameDay}), 5))";
    }

    static string TickText(string ticks, int scale) => $"concat({DayText(Floor(ticks, Day(scale)))}, {TimeText(ticks, scale)})";

    // With the blank before it.
    static string TimeText(string ticks, int scale) => string.Create(
        CultureInfo.InvariantCulture, $"substring(toString(reinterpret({Modulo(ticks, Day(scale))}, 'DateTime64({scale})')), 11)");

    static string Int96Day(string sql) => $"(toInt64(reinterpretAsInt32(substring({sql}, 9, 4))) - 2440588)";

    static string Int96Time(string sql) => $"reinterpretAsInt64(substring({sql}, 1, 8))";

    static string Floor(string number, long by) => $"(intDiv({number}, {Number(by)}) - ({number} % {Number(by)} < 0))";

    static string Modulo(string number, long by) => $"toInt64(({number} % {Number(by)}) + if({number} % {Number(by)} < 0, {Number(by)}, 0))";

    // Where a zone moves the day, one is kept clear at both ends.
    static (long First, long Last) Bounds(DateTime64Type moment)
    {
        var (first, last) = Moments.Ticks(moment.Scale);
        return moment.Zone is null or "UTC" ? (first, last) : (first + Day(moment.Scale), last - Day(moment.Scale));
    }

    static long Day(int scale) => Moments.SecondsOfDay * Moments.TicksOfSecond(scale);

    static string Beyond(string sql, (long First, long Last) bounds) => Beyond(sql, bounds.First, bounds.Last);

    static string Beyond(string sql, long first, long last) => $"ifNull({sql} NOT BETWEEN {Number(first)} AND {Number(last)}, 0)";

    static string Any(IEnumerable<string> conditions) => $"({string.Join(" OR ", conditions)})";

    static string Element(string sql, int index) => string.Create(CultureInfo.InvariantCulture, $"tupleElement({sql}, {index + 1})");

    static string Item(int depth) => string.Create(CultureInfo.InvariantCulture, $"`_item{depth}`");

    // A literal alone has no sign, and makes numbers beside it lose theirs.
    static string Number(long number) => string.Create(CultureInfo.InvariantCulture, $"toInt64({number})");
}
