using System.IO.Compression;

namespace Pipeline.TestKit.Generators;

/// <summary>How the rows of a <see cref="WideTable"/> are spelled.</summary>
public enum WideFormat
{
    Csv = 0,

    /// <summary>One JSON object a line.</summary>
    Ndjson = 1,

    /// <summary>ClickHouse Native blocks of <see cref="WideNative.BlockRows"/> rows, written without the product's own code.</summary>
    Native = 2,
}

/// <summary>A column of the table: its name and the narrowest honest ClickHouse type.</summary>
public sealed record WideColumn(string Name, string Type);

/// <summary>
/// The benchmark's table: 18 typed columns, any number of rows, about 118 bytes of CSV each (3,000,000 rows: 354 MB).
/// The bytes are a pure function of format, rows and seed.
/// </summary>
public static class WideTable
{
    public static IReadOnlyList<WideColumn> Columns { get; } =
    [
        new("order_id", "Int64"),
        new("customer_id", "Int64"),
        new("quantity", "Int64"),
        new("reference", "Int64"),
        new("unit_price", "Decimal(18, 2)"),
        new("amount", "Decimal(18, 2)"),
        new("score", "Float64"),
        new("discount", "Nullable(Decimal(9, 1))"),
        new("order_date", "Date"),
        new("created_at", "DateTime64(3, 'UTC')"),
        new("shipped_at", "Nullable(DateTime('UTC'))"),
        new("paid", "Bool"),
        new("coupon", "Nullable(UUID)"),
        new("country", "String"),
        new("status", "String"),
        new("warehouse", "String"),
        new("product", "String"),
        new("comment", "String"),
    ];

    /// <summary>The columns as ClickHouse's <c>structure</c> argument.</summary>
    public static string Structure { get; } = string.Join(", ", Columns.Select(c => $"{c.Name} {c.Type}"));

    internal static string[] Countries { get; } =
    [
        "AT", "AU", "BE", "BR", "CA", "CH", "CN", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HU", "IE", "IN", "IT",
        "JP", "KR", "LT", "LV", "MX", "NL", "NO", "NZ", "PL", "PT", "RO", "SE", "SG", "SI", "SK", "TR", "UA", "US", "VN", "ZA",
    ];

    internal static string[] Statuses { get; } = ["paid", "shipped", "open", "returned", "cancelled", "on hold"];

    internal static string[] Warehouses { get; } = ["N1", "N2", "E1", "E2", "S1", "W1", "W2", "hub"];

    /// <summary>Empty text first: three of four rows have no comment.</summary>
    internal static string[] Comments { get; } =
    [
        "", "gift", "leave at door", "call first", "two parcels, one label", "customer said \"no rush\"", "fragile", "Straße gesperrt",
        "replacement, see earlier order", "signature", "déjà payé", "10\" screen", "next to the bakery, not in it", "ok",
    ];

    /// <summary>Writes the rows to a stream, which stays open, and returns the bytes written.</summary>
    public static long Write(Stream stream, long rows, WideFormat format = WideFormat.Csv, ulong seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        using var output = new Utf8Output(stream);
        switch (format)
        {
            case WideFormat.Csv:
                WideText.WriteCsv(output, rows, seed);
                break;
            case WideFormat.Ndjson:
                WideText.WriteNdjson(output, rows, seed);
                break;
            case WideFormat.Native:
                WideNative.Write(output, rows, seed);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "Not a format of the wide table.");
        }

        output.Flush();
        return output.Written;
    }

    /// <summary>
    /// Writes the rows to a new file, gzipped where <paramref name="gzip"/> says so, and returns the bytes before compression.
    /// Compressed bytes may differ between zlib versions, decompressed bytes never.
    /// </summary>
    public static long WriteFile(string path, long rows, WideFormat format = WideFormat.Csv, bool gzip = false, ulong seed = 1)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        if (!gzip)
        {
            return Write(file, rows, format, seed);
        }

        using var compressed = new GZipStream(file, CompressionLevel.Fastest);
        return Write(compressed, rows, format, seed);
    }
}
