using System.Buffers.Binary;
using System.IO.Hashing;

namespace Pipeline.Formats.Compression;

/// <summary>
/// A gzip member (RFC 1952): header with optional extra field, name, comment and checksum; trailer of CRC-32 and length.
/// </summary>
sealed class GzipFrame : IDeflateFrame
{
    const int FlagHeaderCrc = 2;
    const int FlagExtra = 4;
    const int FlagName = 8;
    const int FlagComment = 16;

    readonly Crc32 _crc = new();
    uint _length;

    public string Name => "gzip";

    public int TrailerLength => 8;

    public bool MayRepeat => true;

    public int HeaderLength(ReadOnlySpan<byte> data)
    {
        if ((data.Length >= 1 && data[0] != 0x1F) || (data.Length >= 2 && data[1] != 0x8B))
        {
            throw new InvalidDataException("bytes follow after the end of a gzip member that are not another one");
        }

        if (data.Length < 10)
        {
            return 0;
        }

        var flags = data[3];
        if (data[2] != 8 || (flags & 0xE0) != 0)
        {
            throw new InvalidDataException("an unknown gzip method or flag");
        }

        var at = 10;
        if ((flags & FlagExtra) != 0)
        {
            if (data.Length < at + 2)
            {
                return 0;
            }

            at += 2 + BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);
        }

        foreach (var text in (ReadOnlySpan<int>)[FlagName, FlagComment])
        {
            if ((flags & text) != 0)
            {
                var end = at < data.Length ? data[at..].IndexOf((byte)0) : -1;
                if (end < 0)
                {
                    return 0;
                }

                at += end + 1;
            }
        }

        at += (flags & FlagHeaderCrc) != 0 ? 2 : 0;
        return at <= data.Length ? at : 0;
    }

    public void Begin()
    {
        _crc.Reset();
        _length = 0;
    }

    public void Append(ReadOnlySpan<byte> content)
    {
        _crc.Append(content);
        _length += (uint)content.Length;
    }

    public void WriteTrailer(Span<byte> trailer)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _crc.GetCurrentHashAsUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], _length);
    }
}

/// <summary>A zlib stream (RFC 1950): two bytes of header, Adler-32 behind the data.</summary>
sealed class ZlibFrame : IDeflateFrame
{
    const uint Modulus = 65_521;

    uint _a = 1;
    uint _b;

    public string Name => "zlib";

    public int TrailerLength => 4;

    public bool MayRepeat => false;

    public int HeaderLength(ReadOnlySpan<byte> data)
    {
        if (data.Length < 2)
        {
            return 0;
        }

        return (data[0] & 0x0F) == 8 && ((data[0] << 8) | data[1]) % 31 == 0 && (data[1] & 0x20) == 0
            ? 2
            : throw new InvalidDataException("not a zlib header, or one that needs a dictionary");
    }

    public void Begin() => (_a, _b) = (1, 0);

    public void Append(ReadOnlySpan<byte> content)
    {
        // 5552 is the longest run whose sums stay below 2^32 (RFC 1950, reference code of zlib).
        while (!content.IsEmpty)
        {
            var run = content[..Math.Min(5552, content.Length)];
            foreach (var value in run)
            {
                _a += value;
                _b += _a;
            }

            _a %= Modulus;
            _b %= Modulus;
            content = content[run.Length..];
        }
    }

    public void WriteTrailer(Span<byte> trailer) => BinaryPrimitives.WriteUInt32BigEndian(trailer, (_b << 16) | _a);
}
