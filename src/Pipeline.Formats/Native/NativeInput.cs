using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Formats.Native;

/// <summary>
/// Bytes of a stream, buffered: codecs work through <see cref="Buffered"/> and wait in <see cref="EnsureAsync"/> for more. One
/// task at a time; owns its
/// buffer, not the stream.
/// </summary>
sealed class NativeInput(Stream stream, NativeLimits limits) : IDisposable
{
    // Small in debug builds: ordinary tests then walk the code at the buffer's end.
#if DEBUG
    const int BufferBytes = 64;
#else
    const int BufferBytes = 128 * 1024;
#endif

    byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    int _start;
    int _end;

    // Bytes read from the stream before the buffer's first, and the position at which the current block started.
    long _before;
    long _blockStart;

    public NativeLimits Limits { get; } = limits;

    public ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Bytes consumed since the start.</summary>
    public long Position => _before + _start;

    public void Consume(int bytes) => _start += bytes;

    /// <summary>Starts a block: false at the end of the stream.</summary>
    public async ValueTask<bool> StartBlockAsync(CancellationToken cancellation)
    {
        _blockStart = Position;
        return Buffered.Length > 0 || await FillAsync(1, cancellation);
    }

    /// <summary>Waits until <paramref name="bytes"/> are in the buffer.</summary>
    /// <exception cref="NativeFormatException">The stream ends before, or the block is too large.</exception>
    public async ValueTask EnsureAsync(int bytes, CancellationToken cancellation)
    {
        if (_end - _start < bytes && !await FillAsync(bytes, cancellation))
        {
            throw new NativeFormatException(
                NativeFault.Truncated, $"The Native stream ends within a block, at byte {_before + _end}: it was cut off.");
        }
    }

    public async ValueTask SkipAsync(long bytes, CancellationToken cancellation)
    {
        while (bytes > 0)
        {
            await EnsureAsync(1, cancellation);
            var take = (int)Math.Min(bytes, Buffered.Length);
            Consume(take);
            bytes -= take;
        }
    }

    public async ValueTask<ulong> ReadUInt64Async(CancellationToken cancellation)
    {
        await EnsureAsync(sizeof(ulong), cancellation);
        var value = BinaryPrimitives.ReadUInt64LittleEndian(Buffered);
        Consume(sizeof(ulong));
        return value;
    }

    public async ValueTask<ulong> ReadVarUIntAsync(CancellationToken cancellation)
    {
        for (var bytes = 1; ; bytes++)
        {
            await EnsureAsync(bytes, cancellation);
            var taken = VarInt.TryRead(Buffered, out var value);
            if (taken != 0)
            {
                Consume(taken > 0 ? taken : throw Malformed("a number of more than 64 bits"));
                return value;
            }
        }
    }

    /// <summary>Reads the length of a value.</summary>
    public async ValueTask<int> ReadLengthAsync(CancellationToken cancellation)
    {
        var length = await ReadVarUIntAsync(cancellation);
        return length <= (ulong)Limits.MaxValueBytes ? (int)length
            : throw TooLarge($"a value of {length} bytes", Limits.MaxValueBytes);
    }

    /// <summary>Reads a name or a type.</summary>
    public async ValueTask<string> ReadNameAsync(CancellationToken cancellation)
    {
        var length = await ReadVarUIntAsync(cancellation);
        if (length > (ulong)Limits.MaxNameBytes)
        {
            throw TooLarge($"a name of {length} bytes", Limits.MaxNameBytes);
        }

        await EnsureAsync((int)length, cancellation);
        var name = Encoding.UTF8.GetString(Buffered[..(int)length]);
        Consume((int)length);
        return name;
    }

    /// <summary>A number of rows, elements or values that memory will be asked for.</summary>
    public int CheckRows(ulong count, string what) =>
        count <= (ulong)Limits.MaxRows ? (int)count : throw TooLarge($"{count} {what}", Limits.MaxRows);

    public NativeFormatException Malformed(string found) =>
        new(NativeFault.Malformed, $"The Native stream is damaged at byte {Position}: {found}.");

    public NativeFormatException TooLarge(string found, long limit) =>
        new(NativeFault.LimitExceeded, $"The Native stream has {found} at byte {Position}; the limit is {limit}.");

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        (_start, _end) = (0, 0);
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads until <paramref name="bytes"/> are buffered; false when the stream ends before.</summary>
    async ValueTask<bool> FillAsync(int bytes, CancellationToken cancellation)
    {
        if (_before + _end - _blockStart > Limits.MaxBlockBytes)
        {
            throw TooLarge("a block of more bytes than allowed", Limits.MaxBlockBytes);
        }

        MakeRoom(bytes);
        while (_end - _start < bytes)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
            if (read == 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }

    /// <summary>
    /// Moves what is left to the front, and takes a larger buffer where <paramref name="bytes"/> would not fit.
    /// </summary>
    void MakeRoom(int bytes)
    {
        var target = bytes <= _buffer.Length ? _buffer : ArrayPool<byte>.Shared.Rent(bytes);
        Buffered.CopyTo(target);
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }

        _before += _start;
        _end -= _start;
        _start = 0;
    }
}
