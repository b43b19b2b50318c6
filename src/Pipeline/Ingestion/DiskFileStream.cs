using Microsoft.Win32.SafeHandles;

namespace Pipeline.Ingestion;

/// <summary>
/// A file on disk, read by the thread that asks, also where it does so asynchronously. <see cref="FileStream"/> has another thread of the pool do it, which is
/// no less blocked: the bytes are then in the cache of another core, and each read waits until that one is woken (docs/performance-log.md). Not buffered. One task.
/// </summary>
sealed class DiskFileStream : Stream
{
    readonly SafeFileHandle _file;
    long _position;

    /// <exception cref="IOException">It is not there, or cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public DiskFileStream(string path) => _file = File.OpenHandle(
        path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);

    public override bool CanRead => !_file.IsClosed;

    public override bool CanSeek => CanRead;

    public override bool CanWrite => false;

    public override long Length => RandomAccess.GetLength(_file);

    public override long Position
    {
        get => _position;
        set => _position = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Before the start of the file.");
    }

    public override int Read(Span<byte> buffer)
    {
        var read = RandomAccess.Read(_file, buffer, _position);
        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => Length,
    };

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }
}
