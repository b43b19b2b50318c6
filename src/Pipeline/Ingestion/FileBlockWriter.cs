using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Ingestion;

/// <summary>Writes to a file from a position on, through one buffer that stays in the processor's cache. One task; does not own the file.</summary>
sealed class FileBlockWriter(SafeFileHandle file, long start) : IBufferWriter<byte>
{
    /// <summary>Larger than a slice of <see cref="Formats.Native.NativeBlockWriter"/> (128 KiB), so that no slice is cut.</summary>
    const int BufferBytes = 256 << 10;

    long _position = start;
    byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    int _filled;

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

    /// <summary>Writes what is left and ends the writer; returns the position behind the last byte.</summary>
    public long Flush()
    {
        WriteFilled();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        return _position;
    }

    void MakeRoom(int sizeHint)
    {
        if (_buffer.Length - _filled >= Math.Max(sizeHint, 1))
        {
            return;
        }

        WriteFilled();
        if (_buffer.Length < sizeHint)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(sizeHint);
        }
    }

    void WriteFilled()
    {
        RandomAccess.Write(file, _buffer.AsSpan(0, _filled), _position);
        _position += _filled;
        _filled = 0;
    }
}
