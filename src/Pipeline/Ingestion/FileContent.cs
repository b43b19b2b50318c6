using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Pipeline.Discovery;
using Pipeline.Formats;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Records;
using Pipeline.Ledger;

namespace Pipeline.Ingestion;

/// <summary>
/// The bytes of one file, decompressed, as often as they are needed: detection, hashing and reading each open them anew, the latter two together
/// where that is cheaper (<see cref="ContentHashing"/>). A small file is read
/// into memory once, so that all three see the same bytes; for a larger one <see cref="HasChanged"/> tells afterwards whether they did.
/// </summary>
sealed class FileContent : IDisposable
{
    /// <summary>Files up to this size are read at once: one open, one read, for the thousands of small ones.</summary>
    public const int WholeFileBytes = 1 << 20;

    /// <summary>Reads of this size keep a disk streaming; larger ones gain nothing (measured on a page-cached file).</summary>
    const int ReadBytes = 1 << 18;

    readonly RawFile _raw;
    readonly CompressionLimits _limits;
    readonly TaskCompletionSource<ContentHash> _hashedAlong = new(TaskCreationOptions.RunContinuationsAsynchronously);
    DiskFileStream? _open;
    bool _hashesAlong;
    volatile bool _isBeingHashed;

    FileContent(RawFile raw, ReadOnlyMemory<byte> head, bool headIsWhole, CompressionKind kind, CompressionLimits limits)
    {
        _raw = raw;
        Head = head;
        HeadIsWhole = headIsWhole;
        Compression = kind;
        _limits = limits;
    }

    /// <summary>Where the file is, for people: of a member, the path of its container and its name in there.</summary>
    public string Path => _raw.Path;

    /// <summary>
    /// A file on disk that holds exactly these bytes (compressed as <see cref="Compression"/> says); null for members held elsewhere.
    /// </summary>
    public string? FilePath => _raw.FilePath;

    /// <summary>Size as it lies on disk, or in its container.</summary>
    public long Bytes => _raw.Bytes;

    public CompressionKind Compression { get; }

    /// <summary>File name without the suffix of the compression.</summary>
    public string InnerName => ContentCompression.InnerName(_raw.Name, Compression);

    /// <summary>First decompressed bytes.</summary>
    public ReadOnlyMemory<byte> Head { get; }

    /// <summary>True when <see cref="Head"/> is all there is.</summary>
    public bool HeadIsWhole { get; }

    /// <summary>True when all of it is in memory, as it is: hashing it takes no longer than asking another core to.</summary>
    public bool IsInMemory => _raw.Whole is not null && Compression == CompressionKind.None;

    /// <summary>What the bytes come from.</summary>
    public RawFile Raw => _raw;

    /// <exception cref="BadFileException">Vanished, not readable, or not what its compression says.</exception>
    public static async Task<FileContent> OpenAsync(string path, FormatLimits limits, CompressionLimits compression, CancellationToken cancellationToken)
    {
        try
        {
            var before = FileStamp.TryRead(path) ?? throw new FileNotFoundException(null, path);
            if (before.Bytes > limits.MaxFileBytes)
            {
                throw new BadFileException(
                    RejectCode.LimitExceeded,
                    $"{path} has {before.Bytes:N0} bytes, more than the limit of {limits.MaxFileBytes:N0}; raise limits.max_file_bytes if that is meant.");
            }

            byte[]? whole = null;
            if (before.Bytes <= WholeFileBytes)
            {
                // Where it lies in the page cache this takes a tenth of what handing it to another thread takes.
                using var raw = new DiskFileStream(path);
                whole = new byte[before.Bytes];
                var read = raw.ReadAtLeast(whole, whole.Length, throwOnEndOfStream: false);
                whole = read == whole.Length ? whole : whole[..read];
            }

            return await OpenAsync(RawFile.OnDisk(path, before, whole, () => new DiskFileStream(path)), limits, compression, cancellationToken);
        }
        catch (Exception e) when (AsBadFile(e, path) is not null)
        {
            throw AsBadFile(e, path)!;
        }
    }

    /// <summary>Opens content from wherever it is; disposing it disposes <paramref name="raw"/>.</summary>
    /// <exception cref="BadFileException">Not readable, or not what its compression says.</exception>
    public static async Task<FileContent> OpenAsync(
        RawFile raw, FormatLimits limits, CompressionLimits compression, CancellationToken cancellationToken)
    {
        try
        {
            var start = raw.Whole;
            if (start is null)
            {
                start = new byte[ContentCompression.DetectionBytes];
                await using var stream = raw.OpenRead();
                await stream.ReadExactlyAsync(start, cancellationToken);
            }

            var kind = ContentCompression.Detect(start.AsSpan(0, Math.Min(start.Length, ContentCompression.DetectionBytes)), raw.Name);
            if (kind == CompressionKind.None && raw.Whole is { } all && all.Length <= limits.HeadSampleBytes)
            {
                return new FileContent(raw, all, true, kind, compression);
            }

            var buffer = GC.AllocateUninitializedArray<byte>(limits.HeadSampleBytes + 1);
            int length;
            await using (var content = ContentCompression.OpenRead(raw.OpenRead(), kind, compression))
            {
                length = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            }

            return new FileContent(raw, buffer.AsMemory(0, Math.Min(length, limits.HeadSampleBytes)), length < buffer.Length, kind, compression);
        }
        catch (Exception e) when (AsBadFile(e, raw.Path) is not null)
        {
            raw.Dispose();
            throw AsBadFile(e, raw.Path)!;
        }
        catch
        {
            raw.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A part of this content (a sheet of a workbook) as a content of its own: the same bytes, another identity. Does not own the bytes.
    /// </summary>
    /// <param name="path">The part's path, for people.</param>
    /// <param name="identity">What tells the part from others of the same bytes; null keeps the identity of the whole.</param>
    public FileContent PartOf(string path, string? identity) =>
        new(_raw with { Path = path, Part = identity, TemporaryFile = null }, Head.ToArray(), HeadIsWhole, Compression, _limits);

    /// <summary>The decompressed content from its start; the caller disposes it.</summary>
    public Stream OpenRead()
    {
        var raw = _raw.OpenRead();
        _open = raw as DiskFileStream ?? _open;
        var content = Decompress(raw);
        return _hashesAlong && !_hashedAlong.Task.IsCompleted
            ? new HashingStream(new ReadAheadStream(content), sha => _hashedAlong.TrySetResult(HashOf(sha)))
            : content;
    }

    /// <summary>From now on whoever reads the content to its end hashes it; decompressing is then done on a core of its own.</summary>
    public void HashAlong() => _hashesAlong = true;

    /// <summary>Completes when the content was read to its end after <see cref="HashAlong"/>; perhaps never.</summary>
    public Task<ContentHash> HashedAlong => _hashedAlong.Task;

    /// <summary>Bytes of the file on disk that the last <see cref="OpenRead"/> has taken in: how far reading is, for a progress bar.</summary>
    public long RawBytesRead => _open is { CanRead: true } open ? open.Position : Bytes;

    /// <summary>Whether a core is busy with <see cref="HashAsync"/>.</summary>
    public bool IsBeingHashed => _isBeingHashed;

    /// <summary>SHA-256 of the decompressed content.</summary>
    public async Task<ContentHash> HashAsync(CancellationToken cancellationToken)
    {
        if (IsInMemory)
        {
            return HashOf(SHA256.HashData(_raw.Whole!));
        }

        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        _isBeingHashed = true;
        try
        {
            await using var content = Decompress(_raw.OpenRead());
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
            _isBeingHashed = false;
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return HashOf(sha.GetHashAndReset());
    }

    ContentHash HashOf(byte[] sha) => new(Convert.ToHexStringLower(
        _raw.Part is { } part ? SHA256.HashData([.. sha, .. Encoding.UTF8.GetBytes(part)]) : sha));

    /// <summary>Whether the file was written, replaced or removed since it was opened: what was read is then not to be trusted.</summary>
    public bool HasChanged => _raw.HasChanged;

    public void Dispose() => _raw.Dispose();

    Stream Decompress(Stream raw) => ContentCompression.OpenRead(raw, Compression, _limits);

    /// <summary>
    /// What went wrong while a file was read, as the reason for quarantine: the file system, or this program itself, which must not stop at one
    /// file for ever. Null for what is not the file's.
    /// </summary>
    public static BadFileException? AsBadFile(Exception e, string path) => e switch
    {
        BadFileException bad => bad,

        // A ledger that fails is an I/O error too, and not the file's fault.
        LedgerException => null,
        FileNotFoundException or DirectoryNotFoundException => new BadFileException(
            RejectCode.FileVanished, $"{path} is gone: it was moved or deleted before it was read."),
        UnauthorizedAccessException => new BadFileException(
            RejectCode.FileUnreadable, $"{path} may not be read by this user ({Environment.UserName})."),
        IOException => new BadFileException(RejectCode.FileUnreadable, $"{path} cannot be read: {e.Message}"),
        _ when IsOurFault(e) => new BadFileException(
            RejectCode.InternalError,
            $"{path} leads this program into a fault of its own ({e.GetType().Name}). Nothing of it was loaded.",
            inner: e),
        _ => null,
    };

    // What the code that reads throws when it is wrong. Neither the end of the pipeline, nor the ledger, nor the destination.
    static bool IsOurFault(Exception e) => e
        is ArgumentException or ArithmeticException or FormatException or IndexOutOfRangeException or InvalidCastException or InvalidDataException
            or NullReferenceException or NotSupportedException or KeyNotFoundException or OutOfMemoryException or UnreachableException
        || (e is InvalidOperationException and not (ObjectDisposedException or ChannelClosedException or LedgerStateException));
}
