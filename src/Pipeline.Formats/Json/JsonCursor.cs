using System.Buffers;
using System.Text;
using System.Text.Json;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Json;

/// <summary>What <see cref="JsonCursor.MoveToRecord"/> found.</summary>
enum JsonStep
{
    Record,
    NeedMore,
    End,

    /// <summary>A line above the limit was passed over; its start is <see cref="JsonCursor.Line"/> and the offset.</summary>
    LineTooLong,
}

/// <summary>
/// Walks from record to record through a growing window of the content; everything between records (commas, brackets, members
/// around the
/// array) is read here. Invariant: <c>_buffer[_position.._end)</c> is the content from <see cref="ByteOffset"/> on, and nothing
/// before the
/// position is needed again. Owns one pooled buffer.
/// </summary>
sealed partial class JsonCursor(Stream content, byte[] buffer, int length, bool isWhole, JsonLayout layout, FormatOptions options)
    : IDisposable
{
    enum Place
    {
        BeforeFirst,
        AfterComma,

        /// <summary>Of a record under a key.</summary>
        AfterKey,
        AfterRecord,
        Outside,
    }

    static readonly byte[] s_mark = [0xEF, 0xBB, 0xBF];

    readonly List<string> _outside = [.. layout.Outside];
    byte[]? _buffer = buffer;
    int _position = layout.Start;
    int _end = length;
    bool _contentEnded = isWhole;
    long _bufferOffset;
    long _line = 1 + buffer.AsSpan(0, layout.Start).Count((byte)'\n');
    Place _place;
    int _openObjects = layout.Path.Count;
    int _lineLength = -1;
    bool _inLongLine;
    bool _borrowed;
    byte[] _key = [];
    int _keyLength;

    /// <summary>1-based line of the position.</summary>
    public long Line => _line;

    /// <summary>Offset of the position in the content.</summary>
    public long ByteOffset => _bufferOffset + _position;

    /// <summary>Keys beside the array of records, which are not loaded.</summary>
    public IReadOnlyList<string> Outside => _outside;

    /// <summary>The record at the position and, except for lines, what the window holds behind it.</summary>
    public ReadOnlySpan<byte> Record => _lineLength >= 0 ? _buffer.AsSpan(_position, _lineLength) : _buffer.AsSpan(_position,
        _end - _position);

    /// <summary>Bytes that may be read from <see cref="Record"/> on; those behind it mean nothing.</summary>
    public ReadOnlySpan<byte> Readable => _buffer.AsSpan(_position);

    /// <summary>Nothing follows behind <see cref="Record"/> that could belong to the record.</summary>
    public bool RecordIsFinal => _lineLength >= 0 || _contentEnded;

    /// <summary>The key of the record, where records have one. Valid until the next record.</summary>
    public ReadOnlyMemory<byte> Key => _key.AsMemory(0, _keyLength);

    /// <summary>False for a key that is not Unicode: it is not given.</summary>
    public bool KeyIsUnicode { get; private set; } = true;

    public bool IsLines => layout.Kind == JsonLayoutKind.Lines;

    /// <summary>
    /// A second cursor over what this one holds now, for looking ahead; it ends where the window does. It shares the buffer, and
    /// does not own it.
    /// </summary>
    public JsonCursor Peek() => new(Stream.Null, _buffer!, _end, _contentEnded, layout, options) { _borrowed = true };

    /// <summary>Goes to the start of the next record.</summary>
    /// <exception cref="BadFileException">What stands between the records is not JSON.</exception>
    public JsonStep MoveToRecord() => layout.Kind switch
    {
        JsonLayoutKind.Lines => MoveToLine(),
        JsonLayoutKind.Array or JsonLayoutKind.Keyed => MoveToElement(),
        _ => !SkipSpace() ? AtEnd() : JsonStep.Record,
    };

    /// <summary>Goes behind a record of this many bytes.</summary>
    public void Advance(int bytes)
    {
        _line += _lineLength < 0 ? _buffer.AsSpan(_position, bytes).Count((byte)'\n') : 0;
        _position += bytes;
        _lineLength = _lineLength < 0 ? -1 : _lineLength - bytes;
        _place = Place.AfterRecord;
    }

    /// <summary>Gives up the rest of the line.</summary>
    public void SkipLine() => Advance(_lineLength);

    /// <summary>
    /// Reads more of the content; the record at the position may then be complete. Fills all room, so that nothing depends on how
    /// reads are cut.
    /// </summary>
    /// <exception cref="BadFileException">The record is above the limit.</exception>
    public async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_end - _position >= options.Limits.MaxRecordBytes)
        {
            if (DescribeLongValue() is { } value)
            {
                throw new BadFileException(RejectCode.FieldTooLong, value, _line, byteOffset: ByteOffset);
            }

            throw new BadFileException(RejectCode.LimitExceeded,
                $"A record from line {_line:N0} on is longer than the limit of " +
                $"{options.Limits.MaxRecordBytes:N0} bytes; raise limits.max_record_bytes if that is its true size.", _line,
                    byteOffset: ByteOffset);
        }

        if (_position > 0)
        {
            _buffer.AsSpan(_position, _end - _position).CopyTo(_buffer);
            _bufferOffset += _position;
            _end -= _position;
            _position = 0;
        }

        if (_end > _buffer!.Length / 2)
        {
            var grown = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(grown);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = grown;
        }

        int read;
        try
        {
            read = await content.ReadAtLeastAsync(_buffer.AsMemory(_end), _buffer.Length - _end, throwOnEndOfStream: false,
                cancellationToken);
        }
        catch (DecoderFallbackException)
        {
            throw JsonFormat.DamagedUtf16();
        }

        _contentEnded = read < _buffer.Length - _end;
        _end += read;
    }

    /// <summary>What is to be said of a record above the limit that is one value for the most part; null where it is many.</summary>
    public string? DescribeLongValue() => JsonLongValue.Describe(_buffer.AsSpan(_position, _end - _position), options, _line);

    /// <summary>The exception for JSON that is not, at its place in the content.</summary>
    public BadFileException Corrupt(JsonException e)
    {
        var (line, offset) = Locate(e);
        if (JsonFaults.IsTooDeep(e))
        {
            return new BadFileException(RejectCode.LimitExceeded, TooDeep(line), line, byteOffset: offset);
        }

        return offset >= _bufferOffset + _end && _contentEnded ? Truncated()
            : Corrupt($"The content is not valid JSON{HintAt(offset)}", line, offset);
    }

    /// <summary>What usually is behind an error at this place.</summary>
    public string HintAt(long offset) => offset >= _bufferOffset && offset < _bufferOffset + _end
        ? JsonFaults.Hint(_buffer.AsSpan((int)(offset - _bufferOffset).._end)) : "";

    public string TooDeep(long line) =>
        $"A value on line {line:N0} is nested deeper than the limit of {options.Limits.MaxNestingDepth:N0} levels; raise limits.max_nesting_depth if that is meant.";

    /// <summary>Line and offset in the content of an error in <see cref="Record"/>.</summary>
    public (long Line, long ByteOffset) Locate(JsonException e)
    {
        var lines = e.LineNumber ?? 0;
        var at = 0;
        for (var i = 0L; i < lines; i++)
        {
            at += Record[at..].IndexOf((byte)'\n') + 1;
        }

        return (_line + lines, ByteOffset + at + (e.BytePositionInLine ?? 0));
    }

    public void Dispose()
    {
        if (_buffer is { } rented && !_borrowed)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        _buffer = null;
    }

    JsonStep AtEnd() => _contentEnded ? JsonStep.End : JsonStep.NeedMore;

    // False when the window ends first. The record separator of RFC 7464 (0x1E) counts as space.
    bool SkipSpace()
    {
        if (_end - _position > 1 && _buffer![_position] == (byte)'\n' && _buffer[_position + 1] > (byte)' ')
        {
            // A line break alone is what nearly always stands there.
            _line++;
            _position++;
            return true;
        }

        var rest = _buffer.AsSpan(_position, _end - _position);
        var space = rest.IndexOfAnyExcept(" \t\r\n\x1E"u8);
        space = space < 0 ? rest.Length : space;
        if (space > 0)
        {
            _line += rest[..space].Count((byte)'\n');
            _position += space;
        }

        return _position < _end;
    }

    JsonStep MoveToLine()
    {
        if (_inLongLine)
        {
            // The position stays at the start of the line until the caller has written it down.
            return PassLongLine();
        }

        if (_lineLength > 0)
        {
            // Behind a record of this line: another one, or space.
            var more = Record.IndexOfAnyExcept(" \t\r\x1E"u8);
            if (more >= 0)
            {
                Advance(more);
                return JsonStep.Record;
            }

            SkipLine();
        }

        _lineLength = -1;
        if (!SkipSpace() || !SkipMark())
        {
            return AtEnd();
        }

        var lineLength = _buffer.AsSpan(_position, _end - _position).IndexOf((byte)'\n');
        if (lineLength < 0)
        {
            if (!_contentEnded)
            {
                if (_end - _position < options.Limits.MaxRecordBytes)
                {
                    return JsonStep.NeedMore;
                }

                _inLongLine = true;
                return JsonStep.LineTooLong;
            }

            lineLength = _end - _position;
        }

        _lineLength = lineLength;
        return JsonStep.Record;
    }

    /// <summary>Passes the byte order mark of a file that was put behind another. False when nothing is behind it, or it may be cut.</summary>
    bool SkipMark()
    {
        var rest = _buffer.AsSpan(_position, _end - _position);
        if (rest[0] == s_mark[0])
        {
            if (rest.Length < s_mark.Length && !_contentEnded)
            {
                return false;
            }

            _position += rest.StartsWith(s_mark) ? s_mark.Length : 0;
        }

        return _position < _end && (_buffer![_position] > (byte)' ' || SkipSpace());
    }

    JsonStep PassLongLine()
    {
        var end = _buffer.AsSpan(_position, _end - _position).IndexOf((byte)'\n');
        _position = end < 0 ? _end : _position + end;
        if (end < 0 && !_contentEnded)
        {
            return JsonStep.NeedMore;
        }

        _inLongLine = false;
        return MoveToLine();
    }

    JsonStep MoveToElement()
    {
        var close = layout.Kind == JsonLayoutKind.Keyed ? (byte)'}' : (byte)']';
        while (_place != Place.Outside)
        {
            if (_place == Place.AfterKey)
            {
                return JsonStep.Record;
            }

            if (!SkipSpace())
            {
                return _contentEnded ? throw Truncated() : JsonStep.NeedMore;
            }

            switch (_buffer![_position], _place)
            {
                case (var b, Place.BeforeFirst or Place.AfterRecord) when b == close:
                    _position++;
                    _place = Place.Outside;
                    break;
                case ((byte)',', Place.AfterRecord):
                    _position++;
                    _place = Place.AfterComma;
                    break;
                case ((byte)']' or (byte)'}' or (byte)',', _):
                    throw Corrupt("A comma without a value before or behind it", _line, ByteOffset);
                case (_, Place.AfterRecord):
                    throw Corrupt($"A comma or {(char)close} is missing between values", _line, ByteOffset);
                case var _ when layout.Kind == JsonLayoutKind.Keyed:
                    if (!TryPassKey())
                    {
                        return _contentEnded ? throw Truncated() : JsonStep.NeedMore;
                    }

                    break;
                default:
                    return JsonStep.Record;
            }
        }

        return PassOutside();
    }

    BadFileException Truncated() => Corrupt(
        "The content ends in the middle of a JSON value: it is truncated, copy or download it again", _line, _bufferOffset
            + _end);

    static BadFileException Corrupt(string what, long line, long offset) =>
        new(RejectCode.CorruptFile, $"{what} (line {line:N0}, byte {offset:N0}).", line, byteOffset: offset);
}
