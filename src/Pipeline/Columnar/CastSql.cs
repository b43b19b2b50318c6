using System.Globalization;
using Pipeline.ClickHouse;
using Pipeline.Formats.Columns;

namespace Pipeline.Columnar;

/// <summary>An expression of a table's type; <see cref="Fault"/> is true for values that it would change.</summary>
sealed record CastSql(string Sql, string? Fault)
{
    /// <summary>How a column is read as another type; null when the types contradict each other.</summary>
    /// <param name="nullsAreMarked">Rows whose null the type does not take are refused; otherwise there are none, and one ends the query.</param>
    public static CastSql? Of(ColumnarColumn column, ColumnType type, bool nullsAreMarked)
    {
        var (from, to) = (Plain(column.Type), Plain(type));
        var sql = column.Sql;
        var target = SqlText.Quote(type.Name);
        if (column.Type.Name == type.Name)
        {
            return new CastSql(sql, null);
        }

        if (from.Name == to.Name)
        {
            return new CastSql($"CAST({WithoutNull(sql, nullsAreMarked)}, {target})", null);
        }

        if (to is StringType)
        {
            return new CastSql($"CAST({WithoutNull($"toString({sql})", nullsAreMarked)}, {target})", null);
        }

        if (IsComposite(from) || IsComposite(to))
        {
            // Where an element cannot be cast the engine fails, and the file as a whole does not fit. Some it changes without a word: texts that say no date, decimals, fields
            // that the table has not.
            var cast = $"accurateCast({sql}, {target})";
            return from.GetType() != to.GetType() ? null
                : new CastSql(cast, $"toString(accurateCast({cast}, {SqlText.Quote(from.Name)})) != toString({sql})");
        }

        return KindOf(from) != KindOf(to) && KindOf(from) != Kind.Text ? null : Checked(column, from, to, type);
    }

    /// <summary>A type without <c>Nullable</c> and <c>LowCardinality</c>: that of its values.</summary>
    public static ColumnType Plain(ColumnType type) => type switch
    {
        NullableType nullable => nullable.Inner,
        LowCardinalityType keyed => keyed.Value,
        _ => type,
    };

    public static bool IsText(ColumnType type) => KindOf(Plain(type)) == Kind.Text;

    public static bool IsMoment(ColumnType type) => KindOf(Plain(type)) == Kind.Moment;

    // A value that cannot be cast, or is another one when it is cast back, is a fault. Texts have many ways to write a value: those are looked at.
    static CastSql Checked(ColumnarColumn column, ColumnType from, ColumnType to, ColumnType type)
    {
        var sql = column.Sql;
        var cast = to switch
        {
            EnumType e => $"CAST(if(toString({sql}) IN ({string.Join(", ", e.Members.Select(m => SqlText.Quote(m.Name)))}), toString({sql}), NULL), "
                + $"{SqlText.Quote($"Nullable({to.Name})")})",
            FixedStringType f => $"CAST(if(length({sql}) <= {f.Length}, {sql}, NULL), 'Nullable({to.Name})')",
            _ => $"accurateCastOrNull({sql}, {SqlText.Quote(to.Name)})",
        };
        var changes = KindOf(from) == Kind.Text
            ? TextCastSql.Changes(sql, to, cast)
            : $"NOT (accurateCastOrNull({cast}, {SqlText.Quote(from.Name)}) <=> {sql}{(from is FloatType ? $" OR isNaN({sql})" : "")})";
        var changed = changes is null ? "" : $" OR {changes}";
        if (to is DecimalType number)
        {
            // A decimal in memory has room for more digits than it may have.
            changed += string.Create(CultureInfo.InvariantCulture, $" OR abs({cast}) >= toDecimal256('1{new string('0', number.Precision - number.Scale)}', 0)");
        }

        var value = type.AcceptsNull ? cast : $"assumeNotNull({cast})";
        return new CastSql($"CAST({value}, {SqlText.Quote(type.Name)})", $"(isNotNull({sql}) AND (isNull({cast}){changed}))");
    }

    // What stands in the place of a marked null is never seen.
    static string WithoutNull(string sql, bool nullsAreMarked) => nullsAreMarked ? $"assumeNotNull({sql})" : sql;

    static bool IsComposite(ColumnType type) => type is ArrayType or MapType or TupleType;

    static Kind KindOf(ColumnType type) => type switch
    {
        BoolType or IntegerType or FloatType or DecimalType => Kind.Number,
        DateType or Date32Type or DateTimeType or DateTime64Type => Kind.Moment,
        IPv4Type or IPv6Type => Kind.Address,
        StringType or FixedStringType or EnumType or UuidType => Kind.Text,
        _ => Kind.Other,
    };

    enum Kind
    {
        Text,
        Number,
        Moment,
        Address,
        Other,
    }
}
