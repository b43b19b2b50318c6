using System.Buffers;
using System.Security.Cryptography;
using Pipeline.Discovery;
using Pipeline.Formats;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Records;
using Pipeline.Ledger;

namespace Pipeline.Ingestion;

/// <summary>
/// The bytes of one file, decompressed, as often as they are needed: detection, hashing and reading each open them anew. A small file is read
/// into memory once, so that all three see the same bytes; for a larger one <see cref="HasChanged"/> tells afterwards whether they did.
/// </summary>
sealed class FileContent
{
    /// <summary>Files up to this size are read at once: one open, one read, for the thousands of small ones.</summary>
    const int WholeFileBytes = 1 << 20;

    /// <summary>Reads of this size keep a disk streaming; larger ones gain nothing (measured on a page-cached file).</summary>
    const int ReadBytes = 1 << 18;

    readonly byte[]? _whole;
    readonly CompressionLimits _limits;
    readonly FileStamp _before;
    FileStream? _open;

    FileContent(string path, byte[]? whole, byte[] head, bool headIsWhole, CompressionKind kind, CompressionLimits limits, FileStamp before)
    {
        Path = path;
        _whole = whole;
        Head = head;
        HeadIsWhole = headIsWhole;
        Compression = kind;
        _limits = limits;
        _before = before;
    }

    public string Path { get; }

    /// <summary>Size on disk.</summary>
    public long Bytes => _before.Bytes;

    public CompressionKind Compression { get; }

    /// <summary>File name without the suffix of the compression.</summary>
    public string InnerName => ContentCompression.InnerName(System.IO.Path.GetFileName(Path), Compression);

    /// <summary>First decompressed bytes.</summary>
    public ReadOnlyMemory<byte> Head { get; }

    /// <summary>True when <see cref="Head"/> is all there is.</summary>
    public bool HeadIsWhole { get; }

    /// <exception cref="BadFileException">Vanished, not readable, or not what its compression says.</exception>
    public static async Task<FileContent> OpenAsync(string path, FormatLimits limits, CompressionLimits compression, CancellationToken cancellationToken)
    {
        try
        {
            var before = FileStamp.TryRead(path) ?? throw new FileNotFoundException(null, path);
            byte[]? whole = null;
            byte[] start;
            await using (var raw = Open(path))
            {
                if (before.Bytes <= WholeFileBytes)
                {
                    whole = new byte[before.Bytes];
                    var read = await raw.ReadAtLeastAsync(whole, whole.Length, throwOnEndOfStream: false, cancellationToken);
                    whole = read == whole.Length ? whole : whole[..read];
                    start = whole.Length > ContentCompression.DetectionBytes ? whole[..ContentCompression.DetectionBytes] : whole;
                }
                else
                {
                    start = new byte[ContentCompression.DetectionBytes];
                    await raw.ReadExactlyAsync(start, cancellationToken);
                }
            }

            var kind = ContentCompression.Detect(start, System.IO.Path.GetFileName(path));
            if (kind == CompressionKind.None && whole is not null && whole.Length <= limits.HeadSampleBytes)
            {
                return new FileContent(path, whole, whole, true, kind, compression, before);
            }

            var buffer = new byte[limits.HeadSampleBytes + 1];
            int length;
            await using (var content = ContentCompression.OpenRead(whole is null ? Open(path) : new MemoryStream(whole, writable: false), kind, compression))
            {
                length = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            }

            return new FileContent(path, whole, buffer[..Math.Min(length, limits.HeadSampleBytes)], length < buffer.Length, kind, compression, before);
        }
        catch (Exception e) when (AsBadFile(e, path) is not null)
        {
            throw AsBadFile(e, path)!;
        }
    }

    /// <summary>The decompressed content from its start; the caller disposes it.</summary>
    public Stream OpenRead()
    {
        if (_whole is null)
        {
            _open = Open(Path);
            return Decompress(_open);
        }

        return Decompress(new MemoryStream(_whole, writable: false));
    }

    /// <summary>Bytes of the file on disk that the last <see cref="OpenRead"/> has taken in: how far reading is, for a progress bar.</summary>
    public long RawBytesRead => _open is { CanRead: true } open ? open.Position : Bytes;

    /// <summary>SHA-256 of the decompressed content.</summary>
    public async Task<ContentHash> HashAsync(CancellationToken cancellationToken)
    {
        if (_whole is not null && Compression == CompressionKind.None)
        {
            return new ContentHash(Convert.ToHexStringLower(SHA256.HashData(_whole)));
        }

        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            await using var content = Decompress(_whole is null ? Open(Path) : new MemoryStream(_whole, writable: false));
            while (await content.ReadAsync(buffer, cancellationToken) is var read and > 0)
            {
                sha.AppendData(buffer, 0, read);
            }
        }
        catch (Exception e) when (AsBadFile(e, Path) is not null)
        {
            throw AsBadFile(e, Path)!;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return new ContentHash(Convert.ToHexStringLower(sha.GetHashAndReset()));
    }

    /// <summary>Whether the file was written, replaced or removed since it was opened: what was read is then not to be trusted.</summary>
    public bool HasChanged => FileStamp.TryRead(Path) != _before;

    Stream Decompress(Stream raw) => ContentCompression.OpenRead(raw, Compression, _limits);

    /// <summary>An error of the file system as the reason for quarantine; null for other exceptions.</summary>
    public static BadFileException? AsBadFile(Exception e, string path) => e switch
    {
        // A ledger that fails is an I/O error too, and not the file's fault.
        BadFileException or LedgerException => null,
        FileNotFoundException or DirectoryNotFoundException => new BadFileException(
            RejectCode.FileVanished, $"{path} is gone: it was moved or deleted before it was read."),
        UnauthorizedAccessException => new BadFileException(
            RejectCode.FileUnreadable, $"{path} may not be read by this user ({Environment.UserName})."),
        IOException => new BadFileException(RejectCode.FileUnreadable, $"{path} cannot be read: {e.Message}"),
        _ => null,
    };

    static FileStream Open(string path) => new(
        path,
        new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.Read,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.SequentialScan,
        });
}
