using System.Buffers.Binary;
using System.IO.Compression;
using Pipeline.TestKit.Generators;
using Pipeline.TestKit.Files;

namespace Pipeline.TestKit.Mutants;

/// <summary>
/// Damage at random, the same for the same seed: bits, ranges that are cut, doubled, moved or filled, numbers that say lengths, signs that mean something to
/// a parser. What is compressed is also damaged inside, under a checksum that fits, since every reader stops at a wrong one.
/// </summary>
public static class Mutation
{
    static readonly byte[][] s_signs =
    [
        [.. "\""u8], [.. "\"\""u8], [.. "\n"u8], [.. "\r"u8], [.. "\r\n"u8], [.. ","u8], [.. ";"u8], [.. "\t"u8], [.. "\\"u8], [.. "'"u8], [0], [0, 0, 0, 0],
        [0xEF, 0xBB, 0xBF], [0xFF, 0xFE], [0xC3], [0xED, 0xA0, 0x80], [.. "{"u8], [.. "}"u8], [.. "["u8], [.. "]"u8], [.. ":"u8], [.. "null"u8], [.. "1e999"u8],
        [.. "-9223372036854775809"u8], [.. "99999999999999999999999999999999999999999"u8], [.. "0000-00-00"u8], [.. "NaN"u8], [.. "<"u8], [.. "&lt;"u8], [.. "sep=,\n"u8],
    ];

    static readonly ulong[] s_lengths = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, long.MaxValue, ulong.MaxValue];

    /// <param name="content">A sound file.</param>
    /// <param name="other">Another one, for splices.</param>
    /// <param name="seed">Any number.</param>
    public static byte[] Of(byte[] content, byte[] other, ulong seed)
    {
        var random = new Xorshift(seed);
        return content switch
        {
            [0x1F, 0x8B, ..] when !random.OneIn(3) => Inside(content, Gunzip, bytes => Packed.Gzip(bytes), other, ref random) ?? Damage(content, other, ref random),
            [(byte)'P', (byte)'K', 3, 4, ..] when !random.OneIn(3) => InsideZip(content, other, ref random) ?? Damage(content, other, ref random),
            _ => Damage(content, other, ref random),
        };
    }

    static byte[] Damage(byte[] content, byte[] other, ref Xorshift random)
    {
        var damaged = content.ToList();
        for (var times = 1 + random.Below(random.OneIn(4) ? 20 : 3); times > 0 && damaged.Count > 0; times--)
        {
            DamageOnce(damaged, other, ref random);
        }

        return [.. damaged];
    }

    static void DamageOnce(List<byte> content, byte[] other, ref Xorshift random)
    {
        var at = random.Below(content.Count);
        var length = Math.Min(content.Count - at, 1 + random.Below(random.OneIn(3) ? 4096 : 40));
        switch (random.Below(9))
        {
            case 0:
                content[at] ^= (byte)(1 << random.Below(8));
                break;
            case 1:
                content[at] = (byte)random.Below(256);
                break;
            case 2:
                content.RemoveRange(at, content.Count - at);
                break;
            case 3:
                content.RemoveRange(at, length);
                break;
            case 4:
                content.InsertRange(random.Below(content.Count), content.GetRange(at, length));
                break;
            case 5:
                content.InsertRange(at, s_signs[random.Below(s_signs.Length)]);
                break;
            case 6 when other.Length > 0:
                var from = random.Below(other.Length);
                content.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, length)).ToArray());
                break;
            case 7:
                SetLength(content, at, ref random);
                break;
            default:
                var fill = (byte)random.Below(256);
                for (var i = at; i < at + length; i++)
                {
                    content[i] = fill;
                }

                break;
        }
    }

    // A number of 2, 4 or 8 bytes, as lengths and counts are written, in either order of bytes.
    static void SetLength(List<byte> content, int at, ref Xorshift random)
    {
        Span<byte> number = stackalloc byte[8];
        var value = s_lengths[random.Below(s_lengths.Length)];
        var width = 2 << random.Below(3);
        if (random.OneIn(2))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(number, value << (64 - (8 * width)));
        }

        for (var i = 0; i < width && at + i < content.Count; i++)
        {
            content[at + i] = number[i];
        }
    }

    static byte[]? Inside(byte[] packed, Func<byte[], byte[]> unpack, Func<byte[], byte[]> pack, byte[] other, ref Xorshift random)
    {
        try
        {
            return pack(Damage(unpack(packed), other, ref random));
        }
        catch (InvalidDataException)
        {
            // A seed that is damaged itself.
            return null;
        }
    }

    static byte[]? InsideZip(byte[] zip, byte[] other, ref Xorshift random)
    {
        try
        {
            var bytes = new MemoryStream();
            using var from = new ZipArchive(new MemoryStream(zip));
            using (var to = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            {
                var chosen = random.Below(Math.Max(1, from.Entries.Count));
                for (var i = 0; i < from.Entries.Count; i++)
                {
                    using var source = from.Entries[i].Open();
                    var content = new MemoryStream();
                    source.CopyTo(content);
                    using var target = to.CreateEntry(from.Entries[i].FullName).Open();
                    target.Write(i == chosen ? Damage(content.ToArray(), other, ref random) : content.ToArray());
                }
            }

            return bytes.ToArray();
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException or ArgumentException)
        {
            // A seed that is damaged itself, or compressed in a way that .NET does not know.
            return null;
        }
    }

    static byte[] Gunzip(byte[] bytes)
    {
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        var content = new MemoryStream();
        gzip.CopyTo(content);
        return content.ToArray();
    }
}
