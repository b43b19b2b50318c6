namespace Pipeline.Formats.Compression;

/// <summary>How a file is compressed. The names outside this program are <see cref="ContentCompression.Name"/>.</summary>
public enum CompressionKind
{
    None = 0,
    Gzip,
    Zlib,
    Zstd,
    Bzip2,
    Xz,
    Lz4,
    Brotli,
}
