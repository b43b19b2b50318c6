using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Pipeline.Ledger;

/// <summary>
/// Between a row of <c>entries</c> and <see cref="LedgerEntry"/>, and between .NET values and what SQLite keeps of them.
/// </summary>
static class LedgerRow
{
    static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>In the order that <see cref="Read"/> expects; of <c>entries</c>. Version 1 kept the receipt in the entry.</summary>
    public const string Columns =
        "key, path, dataset, bytes, modified_at, state, after_load, attempts, owner, content, file_id, generation, \"plan\", " +
        "partitions, coalesce((SELECT r.receipt FROM receipts AS r WHERE r.key = entries.key), receipt), problem, duplicate_of, moved_to, seen_at, updated_at";

    public static LedgerEntry Read(SqliteRow row) => new()
    {
        Key = row.GetInt64(0),
        Path = ReadName(row, 1),
        Dataset = ReadName(row, 2),
        Bytes = row.GetInt64(3),
        ModifiedAt = ReadTime(row.GetInt64(4)),
        State = (FileState)row.GetInt32(5),
        AfterLoad = (AfterLoad)row.GetInt32(6),
        Attempts = row.GetInt32(7),
        Owner = row.GetText(8),
        ContentHash = ReadHex(row, 9) is { } content ? new ContentHash(content) : null,
        FileId = ReadHex(row, 10) is { } id ? new FileId(id) : null,
        Generation = row.GetInt32(11),
        Plan = LedgerJson.Read(row, 12, LedgerJson.Default.LoadPlan),
        Partitions = LedgerJson.Read(row, 13, LedgerJson.Default.IReadOnlyListPartitionCount),
        Receipt = LedgerJson.Read(row, 14, LedgerJson.Default.Receipt),
        Problem = LedgerJson.Read(row, 15, LedgerJson.Default.FileProblem),
        DuplicateOf = row.IsNull(16) ? null : row.GetInt64(16),
        MovedTo = row.IsNull(17) ? null : ReadName(row, 17),
        SeenAt = ReadTime(row.GetInt64(18)),
        UpdatedAt = ReadTime(row.GetInt64(19)),
    };

    /// <summary>
    /// A path or name as SQLite keeps it: TEXT; a BLOB of UTF-16LE when it holds an unpaired surrogate (UTF-8 would replace it,
    /// and two files would become one) or a NUL (text would end there). A BLOB never equals a TEXT, so both kinds share the
    /// indexes.
    /// </summary>
    public static LedgerValue Name(string? value) =>
        value is null || IsPlainText(value) ? value : MemoryMarshal.AsBytes(value.AsSpan()).ToArray();

    public static string ReadName(SqliteRow row, int column) => row.IsBytes(column)
        ? new string(MemoryMarshal.Cast<byte, char>(row.GetBytes(column)))
        : row.GetText(column)!;

    /// <summary>Whole microseconds since 1970 UTC, rounded down.</summary>
    public static long Time(DateTimeOffset value)
    {
        var (microseconds, rest) = Math.DivRem(value.UtcTicks - DateTimeOffset.UnixEpoch.Ticks, TimeSpan.TicksPerMicrosecond);
        return rest < 0 ? microseconds - 1 : microseconds;
    }

    public static DateTimeOffset ReadTime(long microseconds) =>
        new(DateTimeOffset.UnixEpoch.Ticks + (microseconds * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    public static byte[] Content(ContentHash hash) => Hex(hash.Hex, 64, "A content hash");

    public static byte[] Id(FileId id) => Hex(id.Hex, 32, "A file id");

    /// <summary>Digits in lower case; null for none.</summary>
    public static string? ReadHex(SqliteRow row, int column) => row.IsNull(column) ? null : Convert.ToHexStringLower(row.GetBytes(column));

    static byte[] Hex(string? hex, int digits, string what) =>
        hex is not null && hex.Length == digits && !hex.AsSpan().ContainsAnyExcept(s_hexDigits)
        ? Convert.FromHexString(hex)
        : throw new ArgumentException($"{what} has {digits} hex digits in lower case, this is \"{hex}\".");

    static bool IsPlainText(ReadOnlySpan<char> value)
    {
        if (value.Contains('\0'))
        {
            return false;
        }

        var start = value.IndexOfAnyInRange('\uD800', '\uDFFF');
        while (start >= 0)
        {
            value = value[start..];
            if (Rune.DecodeFromUtf16(value, out _, out var length) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            value = value[length..];
            start = value.IndexOfAnyInRange('\uD800', '\uDFFF');
        }

        return true;
    }
}
