using System.Numerics;
using System.Runtime.InteropServices;
using Pipeline.Formats.Columns;

namespace Pipeline.TestKit.Columns;

/// <summary>Columns of any type with the extremes first and then random values, the same for the same seed.</summary>
public static class RandomColumns
{
    const int NaNRow = 0;
    const int NegativeZeroRow = 4;

    /// <summary>Every type of the Native codec, alone and within others.</summary>
    public static IReadOnlyList<string> TypeNames { get; } =
    [
        "Bool", "Int8", "Int16", "Int32", "Int64", "Int128", "UInt8", "UInt16", "UInt32", "UInt64", "UInt128", "Float32",
        "Float64",
        "Decimal(1, 0)", "Decimal(9, 9)", "Decimal(10, 2)", "Decimal(18, 4)", "Decimal(19, 0)", "Decimal(38, 10)",
        "String", "FixedString(1)", "FixedString(7)", "FixedString(300)", "UUID", "Date", "Date32", "DateTime",
        "DateTime('Europe/Berlin')",
        "DateTime64(0)", "DateTime64(3, 'UTC')", "DateTime64(9, 'Asia/Tokyo')", @"Enum8('a' = -128, 'it\'s' = 0, 'z\n' = 127)",
        "Enum16('low' = -32768, 'one' = 1, 'high' = 32767)", "IPv4", "IPv6",
        "Nullable(Bool)", "Nullable(Int128)", "Nullable(Float64)", "Nullable(Decimal(38, 38))", "Nullable(String)",
        "Nullable(FixedString(3))",
        "Nullable(UUID)", "Nullable(Date32)", "Nullable(DateTime64(6, 'UTC'))", "Nullable(Enum8('x' = 1, 'y' = 2))",
        "Nullable(IPv6)",
        "LowCardinality(String)", "LowCardinality(Nullable(String))", "LowCardinality(FixedString(4))",
        "LowCardinality(Nullable(FixedString(2)))",
        "LowCardinality(Int64)", "LowCardinality(Nullable(UInt16))", "LowCardinality(Float64)", "LowCardinality(Date)",
        "LowCardinality(DateTime)",
        "LowCardinality(UUID)", "LowCardinality(IPv4)",
        "Array(UInt8)", "Array(String)", "Array(Nullable(Int32))", "Array(LowCardinality(String))",
        "Array(LowCardinality(Nullable(String)))",
        "Array(Array(Array(Int16)))", "Array(Tuple(UInt8, String))", "Tuple(Int8)", "Tuple(String, Nullable(Float32))",
        "Tuple(a UInt64, `b c` Array(LowCardinality(String)), `select` LowCardinality(String))", "Map(String, UInt64)",
        "Map(LowCardinality(String), Nullable(String))", "Map(UInt8, Array(Map(String, Decimal(9, 2))))",
    ];

    /// <summary>A column of a type with <paramref name="rows"/> rows.</summary>
    public static Column Create(ColumnType type, int rows, int seed)
    {
        var column = type.CreateColumn();
        Fill(column, rows, new Random(seed));
        return column;
    }

    public static void Fill(Column column, int rows, Random random)
    {
        for (var row = 0; row < rows; row++)
        {
            Append(column, row, random);
        }
    }

    static void Append(Column column, int row, Random random)
    {
        switch (column)
        {
            case NullableColumn nullable when random.Next(3) == 0:
                nullable.AppendDefault();
                break;
            case NullableColumn nullable:
                nullable.Mask.Append(0);
                Append(nullable.Inner, row, random);
                break;
            case LowCardinalityColumn keyed when keyed.Type.AcceptsNull && random.Next(4) == 0:
                keyed.AppendNull();
                break;
            case LowCardinalityColumn keyed:
                AppendKeyed(keyed, random);
                break;
            case ArrayColumn arrays:
                Fill(arrays.Elements, random.Next(4) == 0 ? 0 : random.Next(6), random);
                arrays.EndRow();
                break;
            case TupleColumn tuple:
                foreach (var element in tuple.Elements)
                {
                    Append(element, row, random);
                }

                tuple.EndRow();
                break;
            case StringColumn texts:
                texts.Append(Bytes(TextLength(row, random), random));
                break;
            case FixedStringColumn texts:
                texts.Append(Bytes(random.Next(texts.Width + 1), random));
                break;
            case FixedWidthColumn values:
                Value(values.Type, row, random, values.AppendBytes(1));
                break;
            default:
                throw new NotSupportedException(column.GetType().Name);
        }
    }

    // Some 300 values: more than a key of one byte can count, and enough repetition.
    static void AppendKeyed(LowCardinalityColumn column, Random random)
    {
        var one = ((LowCardinalityType)column.Type).Value.CreateColumn();
        var which = random.Next(300);
        if (one.Type is FloatType && which is NaNRow or NegativeZeroRow)
        {
            // ClickHouse's dictionaries take -0 for 0, and all NaNs for one.
            which = NegativeZeroRow + 1;
        }

        Append(one, which, new Random(which));
        column.Append(one switch
        {
            StringColumn texts => texts[0],
            FixedWidthColumn values => values.Bytes,
            _ => throw new NotSupportedException(one.GetType().Name),
        });
    }

    static void Value(ColumnType type, int row, Random random, Span<byte> slot)
    {
        random.NextBytes(slot);
        switch (type)
        {
            case NullableType nullable:
                Value(nullable.Inner, row, random, slot);
                break;
            case BoolType:
                slot[0] &= 1;
                break;
            case EnumType type8 when type8.Bits == 8:
                slot[0] = (byte)type8.Members[random.Next(type8.Members.Length)].Value;
                break;
            case EnumType type16:
                MemoryMarshal.Write(slot, type16.Members[random.Next(type16.Members.Length)].Value);
                break;
            case DecimalType type4 when slot.Length == 4:
                MemoryMarshal.Write(slot, (int)Decimal(type4, row, random));
                break;
            case DecimalType type8 when slot.Length == 8:
                MemoryMarshal.Write(slot, (long)Decimal(type8, row, random));
                break;
            case DecimalType type16:
                MemoryMarshal.Write(slot, (Int128)Decimal(type16, row, random));
                break;
            case Date32Type:
                MemoryMarshal.Write(slot, row switch { 0 => -25567, 1 => 120529, _ => random.Next(-25567, 120530) });
                break;
            case DateTime64Type time:
                MemoryMarshal.Write(slot, Timestamp(time, row, random));
                break;
            case FloatType { Bits: 64 } when row < 6:
                MemoryMarshal.Write(slot, new[] { double.NaN, double.PositiveInfinity, double.MinValue, double.Epsilon, -0.0,
                    double.MaxValue }[row]);
                break;
            case FloatType { Bits: 32 } when row < 6:
                MemoryMarshal.Write(slot, new[] { float.NaN, float.NegativeInfinity, float.MinValue, float.Epsilon, -0f,
                    float.MaxValue }[row]);
                break;
            default:
                Extreme(row, slot);
                break;
        }
    }

    /// <summary>The extremes of integers, signed or not: 0, all bits, the largest and the smallest signed.</summary>
    static void Extreme(int row, Span<byte> slot)
    {
        if (row > 3)
        {
            return;
        }

        slot.Fill(row is 1 or 2 ? (byte)0xFF : (byte)0);
        slot[^1] = row switch { 2 => 0x7F, 3 => 0x80, _ => slot[^1] };
    }

    static BigInteger Decimal(DecimalType type, int row, Random random)
    {
        var most = BigInteger.Pow(10, type.Precision) - 1;
        return row switch
        {
            0 => most,
            1 => -most,
            2 => 0,
            _ => (new BigInteger(random.NextInt64()) * random.NextInt64() % (most + 1)) * (random.Next(2) == 0 ? 1 : -1),
        };
    }

    static long Timestamp(DateTime64Type type, int row, Random random)
    {
        // 1900-01-01 to 2299-12-31; nanoseconds end in 2262.
        var (low, high) = type.Scale == 9 ? (-2208988800L, 9223372036L) : (-2208988800L, 10413791999L);
        var scale = (long)Math.Pow(10, type.Scale);
        return row switch
        {
            0 => low * scale,
            1 => high * scale,
            _ => (random.NextInt64(low, high) * scale) + random.NextInt64(scale),
        };
    }

    // Around the lengths at which the writer's and the reader's ways part.
    static int TextLength(int row, Random random) => row switch
    {
        < 40 => row,
        40 => 127,
        41 => 128,
        42 => 300,
        43 => 16_383,
        44 => 16_384,
        45 => 200_000,
        _ => random.Next(24),
    };

    static byte[] Bytes(int length, Random random)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
