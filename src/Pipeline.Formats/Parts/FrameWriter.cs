using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Formats.Parts;

/// <summary>
/// Writes a file of frames, ClickHouse's "compressed blocks", whose content is as it is: checksum, method, both sizes, content. One task; does not
/// own the file.
/// </summary>
/// <param name="file">Empty.</param>
/// <param name="hashes">Of the file and of its content, while they are in the processor's cache; not where a frame is changed later.</param>
sealed class FrameWriter(SafeFileHandle file, bool hashes) : IBufferWriter<byte>, IDisposable
{
    /// <summary>Bytes before the content: the checksum, and what the checksum is of beside the content.</summary>
    public const int HeaderBytes = ChecksumBytes + 9;

    const int ChecksumBytes = 16;

    // CompressionMethodByte::NONE.
    const byte Method = 0x02;

    // The content of a frame at least, but for the last of a column: ClickHouse's min_compress_block_size.
    const int ContentBytes = 64 << 10;

    // Stays in the processor's cache; larger than a frame of ordinary slices.
    const int BufferBytes = 256 << 10;

    byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    long _written;
    int _frame;
    int _filled = HeaderBytes;

    /// <summary>Bytes of each frame, in the order of the file.</summary>
    public List<int> Frames { get; } = [];

    /// <summary>Where the next frame starts, once the open one has ended.</summary>
    public long Position => _written + _frame;

    /// <summary>Hashes of the frames and of what they hold; null: they have to be read again for that.</summary>
    public (FileHash All, FileHash Content)? Hashes { get; private set; } = hashes ? (new(), new()) : null;

    public void Advance(int count) => _filled += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsMemory(_filled);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsSpan(_filled);
    }

    /// <summary>Ends the frame where it has its size.</summary>
    public void EndSlice()
    {
        if (_filled - _frame >= ContentBytes + HeaderBytes)
        {
            EndFrame();
        }
    }

    /// <summary>Ends the frame; does nothing to one without content.</summary>
    public void EndFrame()
    {
        var bytes = _filled - _frame;
        if (bytes == HeaderBytes)
        {
            return;
        }

        var frame = _buffer.AsSpan(_frame, bytes);
        WriteHeader(frame);
        Hashes?.All.Append(frame);
        Hashes?.Content.Append(frame[HeaderBytes..]);
        Frames.Add(bytes);
        _frame = _filled;
        MakeRoom(HeaderBytes);
        _filled += HeaderBytes;
    }

    /// <summary>Writes the frames that have ended.</summary>
    /// <exception cref="IOException">The disk is full, or cannot be written to.</exception>
    public void Flush()
    {
        RandomAccess.Write(file, _buffer.AsSpan(0, _frame), _written);
        _buffer.AsSpan(_frame, _filled - _frame).CopyTo(_buffer);
        _written += _frame;
        _filled -= _frame;
        _frame = 0;
    }

    /// <summary>Forgets all from a frame on, which starts at <paramref name="position"/>, and the hashes, which have it.</summary>
    public void ReturnTo(int frames, long position)
    {
        Frames.RemoveRange(frames, Frames.Count - frames);
        RandomAccess.SetLength(file, position);
        (_written, _frame, _filled) = (position, 0, HeaderBytes);
        Hashes = null;
    }

    /// <summary>Fills in what stands before the content of a frame.</summary>
    public static void WriteHeader(Span<byte> frame)
    {
        frame[ChecksumBytes] = Method;
        BinaryPrimitives.WriteInt32LittleEndian(frame[(ChecksumBytes + 1)..], frame.Length - ChecksumBytes);
        BinaryPrimitives.WriteInt32LittleEndian(frame[(ChecksumBytes + 5)..], frame.Length - HeaderBytes);
        var hash = CityHash128.Of(frame[ChecksumBytes..]);
        BinaryPrimitives.WriteUInt64LittleEndian(frame, hash.Low);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[8..], hash.High);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    void MakeRoom(int sizeHint)
    {
        var size = Math.Max(sizeHint, 1);
        if (_buffer.Length - _filled >= size)
        {
            return;
        }

        Flush();
        if (_buffer.Length - _filled < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_filled + size, 2 * _buffer.Length));
            _buffer.AsSpan(0, _filled).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
