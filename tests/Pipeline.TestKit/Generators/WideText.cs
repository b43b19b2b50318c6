using System.Text;
using System.Text.Json;

namespace Pipeline.TestKit.Generators;

/// <summary>The text spellings of <see cref="WideRow"/>.</summary>
static class WideText
{
    static readonly byte[][] s_countries = Raw(WideTable.Countries);
    static readonly byte[][] s_statuses = Raw(WideTable.Statuses);
    static readonly byte[][] s_warehouses = Raw(WideTable.Warehouses);
    static readonly byte[][] s_csvComments = [.. WideTable.Comments.Select(c => Encoding.UTF8.GetBytes(QuoteCsv(c)))];
    static readonly byte[][] s_jsonComments = [.. WideTable.Comments.Select(c => JsonSerializer.SerializeToUtf8Bytes(c))];
    static readonly byte[][] s_jsonKeys =
        [.. WideTable.Columns.Select((c, i) => Encoding.UTF8.GetBytes($"{(i == 0 ? '{' : ',')}\"{c.Name}\":"))];

    public static void WriteCsv(Utf8Output to, long rows, ulong seed)
    {
        to.Bytes(Encoding.UTF8.GetBytes(string.Join(',', WideTable.Columns.Select(c => c.Name))));
        to.Byte((byte)'\n');
        var random = new Xorshift(seed);
        for (long i = 0; i < rows; i++)
        {
            WriteCsv(to, WideRow.Create(ref random, i));
        }
    }

    public static void WriteNdjson(Utf8Output to, long rows, ulong seed)
    {
        var random = new Xorshift(seed);
        for (long i = 0; i < rows; i++)
        {
            WriteJson(to, WideRow.Create(ref random, i));
        }
    }

    static void WriteCsv(Utf8Output to, in WideRow row)
    {
        to.Integer(row.OrderId);
        to.Byte((byte)',');
        to.Integer(row.CustomerId);
        to.Byte((byte)',');
        to.Integer(row.Quantity);
        to.Byte((byte)',');
        to.Integer(row.Reference);
        to.Byte((byte)',');
        to.Fixed(row.UnitPrice, 2);
        to.Byte((byte)',');
        to.Fixed(row.Amount, 2);
        to.Byte((byte)',');
        WriteScore(to, row);
        to.Byte((byte)',');
        if (row.Discount is { } discount)
        {
            to.Fixed(discount, 1);
        }

        to.Byte((byte)',');
        to.Date(row.OrderDate);
        to.Byte((byte)',');
        WriteCreatedAt(to, row);
        to.Byte((byte)',');
        if (row.ShippedAt is { } shippedAt)
        {
            to.Timestamp(shippedAt);
        }

        to.Byte((byte)',');
        to.Bytes(row.Paid ? "true,"u8 : "false,"u8);
        if (row.Coupon is var (high, low))
        {
            to.Uuid(high, low);
        }

        to.Byte((byte)',');
        to.Bytes(s_countries[row.Country]);
        to.Byte((byte)',');
        to.Bytes(s_statuses[row.Status]);
        to.Byte((byte)',');
        to.Bytes(s_warehouses[row.Warehouse]);
        to.Bytes(",P-"u8);
        to.Digits((ulong)row.Product, 1);
        to.Byte((byte)',');
        to.Bytes(s_csvComments[row.Comment]);
        to.Byte((byte)'\n');
    }

    static void WriteJson(Utf8Output to, in WideRow row)
    {
        var key = 0;
        to.Bytes(s_jsonKeys[key++]);
        to.Integer(row.OrderId);
        to.Bytes(s_jsonKeys[key++]);
        to.Integer(row.CustomerId);
        to.Bytes(s_jsonKeys[key++]);
        to.Integer(row.Quantity);
        to.Bytes(s_jsonKeys[key++]);
        to.Integer(row.Reference);
        to.Bytes(s_jsonKeys[key++]);
        to.Fixed(row.UnitPrice, 2);
        to.Bytes(s_jsonKeys[key++]);
        to.Fixed(row.Amount, 2);
        to.Bytes(s_jsonKeys[key++]);
        WriteScore(to, row);
        to.Bytes(s_jsonKeys[key++]);
        if (row.Discount is { } discount)
        {
            to.Fixed(discount, 1);
        }
        else
        {
            to.Bytes("null"u8);
        }

        to.Bytes(s_jsonKeys[key++]);
        to.Byte((byte)'"');
        to.Date(row.OrderDate);
        to.Byte((byte)'"');
        to.Bytes(s_jsonKeys[key++]);
        to.Byte((byte)'"');
        WriteCreatedAt(to, row);
        to.Byte((byte)'"');
        to.Bytes(s_jsonKeys[key++]);
        if (row.ShippedAt is { } shippedAt)
        {
            to.Byte((byte)'"');
            to.Timestamp(shippedAt);
            to.Byte((byte)'"');
        }
        else
        {
            to.Bytes("null"u8);
        }

        to.Bytes(s_jsonKeys[key++]);
        to.Bytes(row.Paid ? "true"u8 : "false"u8);
        to.Bytes(s_jsonKeys[key++]);
        if (row.Coupon is var (high, low))
        {
            to.Byte((byte)'"');
            to.Uuid(high, low);
            to.Byte((byte)'"');
        }
        else
        {
            to.Bytes("null"u8);
        }

        to.Bytes(s_jsonKeys[key++]);
        WriteQuoted(to, s_countries[row.Country]);
        to.Bytes(s_jsonKeys[key++]);
        WriteQuoted(to, s_statuses[row.Status]);
        to.Bytes(s_jsonKeys[key++]);
        WriteQuoted(to, s_warehouses[row.Warehouse]);
        to.Bytes(s_jsonKeys[key++]);
        to.Bytes("\"P-"u8);
        to.Digits((ulong)row.Product, 1);
        to.Byte((byte)'"');
        to.Bytes(s_jsonKeys[key]);
        to.Bytes(s_jsonComments[row.Comment]);
        to.Bytes("}\n"u8);
    }

    /// <summary>Plain digits, and the shortest exponent form below 10⁻⁴, as most languages print a double.</summary>
    static void WriteScore(Utf8Output to, in WideRow row)
    {
        if (row.ScoreScale <= 6)
        {
            to.Fixed(row.ScoreMantissa, row.ScoreScale);
            return;
        }

        var decimals = 0;
        while (row.ScoreMantissa >= PowersOfTen.Of(decimals + 1))
        {
            decimals++;
        }

        if (decimals == 0)
        {
            to.Integer(row.ScoreMantissa);
        }
        else
        {
            to.Fixed(row.ScoreMantissa, decimals);
        }

        to.Bytes("e-"u8);
        to.Digits((ulong)(row.ScoreScale - decimals), 2);
    }

    static void WriteCreatedAt(Utf8Output to, in WideRow row)
    {
        to.Timestamp(row.CreatedAt / 1000);
        to.Byte((byte)'.');
        to.Digits((ulong)(row.CreatedAt % 1000), 3);
    }

    static void WriteQuoted(Utf8Output to, ReadOnlySpan<byte> text)
    {
        to.Byte((byte)'"');
        to.Bytes(text);
        to.Byte((byte)'"');
    }

    static string QuoteCsv(string text) =>
        text.AsSpan().ContainsAny(",\"\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    static byte[][] Raw(string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
