using System.Text;

namespace Pipeline.TestKit.Generators;

/// <summary>
/// One JSON object a line: numbers, a time stamp, an object in an object, an array of texts and one of objects, nulls and escapes; about 290 bytes
/// a row. A pure function of rows and seed.
/// </summary>
public static class NestedNdjson
{
    /// <summary>What the rows hold, by the names of the flattened columns. The array of objects is its JSON text.</summary>
    public static IReadOnlyList<WideColumn> Columns { get; } =
    [
        new("id", "Int64"),
        new("at", "DateTime64(3, 'UTC')"),
        new("customer_id", "Int64"),
        new("customer_name", "String"),
        new("customer_address_city", "String"),
        new("customer_address_country", "String"),
        new("tags", "Array(String)"),
        new("items", "String"),
        new("total", "Decimal(18, 2)"),
        new("currency", "String"),
        new("paid", "Bool"),
        new("note", "Nullable(String)"),
    ];

    /// <summary>The objects as ClickHouse's <c>structure</c> argument.</summary>
    public const string Structure =
        "id Int64, at DateTime64(3, 'UTC'), "
        + "customer Tuple(id Int64, name String, address Tuple(city String, country String)), "
        + "tags Array(String), items String, total Decimal(18, 2), currency String, paid Bool, note Nullable(String)";

    /// <summary>The columns of <see cref="Columns"/> from a source of <see cref="Structure"/>.</summary>
    public const string Flattened =
        "id, at, customer.id AS customer_id, customer.name AS customer_name, customer.address.city AS customer_address_city, "
        + "customer.address.country AS customer_address_country, tags, items, total, currency, paid, note";

    static readonly byte[][] s_names = Utf8("Ann Moser", "Bo Larsen", "Chloé Dubois", "Jürgen Groß", "María Núñez", "山田 太郎", "O\\u0027Brien", "Eve");
    static readonly byte[][] s_cities = Utf8("Wien", "Graz", "Łódź", "São Paulo", "Zürich", "Oslo", "Porto", "東京", "Lyon", "Cork");
    static readonly byte[][] s_tags = Utf8("new", "sale", "gift", "b2b", "return", "express", "fragile");
    static readonly byte[][] s_currencies = Utf8("EUR", "USD", "CHF", "GBP");
    static readonly byte[][] s_notes = Utf8("leave at the door", "said \\\"call first\\\"", "two\\nlines", "größer als gedacht", "ok");

    /// <summary>Writes the rows to a stream, which stays open, and returns the bytes written.</summary>
    public static long Write(Stream stream, long rows, ulong seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        using var to = new Utf8Output(stream);
        var random = new Xorshift(seed);
        for (long i = 1; i <= rows; i++)
        {
            WriteRow(to, ref random, i);
        }

        to.Flush();
        return to.Written;
    }

    /// <summary>Writes the rows to a new file and returns its size in bytes.</summary>
    public static long WriteFile(string path, long rows, ulong seed = 1)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        return Write(file, rows, seed);
    }

    static void WriteRow(Utf8Output to, ref Xorshift random, long row)
    {
        to.Bytes("{\"id\":"u8);
        to.Integer(row);
        to.Bytes(",\"at\":\""u8);
        WriteMoment(to, ref random, row);
        to.Bytes("\",\"customer\":{\"id\":"u8);
        to.Integer(random.Below(200_000));
        to.Bytes(",\"name\":\""u8);
        to.Bytes(s_names[random.Below(s_names.Length)]);
        to.Bytes("\",\"address\":{\"city\":\""u8);
        to.Bytes(s_cities[random.Below(s_cities.Length)]);
        to.Bytes("\",\"country\":\""u8);
        to.Bytes(Encoding.UTF8.GetBytes(WideTable.Countries[random.Below(WideTable.Countries.Length)]));
        to.Bytes("\"}},\"tags\":["u8);
        WriteTags(to, ref random);
        to.Bytes("],\"items\":["u8);
        WriteItems(to, ref random);
        to.Bytes("],\"total\":"u8);
        to.Fixed(random.Below(1_000_000), 2);
        to.Bytes(",\"currency\":\""u8);
        to.Bytes(s_currencies[random.Below(s_currencies.Length)]);
        to.Bytes("\",\"paid\":"u8);
        to.Bytes(random.OneIn(3) ? "false"u8 : "true"u8);
        to.Bytes(",\"note\":"u8);
        if (random.OneIn(4))
        {
            to.Byte((byte)'"');
            to.Bytes(s_notes[random.Below(s_notes.Length)]);
            to.Bytes("\"}\n"u8);
        }
        else
        {
            to.Bytes("null}\n"u8);
        }
    }

    static void WriteMoment(Utf8Output to, ref Xorshift random, long row)
    {
        var seconds = 1_704_067_200 + (row * 7);
        to.Date((int)(seconds / 86_400));
        var second = (ulong)(seconds % 86_400);
        to.Byte((byte)'T');
        to.Digits(second / 3600, 2);
        to.Byte((byte)':');
        to.Digits(second / 60 % 60, 2);
        to.Byte((byte)':');
        to.Digits(second % 60, 2);
        to.Byte((byte)'.');
        to.Digits((ulong)random.Below(1000), 3);
        to.Byte((byte)'Z');
    }

    static void WriteTags(Utf8Output to, ref Xorshift random)
    {
        var count = random.Below(4);
        for (var i = 0; i < count; i++)
        {
            to.Bytes(i == 0 ? "\""u8 : ",\""u8);
            to.Bytes(s_tags[random.Below(s_tags.Length)]);
            to.Byte((byte)'"');
        }
    }

    static void WriteItems(Utf8Output to, ref Xorshift random)
    {
        var count = random.Below(4);
        for (var i = 0; i < count; i++)
        {
            to.Bytes(i == 0 ? "{\"sku\":\"P-"u8 : ",{\"sku\":\"P-"u8);
            to.Digits((ulong)random.Below(100_000), 5);
            to.Bytes("\",\"quantity\":"u8);
            to.Integer(1 + random.Below(9));
            to.Bytes(",\"price\":"u8);
            to.Fixed(100 + random.Below(9_900), 2);
            to.Byte((byte)'}');
        }
    }

    static byte[][] Utf8(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
