using System.Buffers.Binary;
using System.IO.Compression;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Compression;

/// <summary>
/// Compression of single files: found by the first bytes, never by the name alone (brotli, which has no magic number, needs both
/// the
/// name and a head that decodes). Decompression is streaming, in bounded memory, and strict: a truncated or damaged file ends as
/// <see cref="RejectCode.CorruptFile"/>, never as fewer bytes.
/// </summary>
public static class ContentCompression
{
    /// <summary>Bytes of the head that <see cref="Detect"/> wants to see; fewer are fine when the file is smaller.</summary>
    public const int DetectionBytes = 4096;

    const uint ZstdMagic = 0xFD2FB528;
    const uint Lz4Magic = 0x184D2204;

    static readonly (string Suffix, CompressionKind Kind)[] s_suffixes =
    [
        (".gz", CompressionKind.Gzip), (".gzip", CompressionKind.Gzip), (".bgz", CompressionKind.Gzip),
        (".zz", CompressionKind.Zlib), (".zst", CompressionKind.Zstd), (".zstd", CompressionKind.Zstd),
        (".bz2", CompressionKind.Bzip2), (".bz", CompressionKind.Bzip2),
        (".xz", CompressionKind.Xz), (".lz4", CompressionKind.Lz4), (".br", CompressionKind.Brotli),
    ];

    /// <summary>How content that starts with these bytes is compressed.</summary>
    /// <param name="head">First bytes of the file as it lies on disk, best <see cref="DetectionBytes"/> of them.</param>
    /// <param name="fileName">Name of the file; decides only for brotli.</param>
    public static CompressionKind Detect(ReadOnlySpan<byte> head, string fileName)
    {
        // Method 8 is the only one ever used; the upper three flag bits are reserved and zero.
        if (head.Length >= 4 && head[0] == 0x1F && head[1] == 0x8B && head[2] == 8 && (head[3] & 0xE0) == 0)
        {
            return CompressionKind.Gzip;
        }

        if (head.Length >= 4)
        {
            var magic = BinaryPrimitives.ReadUInt32LittleEndian(head);

            if (magic == ZstdMagic)
            {
                return CompressionKind.Zstd;
            }

            if (magic == Lz4Magic)
            {
                return CompressionKind.Lz4;
            }

            if ((magic & 0xFFFFFFF0) == 0x184D2A50)
            {
                return BehindSkippable(head, fileName);
            }
        }

        if (head.Length >= 6 && head[0] == 0xFD && head[1..].StartsWith("7zXZ\0"u8))
        {
            return CompressionKind.Xz;
        }

        if (IsBzip2(head))
        {
            return CompressionKind.Bzip2;
        }

        if (IsZlib(head))
        {
            return CompressionKind.Zlib;
        }

        return fileName.EndsWith(".br", StringComparison.OrdinalIgnoreCase) && IsBrotli(head) ? CompressionKind.Brotli
            : CompressionKind.None;
    }

    /// <summary>
    /// The decompressed content, forward only. Disposing it disposes <paramref name="raw"/>; for <see
    /// cref="CompressionKind.None"/> it is
    /// <paramref name="raw"/> itself. Reading throws <see cref="BadFileException"/> for what the content says (corrupt,
    /// truncated, above
    /// a limit) and lets errors of <paramref name="raw"/> through unchanged.
    /// </summary>
    /// <exception cref="BadFileException">
    /// This machine lacks the library for this kind (<see cref="RejectCode.UnsupportedFormat"/>).
    /// </exception>
    public static Stream OpenRead(Stream raw, CompressionKind kind, CompressionLimits limits)
    {
        if (kind == CompressionKind.None)
        {
            return raw;
        }

        var source = new SourceStream(raw);
        Stream decoded = kind switch
        {
            CompressionKind.Gzip => new DeflateFrameStream(source, new GzipFrame()),
            CompressionKind.Zlib => new DeflateFrameStream(source, new ZlibFrame()),
            CompressionKind.Bzip2 => new Bzip2Stream(source),
            CompressionKind.Zstd => new DecoderStream(source, new ZstdDecoder(limits.MaxWindowBytes), Name(kind)),
            CompressionKind.Xz => new DecoderStream(source, new XzDecoder(limits.MaxWindowBytes), Name(kind)),
            CompressionKind.Lz4 => new DecoderStream(source, new Lz4Decoder(), Name(kind)),
            CompressionKind.Brotli => new DecoderStream(source, new BrotliFrameDecoder(), Name(kind)),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
        return new LimitedStream(decoded, source, kind, limits);
    }

    /// <summary>
    /// The one spelling outside this program: <c>none</c>, <c>gzip</c>, <c>zlib</c>, <c>zstd</c>, <c>bzip2</c>, <c>xz</c>,
    /// <c>lz4</c>, <c>brotli</c>.
    /// </summary>
    public static string Name(CompressionKind kind) => kind switch
    {
        CompressionKind.None => "none",
        CompressionKind.Gzip => "gzip",
        CompressionKind.Zlib => "zlib",
        CompressionKind.Zstd => "zstd",
        CompressionKind.Bzip2 => "bzip2",
        CompressionKind.Xz => "xz",
        CompressionKind.Lz4 => "lz4",
        CompressionKind.Brotli => "brotli",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>
    /// The file name without the suffix of its compression (<c>orders.csv.gz</c> → <c>orders.csv</c>, <c>a.tgz</c> →
    /// <c>a.tar</c>).
    /// </summary>
    public static string InnerName(string fileName, CompressionKind kind)
    {
        if (kind == CompressionKind.None)
        {
            return fileName;
        }

        if (fileName.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase))
        {
            return string.Concat(fileName.AsSpan(0, fileName.Length - 4), ".tar");
        }

        // Any known suffix goes: a zstd file that is named .gz is still called by what is inside.
        foreach (var (suffix, _) in s_suffixes)
        {
            if (fileName.Length > suffix.Length && fileName.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return fileName[..^suffix.Length];
            }
        }

        return fileName;
    }

    // Skippable frames, 0x184D2A50 to 5F, belong to zstd and lz4: the frame behind tells, else the name. Parallel zstd writers put them first.
    static CompressionKind BehindSkippable(ReadOnlySpan<byte> head, string fileName)
    {
        var next = head.Length >= 8 ? 8L + BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) : long.MaxValue;
        return next + 4 <= head.Length ? BinaryPrimitives.ReadUInt32LittleEndian(head[(int)next..]) == Lz4Magic ? CompressionKind.Lz4 : CompressionKind.Zstd
            : fileName.EndsWith(".lz4", StringComparison.OrdinalIgnoreCase) ? CompressionKind.Lz4 : CompressionKind.Zstd;
    }

    // "BZh", block size 1 to 9, then the magic of a block (pi) or of an empty stream's end (sqrt pi).
    static bool IsBzip2(ReadOnlySpan<byte> head) =>
        head.Length >= 10 && head.StartsWith("BZh"u8) && head[3] is >= (byte)'1' and <= (byte)'9'
        && (BinaryPrimitives.ReadUInt16BigEndian(head[4..]), BinaryPrimitives.ReadUInt32BigEndian(head[6..]))
            is (0x3141, 0x59265359) or (0x1772, 0x45385090);

    // Two bytes are weak evidence ("x^" is text), so the head must also inflate.
    static bool IsZlib(ReadOnlySpan<byte> head)
    {
        if (head.Length < 8 || (head[0] & 0x0F) != 8 || head[0] > 0x78 || ((head[0] << 8) | head[1]) % 31 != 0
            || (head[1] & 0x20) != 0)
        {
            return false;
        }

        try
        {
            using var inflate = new DeflateStream(new MemoryStream(head[2..].ToArray()), CompressionMode.Decompress);
            Span<byte> output = stackalloc byte[512];
            return inflate.ReadAtLeast(output, 1, throwOnEndOfStream: false) > 0;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    static bool IsBrotli(ReadOnlySpan<byte> head)
    {
        using var decoder = new BrotliDecoder();
        Span<byte> output = stackalloc byte[512];
        return decoder.Decompress(head, output, out _, out _) != System.Buffers.OperationStatus.InvalidData;
    }
}
