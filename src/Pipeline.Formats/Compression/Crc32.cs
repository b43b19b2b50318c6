using System.Buffers.Binary;

namespace Pipeline.Formats.Compression;

/// <summary>CRC-32 of gzip and zip (polynomial 0xEDB88320, RFC 1952 section 8), sixteen bytes a step.</summary>
static class Crc32
{
    static readonly uint[] s_tables = BuildTables();

    /// <summary>The checksum of what came before, continued. Starts with 0.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        var t = s_tables;
        var c = ~crc;
        while (data.Length >= 16)
        {
            var d0 = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ c;
            var d1 = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            var d2 = BinaryPrimitives.ReadUInt32LittleEndian(data[8..]);
            var d3 = BinaryPrimitives.ReadUInt32LittleEndian(data[12..]);
            c = t[0xF00 + (d0 & 0xFF)] ^ t[0xE00 + ((d0 >> 8) & 0xFF)] ^ t[0xD00 + ((d0 >> 16) & 0xFF)] ^ t[0xC00 + (d0 >> 24)]
                ^ t[0xB00 + (d1 & 0xFF)] ^ t[0xA00 + ((d1 >> 8) & 0xFF)] ^ t[0x900 + ((d1 >> 16) & 0xFF)] ^ t[0x800 + (d1 >> 24)]
                ^ t[0x700 + (d2 & 0xFF)] ^ t[0x600 + ((d2 >> 8) & 0xFF)] ^ t[0x500 + ((d2 >> 16) & 0xFF)] ^ t[0x400 + (d2 >> 24)]
                ^ t[0x300 + (d3 & 0xFF)] ^ t[0x200 + ((d3 >> 8) & 0xFF)] ^ t[0x100 + ((d3 >> 16) & 0xFF)] ^ t[d3 >> 24];
            data = data[16..];
        }

        foreach (var b in data)
        {
            c = t[(c ^ b) & 0xFF] ^ (c >> 8);
        }

        return ~c;
    }

    // Table k holds the effect of a byte that k more bytes follow.
    static uint[] BuildTables()
    {
        var tables = new uint[16 * 256];
        for (var i = 0u; i < 256; i++)
        {
            var c = i;
            for (var bit = 0; bit < 8; bit++)
            {
                c = (c & 1) != 0 ? (c >> 1) ^ 0xEDB88320 : c >> 1;
            }

            tables[i] = c;
        }

        for (var i = 256; i < tables.Length; i++)
        {
            var previous = tables[i - 256];
            tables[i] = (previous >> 8) ^ tables[previous & 0xFF];
        }

        return tables;
    }
}
