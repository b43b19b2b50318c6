using System.Globalization;
using Pipeline.ClickHouse;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Typing;

namespace Pipeline.Columnar;

/// <summary>A column of a columnar file, as the file declares it and as it is read.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Declared">The type that the engine derives from the file.</param>
/// <param name="Type">The type of <paramref name="Sql"/>: the declared one, or text where this program has no such columns.</param>
/// <param name="Sql">The expression that reads it.</param>
sealed record ColumnarColumn(string Name, string Declared, ColumnType Type, string Sql)
{
    /// <summary>What it may store beyond its type, until that is counted; then only if it does. Null for most columns.</summary>
    public StoredValues? Stored { get; private init; }

    /// <summary>It may hold texts that are no UTF-8, until that is counted; then it does. Of formats that say which columns are texts, Parquet is not asked.</summary>
    public bool MayBeNoUtf8 { get; private init; }

    // Values of the file that are outside of the declared type.
    long _outside;

    /// <summary>Whether a row may have no value. Columnar formats declare nearly all of their columns so.</summary>
    public bool MayBeNull => Type.AcceptsNull;

    /// <param name="name">Its name in the file.</param>
    /// <param name="declared">What the engine says of it.</param>
    /// <param name="repair">What the engine was told in place of what the file says.</param>
    public static ColumnarColumn Of(string name, string declared, ColumnarRepair? repair)
    {
        var column = Read(name, declared, repair) with { MayBeNoUtf8 = repair?.Utf8.Contains(name) == true };
        return TryParse(declared) is { } type && StoredValues.Of(name, type, column, repair) is { } stored
            ? column with { Declared = repair?.Narrow.ContainsKey(name) == true ? stored.Declared.Name : column.Declared, Stored = stored }
            : column;
    }

    /// <summary>How it is read, now that it is known how many of its rows have a value outside of the declared type, and how many a text that is no UTF-8.</summary>
    public ColumnarColumn Counted(long outside, long noUtf8)
    {
        var column = this with { MayBeNoUtf8 = noUtf8 > 0 };
        return Stored is null ? column
            : outside == 0 ? column with { Type = Stored.Declared, Sql = Stored.DeclaredSql, Stored = null }
            : column with { Type = Stored.Wide, Sql = Stored.WideSql, _outside = outside };
    }

    static ColumnarColumn Read(string name, string declared, ColumnarRepair? repair)
    {
        var sql = Identifier.Quote(name);
        if (repair?.Decimals.GetValueOrDefault(name) is { } narrow)
        {
            ColumnType @decimal = declared.StartsWith("Nullable(", StringComparison.Ordinal) ? new NullableType(narrow) : narrow;
            return new ColumnarColumn(name, @decimal.Name, @decimal, $"CAST({sql}, '{@decimal.Name}')");
        }

        if (repair?.Raw.GetValueOrDefault(name) is { } meaning)
        {
            return new ColumnarColumn(name, meaning, ColumnType.Parse(declared), sql);
        }

        if (repair?.Times.Contains(name) == true && TryParse(declared) is { } timed && CastSql.Plain(timed) is DateTime64Type time)
        {
            return AsText(name, "a time of day", declared, MomentSql.TimeOfDay(sql, time.Scale));
        }

        if (repair?.Milliseconds.Contains(name) == true)
        {
            var milliseconds = ColumnType.Parse(
                declared.StartsWith("Nullable(", StringComparison.Ordinal) ? "Nullable(DateTime64(3, 'UTC'))" : "DateTime64(3, 'UTC')");
            return new ColumnarColumn(name, "dates in milliseconds", milliseconds, $"CAST(reinterpret(toInt64({sql}), 'DateTime64(3)'), {SqlText.Quote(milliseconds.Name)})");
        }

        if (repair?.Nulls.Contains(name) == true)
        {
            var nothing = new NullableType(WithoutNulls(ColumnType.Parse(declared)));
            return new ColumnarColumn(name, "the null type", nothing, $"CAST(NULL, '{nothing.Name}')");
        }

        if (declared.StartsWith("Interval", StringComparison.Ordinal) || declared.StartsWith("Nullable(Interval", StringComparison.Ordinal))
        {
            // Durations: the type says the unit.
            var number = ColumnType.Parse(declared.StartsWith('N') ? "Nullable(Int64)" : "Int64");
            return new ColumnarColumn(name, declared, number, $"CAST({sql}, '{number.Name}')");
        }

        if (TryParse(declared) is { } type)
        {
            return type is NothingType ? new ColumnarColumn(name, declared, new NullableType(new StringType()), "CAST(NULL, 'Nullable(String)')")
                : type is NullableType { Inner: NothingType } ? new ColumnarColumn(name, declared, new NullableType(new StringType()), $"CAST({sql}, 'Nullable(String)')")
                : Kept(type) is var kept && kept != type ? new ColumnarColumn(name, declared, kept, $"CAST({sql}, {SqlText.Quote(kept.Name)})")
                : new ColumnarColumn(name, declared, type, sql);
        }

        // Types this program has no columns for (Decimal beyond 38 digits, JSON, Time, …) are kept whole as text.
        var text = declared.Contains("Tuple(", StringComparison.Ordinal) || declared.Contains("Map(", StringComparison.Ordinal)
            || declared.Contains("Array(", StringComparison.Ordinal)
                ? $"toJSONString({sql})"
                : $"toString({sql})";
        return declared.StartsWith("Variant(", StringComparison.Ordinal)
            // A union may be null whatever it holds.
            ? new ColumnarColumn(name, declared, new NullableType(new StringType()), $"if(isNull({sql}), NULL, CAST({text}, 'Nullable(String)'))")
            : AsText(name, declared, declared, text);
    }

    // Not a fault: a type that this program has no columns for.
    static ColumnType? TryParse(string declared)
    {
        try
        {
            return ColumnType.Parse(declared);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>
    /// The type in which a column of a table holds such values. Times without a zone are those of UTC, as they are in text files: a column without one would be
    /// shown in the zone of the server, shifted. ClickHouse advises against dictionaries of numbers, and has no table with them unless told so.
    /// </summary>
    static ColumnType Kept(ColumnType type) => type switch
    {
        DateTimeType { Zone: null } => new DateTimeType("UTC"),
        DateTime64Type { Zone: null } moment => moment with { Zone = "UTC" },
        LowCardinalityType { Value: not (StringType or FixedStringType) } dictionary => Kept(dictionary.Inner),
        NullableType nullable => new NullableType(Kept(nullable.Inner)),
        ArrayType array => new ArrayType(Kept(array.Element)),
        MapType map => new MapType(Kept(map.Key), Kept(map.Value)),
        TupleType tuple => new TupleType(tuple.Elements.Select(e => e with { Type = Kept(e.Type) })),
        _ => type,
    };

    static ColumnarColumn AsText(string name, string says, string declared, string sql) => new(
        name, says, declared.StartsWith("Nullable(", StringComparison.Ordinal) ? new NullableType(new StringType()) : new StringType(), sql);

    /// <summary>What the file and its <paramref name="nulls"/> say about the column of a table.</summary>
    public InferredColumn Infer(ColumnarFormat format, long rows, long nulls)
    {
        var type = nulls > 0 ? Type : WithoutNulls(Type);
        var says = Type.Name == Declared ? $"{format.Title} says {Declared}" : $"{format.Title} says {Declared}, which is kept as {WithoutNulls(Type).Name}";
        var outside = _outside == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", because {_outside} of {rows} rows are outside of {Stored!.Range}");
        var counted = !MayBeNull ? ""
            : nulls == 0 ? "; no value is null"
            : string.Create(CultureInfo.InvariantCulture, $"; {nulls} of {rows} values are null");
        return new InferredColumn(type, TextForm.Default, says + outside + counted, rows - nulls, nulls, 0, 0, IsOpen: false);
    }

    /// <summary>The type without its outermost <c>Nullable</c>, which a dictionary wears inside.</summary>
    public static ColumnType WithoutNulls(ColumnType type) => type switch
    {
        NullableType nullable => nullable.Inner,
        LowCardinalityType { Inner: NullableType nullable } => new LowCardinalityType(nullable.Inner),
        _ => type,
    };
}
