namespace Pipeline.Formats.Compression;

/// <summary>What decompression may cost. Going above one ends the read with <see cref="RejectCode.LimitExceeded"/>.</summary>
public sealed record CompressionLimits
{
    public static CompressionLimits Default { get; } = new();

    /// <summary>
    /// Most decompressed bytes of one file. 256 GiB: above any file a person drops, below what fills a disk unnoticed.
    /// </summary>
    public long MaxDecompressedBytes { get; init; } = 256L << 30;

    /// <summary>
    /// Most decompressed bytes per compressed byte. Tables reach 5 to 50, sparse machine-made ones about 300; the highest that
    /// deflate
    /// can reach is 1,032, which only bombs and constant files do.
    /// </summary>
    public int MaxRatio { get; init; } = 500;

    /// <summary>The ratio is not judged before this many decompressed bytes: a small file of equal rows is no bomb.</summary>
    public long RatioFreeBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Most memory one decoder may ask for (the window of zstd and xz). <c>zstd --ultra --long=27</c> needs 128 MiB.
    /// </summary>
    public int MaxWindowBytes { get; init; } = 256 << 20;
}
