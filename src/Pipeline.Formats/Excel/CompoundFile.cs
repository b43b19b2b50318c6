using System.Buffers.Binary;

namespace Pipeline.Formats.Excel;

/// <summary>
/// Looks whether the sizes that a compound file ([MS-CFB]) claims are possible for its length. The library that reads it takes
/// them at their
/// word and would ask for gigabytes for a few damaged bytes.
/// </summary>
static class CompoundFile
{
    const int HeaderBytes = 512;
    const int EntryBytes = 128;
    const int FatSectorsInHeader = 109;

    /// <summary>Checks the header and the directory. Other content passes: it has no such sizes.</summary>
    /// <exception cref="InvalidDataException">A size is impossible.</exception>
    public static void Check(Stream content)
    {
        var header = new byte[HeaderBytes];
        if (ReadAt(content, 0, header) < HeaderBytes || header[0] != 0xD0)
        {
            return;
        }

        var shift = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(30));
        if (shift is < 7 or > 12)
        {
            throw new InvalidDataException("the compound file has impossible sectors");
        }

        var sectors = (content.Length >> shift) + 1;

        // Sectors of the FAT, of the directory, of the mini FAT, and of the list of FAT sectors.
        foreach (var offset in (ReadOnlySpan<int>)[44, 64, 72])
        {
            Fits(BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(offset)), sectors);
        }

        CheckDirectory(content, header, shift, sectors);
    }

    static void CheckDirectory(Stream content, byte[] header, int shift, long sectors)
    {
        var sectorBytes = 1 << shift;
        var sector = new byte[sectorBytes];
        var next = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(48));
        for (var steps = 0L; next < sectors; steps++)
        {
            if (steps > sectors)
            {
                throw new InvalidDataException("the directory of the compound file goes in circles");
            }

            if (ReadAt(content, (next + 1L) << shift, sector) < sectorBytes)
            {
                return;
            }

            for (var entry = 0; entry < sectorBytes; entry += EntryBytes)
            {
                // Kinds: 0 none, 1 folder, 2 stream, 5 root, whose stream holds the small ones.
                if (sector[entry + 66] is 2 or 5)
                {
                    Fits((BinaryPrimitives.ReadUInt32LittleEndian(sector.AsSpan(entry + 120)) + (long)sectorBytes - 1) >> shift,
                        sectors);
                }
            }

            // FAT sectors beyond those named in the header belong to files of 7 MiB or more; their directories stand before.
            var fat = (int)(next / (sectorBytes / 4));
            if (fat >= FatSectorsInHeader)
            {
                return;
            }

            var link = new byte[4];
            var fatSector = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(76 + (4 * fat)));
            if (fatSector >= sectors || ReadAt(content, ((fatSector + 1L) << shift) + (4L * (next % (sectorBytes / 4))),
                link) < link.Length)
            {
                return;
            }

            next = BinaryPrimitives.ReadUInt32LittleEndian(link);
        }
    }

    static void Fits(long count, long sectors)
    {
        if (count > sectors)
        {
            throw new InvalidDataException("the compound file claims to hold more than its length");
        }
    }

    static int ReadAt(Stream content, long position, byte[] buffer)
    {
        content.Position = position;
        return content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
    }
}
