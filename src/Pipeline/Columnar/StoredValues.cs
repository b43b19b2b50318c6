using Pipeline.ClickHouse;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Columns;

namespace Pipeline.Columnar;

/// <summary>
/// A column whose stored values may be more than the type holds that the file declares: days and ticks outside of ClickHouse's dates and timestamps, integers stored
/// in more bits than they are declared. Which it is, is counted; then it is read as declared or as <paramref name="Wide"/>.
/// </summary>
/// <param name="ReadAs">The type that the engine is told to read it as, in place of the declared one; null: as it declares it.</param>
/// <param name="Outside">True for values outside of the declared type.</param>
/// <param name="Wide">A type that holds all of them.</param>
/// <param name="WideSql">The expression of that type.</param>
/// <param name="Declared">The declared type.</param>
/// <param name="DeclaredSql">The expression of that type where no value is outside of it.</param>
/// <param name="Range">What the declared type holds, for a person.</param>
sealed record StoredValues(string? ReadAs, string Outside, ColumnType Wide, string WideSql, ColumnType Declared, string DeclaredSql, string Range)
{
    const string MomentRange = "1900-01-01 to 2299-12-31";
    const string NanosecondRange = "1900-01-01 to 2262-04-11";

    /// <summary>The moments that are inside, null in the place of others: what a table of dates or timestamps can take. Null for columns of anything else.</summary>
    public ColumnarColumn? Inside { get; private init; }

    /// <summary>What is to be counted before the column can be read; null when its type holds whatever it stores, or the file says so itself.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="declared">What the engine says of it.</param>
    /// <param name="column">How it is read when all values are inside.</param>
    /// <param name="repair">What is known of the file.</param>
    public static StoredValues? Of(string name, ColumnType declared, ColumnarColumn column, ColumnarRepair? repair)
    {
        var sql = Identifier.Quote(name);
        if (repair?.Narrow.GetValueOrDefault(name) is { } narrow)
        {
            ColumnType type = declared is NullableType ? new NullableType(narrow) : narrow;
            var (first, last) = narrow.Range;
            return new StoredValues(null, $"{sql} NOT BETWEEN {first} AND {last}", declared, sql, type, $"CAST({sql}, '{type.Name}')", $"{first} to {last}");
        }

        if (repair?.Int96.Contains(name) == true && CastSql.Plain(declared) is DateTime64Type moment)
        {
            var outside = MomentSql.OutsideInt96(sql);
            return new StoredValues(
                MomentSql.Replace(declared, _ => new FixedStringType(12)).Name, outside, Texts(declared), MomentSql.Int96Text(sql), column.Type, column.Sql, NanosecondRange)
            {
                Inside = column with { Type = new NullableType(moment), Sql = MomentSql.Int96Moment($"if({outside}, NULL, {sql})") },
            };
        }

        if (repair?.Milliseconds.Contains(name) == true)
        {
            (declared, sql) = (column.Type, column.Sql);
        }

        if (repair?.InRange.Contains(name) == true || repair?.Times.Contains(name) == true || !MomentSql.IsIn(declared))
        {
            return null;
        }

        var readAs = MomentSql.Replace(declared, m => m is Date32Type ? new IntegerType(32, Signed: true) : m).Name;
        var texts = MomentSql.Text(declared, sql);
        return new StoredValues(
            readAs == declared.Name ? null : readAs, MomentSql.Outside(declared, sql), Texts(declared), $"CAST({texts}, {SqlText.Quote(Texts(declared).Name)})",
            column.Type, column.Sql, CastSql.Plain(declared) is DateTime64Type { Scale: 9 } ? NanosecondRange : MomentRange)
        {
            Inside = InsideOf(declared, column, sql),
        };
    }

    static ColumnType Texts(ColumnType declared) => MomentSql.Replace(declared, _ => new StringType());

    static ColumnarColumn? InsideOf(ColumnType declared, ColumnarColumn column, string sql)
    {
        var inside = $"if({MomentSql.Outside(declared, sql)}, NULL, {sql})";
        return CastSql.Plain(column.Type) switch
        {
            Date32Type date => column with { Type = new NullableType(date), Sql = $"(toDate32(0) + {inside})" },
            DateTime64Type moment => column with { Type = new NullableType(moment), Sql = $"CAST({inside}, {SqlText.Quote($"Nullable({moment.Name})")})" },
            _ => null,
        };
    }
}
