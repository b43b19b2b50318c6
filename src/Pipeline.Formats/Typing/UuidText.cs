namespace Pipeline.Formats.Typing;

/// <summary>UUIDs as 8-4-4-4-12 hexadecimal digits.</summary>
static class UuidText
{
    public const int Length = 36;

    static readonly sbyte[] s_hex = CreateHexTable();

    /// <summary>
    /// Reads a UUID as ClickHouse stores it: two little-endian halves, the high half first. In a <see cref="UInt128"/> of a
    /// little-endian
    /// machine that is the high half in the low 64 bits.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out UInt128 value)
    {
        value = default;
        if (text.Length != Length || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
        {
            return false;
        }

        var bad = 0;
        var high = (Hex(text, 0, 8, ref bad) << 32) | (Hex(text, 9, 4, ref bad) << 16) | Hex(text, 14, 4, ref bad);
        var low = (Hex(text, 19, 4, ref bad) << 48) | Hex(text, 24, 12, ref bad);
        value = new UInt128(low, high);
        return bad >= 0;
    }

    static ulong Hex(ReadOnlySpan<byte> text, int at, int digits, ref int bad)
    {
        ulong value = 0;
        foreach (var b in text.Slice(at, digits))
        {
            int digit = s_hex[b];
            bad |= digit;
            value = (value << 4) | ((ulong)digit & 0xF);
        }

        return value;
    }

    static sbyte[] CreateHexTable()
    {
        var table = new sbyte[256];
        for (var i = 0; i < table.Length; i++)
        {
            table[i] = (char)i switch
            {
                >= '0' and <= '9' => (sbyte)(i - '0'),
                >= 'a' and <= 'f' => (sbyte)(i - 'a' + 10),
                >= 'A' and <= 'F' => (sbyte)(i - 'A' + 10),
                _ => -1,
            };
        }

        return table;
    }
}
