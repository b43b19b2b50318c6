using System.Text;

namespace Pipeline.Formats.Compression.Archives;

/// <summary>A container of several files.</summary>
public enum ArchiveKind
{
    None = 0,
    Zip,
    Tar,

    /// <summary>Recognised, so that the message can say what it is; cannot be read.</summary>
    SevenZip,

    /// <summary>Recognised, so that the message can say what it is; cannot be read.</summary>
    Rar,
}

/// <summary>What archives may cost. Going above one ends the read with <see cref="RejectCode.LimitExceeded"/>.</summary>
public sealed record ArchiveLimits
{
    public static ArchiveLimits Default { get; } = new();

    /// <summary>Most members, folders included. 10,000 is a year of hourly files.</summary>
    public int MaxMembers { get; init; } = 10_000;

    /// <summary>
    /// Limits of each member, and (its <see cref="CompressionLimits.MaxDecompressedBytes"/>) of all members together.
    /// </summary>
    public CompressionLimits Compression { get; init; } = CompressionLimits.Default;
}

/// <summary>Finding archives by their first bytes.</summary>
public static class ArchiveDetection
{
    /// <summary>Bytes of the decompressed head that are enough: one tar header.</summary>
    public const int DetectionBytes = 512;

    /// <summary>
    /// What container this is. A workbook, a jar or an OpenDocument file is a zip too: ask the formats first, and take a zip
    /// apart only when
    /// none of them claims it. For tar.gz give the decompressed head.
    /// </summary>
    public static ArchiveKind Detect(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("PK\x03\x04"u8) || head.StartsWith("PK\x05\x06"u8))
        {
            return ArchiveKind.Zip;
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]))
        {
            return ArchiveKind.SevenZip;
        }

        if (head.StartsWith("Rar!\x1A\x07"u8))
        {
            return ArchiveKind.Rar;
        }

        return IsTarHeader(head) ? ArchiveKind.Tar : ArchiveKind.None;
    }

    // The checksum of a header is the sum of its bytes with spaces in its own place. Old tars have no magic, so it decides for
    // all.
    internal static bool IsTarHeader(ReadOnlySpan<byte> head)
    {
        if (head.Length < 512 || head[0] == 0)
        {
            return false;
        }

        var field = Encoding.ASCII.GetString(head.Slice(148, 8)).Trim('\0', ' ');
        if (field.Length == 0 || !field.All(c => c is >= '0' and <= '7'))
        {
            return false;
        }

        var sum = 8 * ' ';
        for (var i = 0; i < 512; i++)
        {
            sum += i is >= 148 and < 156 ? 0 : head[i];
        }

        return sum == Convert.ToInt32(field, 8);
    }
}
