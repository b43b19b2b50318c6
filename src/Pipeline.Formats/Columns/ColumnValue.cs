using System.Globalization;
using System.Numerics;
using System.Text;

namespace Pipeline.Formats.Columns;

/// <summary>
/// Single values out of columns, boxed: for previews, small results and tests, not for the way of the data. Numbers come as their
/// .NET type; decimals as
/// <see cref="decimal"/> up to 28 digits, else as text; texts as <see cref="string"/> (bytes that are not UTF-8 replaced); dates
/// as <see cref="DateOnly"/>;
/// timestamps as <see cref="DateTimeOffset"/> in UTC where .NET has them (100 ns, years 1 to 9999); enumerations as their names;
/// arrays and tuples as arrays; maps as
/// arrays of pairs.
/// </summary>
public static class ColumnValue
{
    const int MaxDecimalPrecision = 28;

    public static object? Get(Column column, int row) => column switch
    {
        NullableColumn nullable => nullable.Mask.Values[row] != 0 ? null : Get(nullable.Inner, row),
        LowCardinalityColumn keyed => keyed.IsNull(row) ? null : Get(keyed.Dictionary, keyed.Keys.Values[row]),
        ConstantColumn constant => Encoding.UTF8.GetString(constant.Value),
        StringColumn texts => Encoding.UTF8.GetString(texts[row]),
        FixedStringColumn texts => Encoding.UTF8.GetString(texts[row]),
        ArrayColumn arrays => Elements(arrays, row),
        TupleColumn tuple => tuple.Elements.Select(e => Get(e, row)).ToArray(),
        FixedColumn<sbyte> values => Number(values, row),
        FixedColumn<byte> values => Number(values, row),
        FixedColumn<short> values => Number(values, row),
        FixedColumn<ushort> values => Number(values, row),
        FixedColumn<int> values => Number(values, row),
        FixedColumn<uint> values => Number(values, row),
        FixedColumn<long> values => Number(values, row),
        FixedColumn<ulong> values => Number(values, row),
        FixedColumn<Int128> values => Number(values, row),
        FixedColumn<UInt128> values => Number(values, row),
        FixedColumn<float> values => values.Values[row],
        FixedColumn<double> values => values.Values[row],
        _ => throw new NotSupportedException($"There are no single values of {column.GetType().Name}."),
    };

    static object?[] Elements(ArrayColumn arrays, int row)
    {
        var (start, length) = arrays.Row(row);
        return [.. Enumerable.Range(start, length).Select(i => Get(arrays.Elements, i))];
    }

    /// <summary>An integer as its type reads it.</summary>
    static object? Number<T>(FixedColumn<T> column, int row)
        where T : unmanaged, IBinaryInteger<T>
    {
        var value = column.Values[row];
        return column.Type switch
        {
            BoolType => !T.IsZero(value),
            NothingType => null,
            DecimalType type => Decimal(Int128.CreateChecked(value), type),
            DateType or Date32Type => DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(int.CreateChecked(value)),
            DateTimeType => DateTimeOffset.UnixEpoch.AddSeconds(long.CreateChecked(value)),
            DateTime64Type type => Timestamp(long.CreateChecked(value), type.Scale),
            EnumType type => type.Members.FirstOrDefault(m => m.Value == short.CreateChecked(value))?.Name,
            UuidType => UuidType.ToGuid(UInt128.CreateChecked(value)),
            IPv4Type => IPv4Type.ToAddress(uint.CreateChecked(value)),
            IPv6Type => IPv6Type.ToAddress(UInt128.CreateChecked(value)),
            _ => value,
        };
    }

    static object Decimal(Int128 scaled, DecimalType type)
    {
        if (type.Precision <= MaxDecimalPrecision)
        {
            var magnitude = UInt128.CreateChecked(Int128.Abs(scaled));
            return new decimal(
                (int)(uint)magnitude, (int)(uint)(magnitude >> 32), (int)(uint)(magnitude >> 64), Int128.IsNegative(scaled),
                    (byte)type.Scale);
        }

        var digits = BigInteger.Abs((BigInteger)scaled).ToString(CultureInfo.InvariantCulture).PadLeft(type.Scale + 1, '0');
        var sign = Int128.IsNegative(scaled) ? "-" : "";
        return type.Scale == 0 ? sign + digits : $"{sign}{digits[..^type.Scale]}.{digits[^type.Scale..]}";
    }

    static DateTimeOffset Timestamp(long ticks, int scale)
    {
        var ticksOf100Ns = scale <= 7 ? ticks * (long)Math.Pow(10, 7 - scale) : FloorDivide(ticks, (long)Math.Pow(10, scale - 7));
        return DateTimeOffset.UnixEpoch.AddTicks(ticksOf100Ns);
    }

    static long FloorDivide(long value, long by) => (value / by) - (value % by < 0 ? 1 : 0);
}
