using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// The bytes of a file in the order they are asked for: what was read ahead or given back comes first, then the stream. Takes are
/// filled completely unless the stream ends, so that how the stream cuts its reads is seen by nobody.
/// </summary>
sealed class DelimitedSource(Stream stream, Stream? owned, string encodingName, ReadOnlyMemory<byte> ahead) : IAsyncDisposable
{
    Stream _stream = stream;
    Stream? _owned = owned;
    byte[] _carry = ahead.ToArray();
    int _start;
    int _end = ahead.Length;
    bool _ended;

    public string EncodingName { get; private set; } = encodingName;

    /// <summary>Whether nothing is left: the last take emptied the stream.</summary>
    public bool Ended => _ended && _start == _end;

    public async ValueTask<int> TakeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var taken = Math.Min(buffer.Length, _end - _start);
        _carry.AsSpan(_start, taken).CopyTo(buffer.Span);
        _start += taken;
        if (taken < buffer.Length && !_ended)
        {
            var wanted = buffer.Length - taken;
            var read = await _stream.ReadAtLeastAsync(buffer[taken..], wanted, throwOnEndOfStream: false, cancellationToken);
            taken += read;
            if (read < wanted)
            {
                _ended = true;
            }
        }

        // The end of the file must be known with its last bytes: a record without a line break is whole only there.
        if (_start == _end && !_ended)
        {
            _start = 0;
            _end = await _stream.ReadAsync(EnsureRoom(), cancellationToken);
            _ended = _end == 0;
        }

        return taken;
    }

    /// <summary>Gives back the last bytes that were taken.</summary>
    public void GiveBack(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _start)
        {
            // Make room in front: the bytes still ahead move to the end of a larger array.
            var rest = _end - _start;
            var target = _carry;
            if (bytes.Length + rest > target.Length)
            {
                target = new byte[Math.Max(bytes.Length + rest, 2 * target.Length)];
            }

            Buffer.BlockCopy(_carry, _start, target, target.Length - rest, rest);
            _carry = target;
            _end = target.Length;
            _start = _end - rest;
        }

        _start -= bytes.Length;
        bytes.CopyTo(_carry.AsSpan(_start));
    }

    /// <summary>What is left is in another encoding: from here on it is decoded.</summary>
    public void Transcode(TextEncoding encoding)
    {
        var rest = new PrefixedStream(_carry.AsSpan(_start, _end - _start).ToArray(), _stream);
        _owned = _stream = System.Text.Encoding.CreateTranscodingStream(rest, encoding.Decoder!, new System.Text.UTF8Encoding(false));
        EncodingName = encoding.Name;
        _start = _end = 0;
        _ended = false;
    }

    public ValueTask DisposeAsync() => _owned?.DisposeAsync() ?? ValueTask.CompletedTask;

    Memory<byte> EnsureRoom()
    {
        if (_carry.Length < 256)
        {
            _carry = new byte[256];
        }

        // One small read is enough to learn whether the file goes on; the rest is read straight into the next block.
        return _carry.AsMemory(0, 256);
    }
}
