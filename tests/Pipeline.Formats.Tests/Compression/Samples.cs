using System.IO.Compression;
using System.Text;
using ICSharpCode.SharpZipLib.BZip2;
using Pipeline.Formats.Compression;

namespace Pipeline.Formats.Tests.Compression;

/// <summary>
/// The same small table in every compression; those that .NET cannot write were written by the usual command-line tools.
/// </summary>
static class Samples
{
    public const string Text = "id,name\n1,alpha\n2,beta\n3,gamma\n";

    const string Zstd = "KLUv/SQf+QAAaWQsbmFtZQoxLGFscGhhCjIsYmV0YQozLGdhbW1hCnnSpJ0=";
    const string Xz =
        "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAeaWQsbmFtZQoxLGFscGhhCjIsYmV0YQozLGdhbW1hCgAAiLgN9AS/md8AATcf6hiJPR+2830BAAAAAARZWg==";
    const string Lz4 = "BCJNGGxAHwAAAAAAAAAiHwAAgGlkLG5hbWUKMSxhbHBoYQoyLGJldGEKMyxnYW1tYQoAAAAAZCHk1A==";

    public static TheoryData<CompressionKind> Kinds =>
    [
        CompressionKind.Gzip, CompressionKind.Zlib, CompressionKind.Zstd, CompressionKind.Bzip2, CompressionKind.Xz,
            CompressionKind.Lz4,
        CompressionKind.Brotli,
    ];

    public static byte[] Compressed(CompressionKind kind) => kind switch
    {
        CompressionKind.Zstd => Convert.FromBase64String(Zstd),
        CompressionKind.Xz => Convert.FromBase64String(Xz),
        CompressionKind.Lz4 => Convert.FromBase64String(Lz4),
        _ => Compress(kind, Encoding.UTF8.GetBytes(Text)),
    };

    public static byte[] Compress(CompressionKind kind, byte[] content)
    {
        var target = new MemoryStream();
        using (Stream writer = kind switch
        {
            CompressionKind.Gzip => new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true),
            CompressionKind.Zlib => new ZLibStream(target, CompressionLevel.Optimal, leaveOpen: true),
            CompressionKind.Brotli => new BrotliStream(target, CompressionLevel.Fastest, leaveOpen: true),
            CompressionKind.Bzip2 => new BZip2OutputStream(target) { IsStreamOwner = false },
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        })
        {
            writer.Write(content);
        }

        return target.ToArray();
    }

    public static byte[] Decompress(byte[] data, CompressionKind kind, CompressionLimits? limits = null, int readBytes = 4096)
    {
        using var stream = ContentCompression.OpenRead(new TrickleStream(data, readBytes), kind,
            limits ?? CompressionLimits.Default);
        var result = new MemoryStream();
        var buffer = new byte[readBytes];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            result.Write(buffer, 0, read);
        }

        return result.ToArray();
    }
}

/// <summary>Gives a few bytes per read, as a slow network does.</summary>
sealed class TrickleStream(byte[] data, int bytesPerRead) : MemoryStream(data, writable: false)
{
    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, bytesPerRead)]);

    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, bytesPerRead));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, bytesPerRead)], cancellationToken);
}
