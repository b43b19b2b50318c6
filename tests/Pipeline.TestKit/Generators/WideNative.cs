using System.Text;

namespace Pipeline.TestKit.Generators;

/// <summary>
/// <see cref="WideTable"/> as ClickHouse Native: the number of columns and rows, then per column its name, type and values. An
/// oracle for the product's own writer, so it shares nothing with it.
/// </summary>
public static class WideNative
{
    /// <summary>Rows of a block, the last one excepted.</summary>
    public const int BlockRows = 65_536;

    static readonly byte[][] s_countries = Texts(WideTable.Countries);
    static readonly byte[][] s_statuses = Texts(WideTable.Statuses);
    static readonly byte[][] s_warehouses = Texts(WideTable.Warehouses);
    static readonly byte[][] s_comments = Texts(WideTable.Comments);

    internal static void Write(Utf8Output to, long rows, ulong seed)
    {
        var random = new Xorshift(seed);
        var block = new WideRow[(int)Math.Min(rows, BlockRows)];
        for (long first = 0; first < rows; first += BlockRows)
        {
            var count = (int)Math.Min(rows - first, BlockRows);
            for (var i = 0; i < count; i++)
            {
                block[i] = WideRow.Create(ref random, first + i);
            }

            WriteBlock(to, block.AsSpan(0, count));
        }
    }

    static void WriteBlock(Utf8Output to, ReadOnlySpan<WideRow> rows)
    {
        to.VarUInt((ulong)WideTable.Columns.Count);
        to.VarUInt((ulong)rows.Length);
        for (var column = 0; column < WideTable.Columns.Count; column++)
        {
            Text(to, Encoding.UTF8.GetBytes(WideTable.Columns[column].Name));
            Text(to, Encoding.UTF8.GetBytes(WideTable.Columns[column].Type));
            if (WideTable.Columns[column].Type.StartsWith("Nullable(", StringComparison.Ordinal))
            {
                foreach (ref readonly var row in rows)
                {
                    to.Byte(IsNull(row, column) ? (byte)1 : (byte)0);
                }
            }

            foreach (ref readonly var row in rows)
            {
                WriteValue(to, row, column);
            }
        }
    }

    static bool IsNull(in WideRow row, int column) => column switch
    {
        7 => row.Discount is null,
        10 => row.ShippedAt is null,
        12 => row.Coupon is null,
        _ => throw new ArgumentOutOfRangeException(nameof(column), column, "Not a nullable column."),
    };

    static void WriteValue(Utf8Output to, in WideRow row, int column)
    {
        switch (column)
        {
            case 0: to.LittleEndian((ulong)row.OrderId, 8); break;
            case 1: to.LittleEndian((ulong)row.CustomerId, 8); break;
            case 2: to.LittleEndian((ulong)row.Quantity, 8); break;
            case 3: to.LittleEndian((ulong)row.Reference, 8); break;
            case 4: to.LittleEndian((ulong)row.UnitPrice, 8); break;
            case 5: to.LittleEndian((ulong)row.Amount, 8); break;
            case 6: to.LittleEndian(BitConverter.DoubleToUInt64Bits(row.Score), 8); break;
            case 7: to.LittleEndian((ulong)(row.Discount ?? 0), 4); break;
            case 8: to.LittleEndian((ulong)row.OrderDate, 2); break;
            case 9: to.LittleEndian((ulong)row.CreatedAt, 8); break;
            case 10: to.LittleEndian((ulong)(row.ShippedAt ?? 0), 4); break;
            case 11: to.Byte(row.Paid ? (byte)1 : (byte)0); break;
            case 12:
                // Two little-endian halves, the more significant one first.
                to.LittleEndian(row.Coupon?.High ?? 0, 8);
                to.LittleEndian(row.Coupon?.Low ?? 0, 8);
                break;
            case 13: to.Bytes(s_countries[row.Country]); break;
            case 14: to.Bytes(s_statuses[row.Status]); break;
            case 15: to.Bytes(s_warehouses[row.Warehouse]); break;
            case 16:
                to.VarUInt((ulong)(2 + DigitCount(row.Product)));
                to.Bytes("P-"u8);
                to.Digits((ulong)row.Product, 1);
                break;
            case 17: to.Bytes(s_comments[row.Comment]); break;
            default: throw new ArgumentOutOfRangeException(nameof(column), column, "The table has 18 columns.");
        }
    }

    static int DigitCount(int value)
    {
        var count = 1;
        for (; value >= 10; value /= 10)
        {
            count++;
        }

        return count;
    }

    static void Text(Utf8Output to, byte[] utf8)
    {
        to.VarUInt((ulong)utf8.Length);
        to.Bytes(utf8);
    }

    /// <summary>Texts with their length before them. All are shorter than 128 bytes.</summary>
    static byte[][] Texts(string[] texts) =>
        [.. texts.Select(t => (byte[])[(byte)Encoding.UTF8.GetByteCount(t), .. Encoding.UTF8.GetBytes(t)])];
}
