using System.Buffers;
using System.Text;
using Pipeline.Formats.Compression;

namespace Pipeline.ClickHouse;

/// <summary>
/// The body of a result. A status of 200 does not mean success: ClickHouse may fail in the middle and append its error to the
/// data. This stream gives the
/// data, then throws the error. Servers from 25.11 on mark the error with a tag of the response's header; for older ones the end
/// of the body is looked at.
/// A broken connection and a silence that lasts too long are thrown as <see cref="ClickHouseException"/> as well.
/// </summary>
sealed class ResultStream : ForwardStream
{
    // Most answers are a line; one that fills this is a long one.
    const int ShortBytes = 4 * 1024;

    const int BufferBytes = 64 * 1024;

    // The documented size of a marked error.
    const int MaxErrorBytes = 16 * 1024;

    readonly Stream _inner;
    readonly byte[]? _marker;
    readonly string _queryId;
    readonly TimeSpan _idleTimeout;
    readonly TimeProvider _time;
    readonly IDisposable _owner;
    byte[] _buffer = new byte[ShortBytes];

    // Read but not given: [_start, _ready) is data, [_ready, _end) may be the start of a marker.
    int _start;
    int _ready;
    int _end;
    bool _ended;
    ClickHouseException? _error;

    // The last bytes given, for servers without a marker.
    readonly byte[] _tail;
    int _tailLength;

    /// <param name="tag">Value of the header <c>X-ClickHouse-Exception-Tag</c>.</param>
    /// <param name="owner">Disposed with the stream: the response.</param>
    public ResultStream(Stream inner, string? tag, string queryId, TimeSpan idleTimeout, TimeProvider time, IDisposable owner)
    {
        _inner = inner;
        _marker = tag is null ? null : Encoding.ASCII.GetBytes($"\r\n__exception__\r\n{tag}\r\n");
        _tail = tag is null ? new byte[MaxErrorBytes / 4] : [];
        _queryId = queryId;
        _idleTimeout = idleTimeout;
        _time = time;
        _owner = owner;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        while (_start == _ready)
        {
            if (_error is not null)
            {
                throw _error;
            }

            if (_ended)
            {
                return 0;
            }

            await FillAsync(cancellationToken);
        }

        var given = Math.Min(buffer.Length, _ready - _start);
        _buffer.AsSpan(_start, given).CopyTo(buffer.Span);
        _start += given;
        return given;
    }

    public override int Read(Span<byte> buffer) => throw new NotSupportedException("Results are read asynchronously.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
            _owner.Dispose();
        }

        base.Dispose(disposing);
    }

    async ValueTask FillAsync(CancellationToken cancellation)
    {
        Compact();
        var read = await ReadInnerAsync(_buffer.AsMemory(_end), cancellation);
        KeepTail(_buffer.AsSpan(_end, read));
        _end += read;
        if (_marker is null)
        {
            _ready = _end;
            _ended |= read == 0;
            if (_ended && _error?.Error.Code is null or 0)
            {
                var tail = ErrorText.TryParseTail(Encoding.UTF8.GetString(_tail.AsSpan(0, _tailLength)));
                _error = tail is null ? _error : new ClickHouseException(tail, _queryId);
            }

            return;
        }

        var at = _buffer.AsSpan(0, _end).IndexOf(_marker);
        if (at >= 0)
        {
            _ready = at;
            await ReadErrorAsync(at + _marker.Length, cancellation);
        }
        else if (read == 0)
        {
            _ready = _end;
            _ended = true;
        }
        else
        {
            _ready = _end - MarkerStartAtEnd();
        }
    }

    /// <summary>Reads what follows the marker: the message, its length, the tag and the marker's word again.</summary>
    async ValueTask ReadErrorAsync(int messageStart, CancellationToken cancellation)
    {
        var message = new ArrayBufferWriter<byte>(MaxErrorBytes);
        message.Write(_buffer.AsSpan(messageStart, _end - messageStart));
        _end = _ready;
        while (message.WrittenCount < MaxErrorBytes)
        {
            var read = await ReadInnerAsync(message.GetMemory(1024), cancellation);
            if (read == 0)
            {
                break;
            }

            message.Advance(read);
        }

        var text = Encoding.UTF8.GetString(message.WrittenSpan);
        var end = text.LastIndexOf("\r\n__exception__", StringComparison.Ordinal);
        var lastLine = end < 0 ? -1 : text.LastIndexOf('\n', end - 1);
        var error = text[..(lastLine < 0 ? text.Length : lastLine)].Trim();
        _ended = true;
        _error = new ClickHouseException(
            ErrorText.TryParse(error) ?? new ClickHouseError(0, "UNREADABLE_ERROR", error, ErrorClass.Unknown), _queryId);
    }

    /// <summary>Reads on; a fault ends the data, and is thrown after what has come is given.</summary>
    async ValueTask<int> ReadInnerAsync(Memory<byte> room, CancellationToken cancellation)
    {
        using var idle = new CancellationTokenSource(_idleTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, idle.Token);
        try
        {
            return await _inner.ReadAsync(room, both.Token);
        }
        catch (OperationCanceledException e) when (idle.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return Fail(ClickHouseError.Timeout(_idleTimeout), e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // A server that fails in the middle may cut the connection behind its error: what has come is looked at first.
            return Fail(ClickHouseError.Transport(e), e);
        }
    }

    int Fail(ClickHouseError error, Exception cause)
    {
        _ended = true;
        _error = new ClickHouseException(error, _queryId, cause);
        return 0;
    }

    void Compact()
    {
        var buffer = _end == _buffer.Length && _end < BufferBytes ? new byte[BufferBytes] : _buffer;
        _buffer.AsSpan(_start, _end - _start).CopyTo(buffer);
        _buffer = buffer;
        _end -= _start;
        _ready -= _start;
        _start = 0;
    }

    /// <summary>How many bytes at the end may be the start of the marker.</summary>
    int MarkerStartAtEnd()
    {
        for (var length = Math.Min(_marker!.Length - 1, _end); length > 0; length--)
        {
            if (_buffer.AsSpan(_end - length, length).SequenceEqual(_marker.AsSpan(0, length)))
            {
                return length;
            }
        }

        return 0;
    }

    void KeepTail(ReadOnlySpan<byte> read)
    {
        if (_marker is not null)
        {
            return;
        }

        if (read.Length >= _tail.Length)
        {
            read[^_tail.Length..].CopyTo(_tail);
            _tailLength = _tail.Length;
            return;
        }

        var kept = Math.Min(_tailLength, _tail.Length - read.Length);
        _tail.AsSpan(_tailLength - kept, kept).CopyTo(_tail);
        read.CopyTo(_tail.AsSpan(kept));
        _tailLength = kept + read.Length;
    }
}
