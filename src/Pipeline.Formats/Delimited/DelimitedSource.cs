using System.Runtime.InteropServices;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// The bytes of a file in the order they are asked for: what was read ahead or given back comes first, then the stream. Takes are
/// filled completely unless the stream ends, so that how the stream cuts its reads is seen by nobody. What a <see cref="TableEnd"/> finds at the end is
/// not handed out: until the end is known, as much as it looks at is read ahead.
/// </summary>
sealed class DelimitedSource : IAsyncDisposable
{
    /// <summary>One small read is enough to learn whether the file goes on; the rest is read straight into the next block.</summary>
    const int PeekBytes = 256;

    readonly TableEnd? _tableEnd;
    readonly int _aheadBytes;
    Stream _stream;
    Stream? _owned;
    byte[] _carry;
    bool _isShared;
    int _start;
    int _end;
    bool _ended;
    int _linesLeftOut;

    /// <param name="stream">The caller's.</param>
    /// <param name="owned">Disposed with the source.</param>
    /// <param name="encodingName">Of the bytes that the stream was read from.</param>
    /// <param name="ahead">What was read already; not written to.</param>
    /// <param name="isWhole">Nothing is behind that.</param>
    /// <param name="tableEnd">Null where lines below the table are not padded.</param>
    public DelimitedSource(Stream stream, Stream? owned, string encodingName, ReadOnlyMemory<byte> ahead, bool isWhole, TableEnd? tableEnd)
    {
        (_stream, _owned, EncodingName, _tableEnd) = (stream, owned, encodingName, tableEnd);
        _isShared = MemoryMarshal.TryGetArray(ahead, out var array);
        array = _isShared ? array : ahead.ToArray();
        (_carry, _start, _end, _ended) = (array.Array!, array.Offset, array.Offset + array.Count, isWhole);
        _aheadBytes = tableEnd is null ? 0 : TableEnd.WindowBytes;
        if (isWhole)
        {
            LeaveOutEnd([]);
        }
    }

    public string EncodingName { get; private set; }

    /// <summary>Whether nothing is left: the last take emptied the stream.</summary>
    public bool Ended => _ended && _start == _end;

    /// <summary>Lines below the table that were not handed out since this was asked the last time; all of them are known at the end.</summary>
    public int TakeLinesLeftOut() => _linesLeftOut - (_linesLeftOut = 0);

    public async ValueTask<int> TakeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var taken = Math.Min(buffer.Length, _end - _start);
        _carry.AsSpan(_start, taken).CopyTo(buffer.Span);
        _start += taken;
        if (_ended)
        {
            return taken;
        }

        if (taken < buffer.Length)
        {
            var wanted = buffer.Length - taken;
            var read = await _stream.ReadAtLeastAsync(buffer[taken..], wanted, throwOnEndOfStream: false, cancellationToken);
            taken += read;
            _ended = read < wanted;
        }

        // The end of the file must be known with its last bytes: a record without a line break is whole only there.
        if (!_ended && _end - _start < Math.Max(_aheadBytes, 1))
        {
            await ReadAheadAsync(Math.Max(_aheadBytes, PeekBytes), cancellationToken);
        }

        return _ended ? LeaveOutEnd(buffer.Span[..taken]) : taken;
    }

    /// <summary>Drops what is below the table, at the end of what was taken and what is ahead; returns how much of the first stays.</summary>
    int LeaveOutEnd(ReadOnlySpan<byte> taken)
    {
        if (_tableEnd is null)
        {
            return taken.Length;
        }

        var back = Math.Clamp(_aheadBytes - (_end - _start), 0, taken.Length);
        GiveBack(taken[^back..]);
        var text = _carry.AsSpan(_start, _end - _start);
        var (bytes, lines) = _tableEnd.Find(text[Math.Max(0, text.Length - _aheadBytes)..]);
        _end -= bytes;
        _linesLeftOut += lines;
        var kept = Math.Min(back, _end - _start);
        _start += kept;
        return taken.Length - back + kept;
    }

    // Before the first write.
    void Own()
    {
        if (_isShared)
        {
            (_carry, _start, _end, _isShared) = (_carry.AsSpan(_start, _end - _start).ToArray(), 0, _end - _start, false);
        }
    }

    /// <summary>Reads until so many bytes are ahead, or the stream ends.</summary>
    async ValueTask ReadAheadAsync(int bytes, CancellationToken cancellationToken)
    {
        Own();
        var rest = _end - _start;
        var target = _carry.Length < bytes ? new byte[bytes] : _carry;
        Buffer.BlockCopy(_carry, _start, target, 0, rest);
        (_carry, _start, _end) = (target, 0, rest);
        var read = await _stream.ReadAtLeastAsync(_carry.AsMemory(rest, bytes - rest), bytes - rest, throwOnEndOfStream: false, cancellationToken);
        _end += read;
        _ended = read < bytes - rest;
    }

    /// <summary>Gives back the last bytes that were taken.</summary>
    public void GiveBack(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        Own();
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
}
