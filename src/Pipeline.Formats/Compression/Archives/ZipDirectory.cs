using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Compression.Archives;

/// <summary>
/// Opens zip files that do not hold more than they may: the framework's reader makes an object of every entry before anybody can count them. What does
/// not fit together here is left to that reader, which says what is wrong.
/// </summary>
public static class ZipDirectory
{
    const uint EndSignature = 0x06054B50;
    const uint End64Signature = 0x06064B50;
    const uint Locator64Signature = 0x07064B50;
    const uint EntrySignature = 0x02014B50;
    const int EndBytes = 22;
    const int End64Bytes = 56;
    const int LocatorBytes = 20;
    const int EntryBytes = 46;
    const int LocalHeaderBytes = 30;

    /// <summary>Opens a zip file for reading. The stream can seek and stays the caller's.</summary>
    /// <param name="content">The file.</param>
    /// <param name="names">How names are written that are not marked as UTF-8.</param>
    /// <param name="maxEntries">The most entries, folders included.</param>
    /// <param name="setting">The setting that says so.</param>
    /// <exception cref="BadFileException">It has more entries.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static ZipArchive Open(Stream content, Encoding names, long maxEntries, string setting)
    {
        if (HasMoreThan(content, maxEntries))
        {
            throw new BadFileException(RejectCode.LimitExceeded, string.Create(
                CultureInfo.InvariantCulture, $"The zip file has more members than the limit of {maxEntries:N0}; raise {setting} if that is meant."));
        }

        content.Position = 0;
        return new ZipArchive(content, ZipArchiveMode.Read, leaveOpen: true, names);
    }

    // The number that the end of the file gives may be a lie; the entries themselves are not. Members that lie over each other are how a small file
    // decompresses to a large one, each of them within its limits.
    static bool HasMoreThan(Stream content, long maxEntries)
    {
        if (DirectoryStart(content) is not { } start || start < 0 || start > content.Length)
        {
            return false;
        }

        content.Position = start;
        var buffered = new BufferedStream(content, 64 << 10);
        var members = new List<(uint Start, uint Bytes)>();
        Span<byte> entry = stackalloc byte[EntryBytes];
        for (var entries = 0L; buffered.ReadAtLeast(entry, EntryBytes, throwOnEndOfStream: false) == EntryBytes; entries++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(entry) != EntrySignature)
            {
                break;
            }

            if (entries == maxEntries)
            {
                return true;
            }

            // All ones stand for a number of zip64, elsewhere.
            if ((BinaryPrimitives.ReadUInt32LittleEndian(entry[42..]), BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]))
                is ( < uint.MaxValue, < uint.MaxValue) and var member)
            {
                members.Add(member);
            }

            buffered.Seek(
                BinaryPrimitives.ReadUInt16LittleEndian(entry[28..]) + BinaryPrimitives.ReadUInt16LittleEndian(entry[30..])
                    + BinaryPrimitives.ReadUInt16LittleEndian(entry[32..]),
                SeekOrigin.Current);
        }

        // A file that lost a piece in its middle has members that seem to reach a little into the next: those before and behind it are sound.
        var bytes = members.Sum(m => (long)LocalHeaderBytes + m.Bytes);
        return members.DistinctBy(m => m.Start).Count() == members.Count && bytes / 2 <= content.Length ? false
            : throw new InvalidDataException("members of it lie over each other");
    }

    // From the record at the end of the file, behind which a comment of up to 64 KiB may stand; from the larger one of zip64 where there is one.
    static long? DirectoryStart(Stream content)
    {
        var tail = new byte[Math.Min(content.Length, EndBytes + ushort.MaxValue + LocatorBytes)];
        var tailStart = content.Length - tail.Length;
        content.Position = tailStart;
        content.ReadExactly(tail);
        for (var at = tail.Length - EndBytes; at >= 0; at--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at)) != EndSignature)
            {
                continue;
            }

            if (at >= LocatorBytes && BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at - LocatorBytes)) == Locator64Signature)
            {
                var end64 = new byte[End64Bytes];
                content.Position = Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(at - LocatorBytes + 8)), 0, content.Length);
                return content.ReadAtLeast(end64, End64Bytes, throwOnEndOfStream: false) == End64Bytes
                    && BinaryPrimitives.ReadUInt32LittleEndian(end64) == End64Signature ? BinaryPrimitives.ReadInt64LittleEndian(end64.AsSpan(48)) : null;
            }

            return BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at + 16));
        }

        return null;
    }
}
