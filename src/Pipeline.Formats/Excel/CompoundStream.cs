using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Formats.Excel;

/// <summary>
/// A stream inside a compound file ([MS-CFB]), read forward from any place. Damage ends it early: who reads the workbook itself says what is wrong. Moves
/// the position of the content, which stays the caller's.
/// </summary>
sealed class CompoundStream
{
    const int HeaderBytes = 512;
    const int EntryBytes = 128;
    const int FatSectorsInHeader = 109;
    const int StreamEntry = 2;
    const int RootEntry = 5;

    // Streams below 4,096 bytes lie in sectors of 64 bytes within the stream of the root, which comes first in the directory ([MS-CFB] 2.4).
    const int SmallBytes = 4096;
    const int SmallShift = 6;

    readonly Stream _content;
    readonly int _shift;
    readonly List<long> _sectors;

    CompoundStream(Stream content, int shift, List<long> sectors, long length)
    {
        (_content, _shift, _sectors, Length) = (content, shift, sectors, Math.Min(length, (long)sectors.Count << shift));
    }

    public long Length { get; }

    /// <summary>The first of these streams that is there; null when none is.</summary>
    public static CompoundStream? TryOpen(Stream content, params ReadOnlySpan<string> names)
    {
        var header = new byte[HeaderBytes];
        if (ReadAt(content, 0, header) < HeaderBytes)
        {
            return null;
        }

        var shift = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(30));
        if (shift is < 9 or > 12)
        {
            return null;
        }

        var fat = ReadFat(content, header, shift);
        var sector = new byte[1 << shift];
        uint? root = null;
        foreach (var place in Sectors(fat, BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(48)), shift))
        {
            ReadAt(content, place, sector);
            for (var at = 0; at < sector.Length; at += EntryBytes)
            {
                var entry = sector.AsSpan(at, EntryBytes);
                var first = BinaryPrimitives.ReadUInt32LittleEndian(entry[116..]);
                var length = BinaryPrimitives.ReadUInt32LittleEndian(entry[120..]);
                var nameBytes = Math.Clamp(BinaryPrimitives.ReadUInt16LittleEndian(entry[64..]) - 2, 0, 62);
                if (entry[66] == RootEntry)
                {
                    root ??= first;
                }
                else if (entry[66] == StreamEntry && names.Contains(Encoding.Unicode.GetString(entry[..nameBytes])))
                {
                    return length >= SmallBytes
                        ? new CompoundStream(content, shift, Sectors(fat, first, shift), length)
                        : new CompoundStream(content, SmallShift, SmallSectors(content, header, fat, shift, root, first), length);
                }
            }
        }

        return null;
    }

    /// <summary>Fills the buffer from a place on; fewer bytes at the end.</summary>
    public int Read(long position, Span<byte> buffer)
    {
        var read = 0;
        while (read < buffer.Length && position < Length)
        {
            var inSector = (int)(position & ((1L << _shift) - 1));
            var part = (int)Math.Min(Math.Min(buffer.Length - read, (1 << _shift) - inSector), Length - position);
            _content.Position = _sectors[(int)(position >> _shift)] + inSector;
            var got = _content.ReadAtLeast(buffer.Slice(read, part), part, throwOnEndOfStream: false);
            read += got;
            position += got;
            if (got < part)
            {
                break;
            }
        }

        return read;
    }

    // Which sector follows which. The first sectors of this list are named in the header, the others in a chain of their own.
    static uint[] ReadFat(Stream content, byte[] header, int shift)
    {
        var sectors = content.Length >> shift;
        var perSector = (1 << shift) / 4;
        var sector = new byte[1 << shift];
        var places = new List<uint>();
        for (var i = 0; i < FatSectorsInHeader; i++)
        {
            places.Add(BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(76 + (4 * i))));
        }

        var next = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(68));
        for (var steps = 0L; next < sectors && steps <= sectors / perSector / perSector; steps++)
        {
            ReadAt(content, (next + 1L) << shift, sector);
            for (var i = 0; i < perSector - 1; i++)
            {
                places.Add(BinaryPrimitives.ReadUInt32LittleEndian(sector.AsSpan(4 * i)));
            }

            next = BinaryPrimitives.ReadUInt32LittleEndian(sector.AsSpan(4 * (perSector - 1)));
        }

        places.RemoveAll(p => p >= sectors);
        var fat = new uint[Math.Min(sectors, (long)places.Count * perSector)];
        for (var i = 0; i < places.Count && i * perSector < fat.Length; i++)
        {
            ReadAt(content, (places[i] + 1L) << shift, sector);
            for (var j = 0; j < perSector && (i * perSector) + j < fat.Length; j++)
            {
                fat[(i * perSector) + j] = BinaryPrimitives.ReadUInt32LittleEndian(sector.AsSpan(4 * j));
            }
        }

        return fat;
    }

    // Where the sectors of a stream lie in the content.
    static List<long> Sectors(uint[] fat, uint first, int shift) => Chain(fat, first).ConvertAll(s => (s + 1L) << shift);

    // Where the small sectors of a stream lie in the content: which follows which stands in a list of its own.
    static List<long> SmallSectors(Stream content, byte[] header, uint[] fat, int shift, uint? root, uint first)
    {
        List<long> sectors = root is { } start ? Sectors(fat, start, shift) : [];
        var sector = new byte[1 << shift];
        var smallFat = new List<uint>();
        foreach (var place in Sectors(fat, BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(60)), shift))
        {
            ReadAt(content, place, sector);
            for (var at = 0; at < sector.Length; at += sizeof(uint))
            {
                smallFat.Add(BinaryPrimitives.ReadUInt32LittleEndian(sector.AsSpan(at)));
            }
        }

        return
        [
            .. from small in Chain([.. smallFat], first)
               let place = (long)small << SmallShift
               where place >> shift < sectors.Count
               select sectors[(int)(place >> shift)] + (place & ((1L << shift) - 1)),
        ];
    }

    static List<uint> Chain(uint[] fat, uint first)
    {
        var chain = new List<uint>();
        for (var next = first; next < fat.Length && chain.Count < fat.Length; next = fat[next])
        {
            chain.Add(next);
        }

        return chain;
    }

    static int ReadAt(Stream content, long position, byte[] buffer)
    {
        Array.Clear(buffer);
        content.Position = Math.Min(position, content.Length);
        return content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
    }
}
