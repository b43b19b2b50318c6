using System.Text.Json;

namespace Pipeline.Formats.Json;

/// <summary>Members of objects: the keys of records, and what stands beside an array of records.</summary>
sealed partial class JsonCursor
{
    /// <summary>Passes <c>"key":</c> and the space behind it. False, with nothing passed, when the window ends first.</summary>
    bool TryPassKey()
    {
        var rest = _buffer.AsSpan(_position, _end - _position);
        var reader = JsonRecordReader.NewReader(rest, isFinal: false, options);
        try
        {
            if (!reader.Read())
            {
                return false;
            }
        }
        catch (JsonException e)
        {
            throw Corrupt(e);
        }

        var at = (int)reader.BytesConsumed;
        var colon = rest[at..].IndexOfAnyExcept(" \t\r\n"u8);
        if (reader.TokenType != JsonTokenType.String || (colon >= 0 && rest[at + colon] != (byte)':'))
        {
            throw Corrupt("A name in double quotes and a colon are missing before a value", _line, ByteOffset);
        }

        at += colon + 1;
        var value = colon < 0 ? -1 : rest[at..].IndexOfAnyExcept(" \t\r\n"u8);
        if (value < 0)
        {
            return false;
        }

        _key = _key.Length < reader.ValueSpan.Length ? new byte[reader.ValueSpan.Length] : _key;
        KeyIsUnicode = JsonText.TryUnescape(ref reader, _key, out _keyLength);
        _line += rest[..(at + value)].Count((byte)'\n');
        _position += at + value;
        _place = Place.AfterKey;
        return true;
    }

    /// <summary>
    /// Reads what follows behind the array: the other members of the objects around it, their ends, and nothing else.
    /// </summary>
    JsonStep PassOutside()
    {
        while (SkipSpace())
        {
            if (_openObjects == 0)
            {
                throw Corrupt("Something follows behind the end of the JSON value", _line, ByteOffset);
            }

            switch (_buffer![_position])
            {
                case (byte)'}':
                    _position++;
                    _openObjects--;
                    break;
                case (byte)',':
                    try
                    {
                        if (!TryPassMember())
                        {
                            return _contentEnded ? throw Truncated() : JsonStep.NeedMore;
                        }
                    }
                    catch (JsonException e)
                    {
                        throw Corrupt(e);
                    }

                    break;
                default:
                    throw Corrupt("A comma or } is missing", _line, ByteOffset);
            }
        }

        return _openObjects > 0 && _contentEnded ? throw Truncated() : AtEnd();
    }

    /// <summary>
    /// Passes <c>, "key": value</c>. A <c>{</c> put in front makes it an object whose first member the reader can read.
    /// </summary>
    bool TryPassMember()
    {
        // The comma becomes the brace: the byte is behind us either way, and offsets stay true.
        var rest = _buffer.AsSpan(_position, _end - _position);
        rest[0] = (byte)'{';
        try
        {
            var reader = JsonRecordReader.NewReader(rest, isFinal: false, options);
            if (!reader.Read() || !reader.Read())
            {
                return false;
            }

            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                throw Corrupt("A comma without a member behind it", _line, ByteOffset);
            }

            var key = JsonText.ToDisplay(ref reader);
            if (!reader.Read())
            {
                return false;
            }

            if (layout.IsNoBetterThan(key, isOutermost: _openObjects == 1) && JsonLayouts.AreRecords(reader))
            {
                throw JsonLayouts.Undecided([string.Join('.', layout.Path), key], _line, ByteOffset);
            }

            if (!reader.TrySkip())
            {
                return false;
            }

            _outside.Add(key);
            _line += rest[..(int)reader.BytesConsumed].Count((byte)'\n');
            _position += (int)reader.BytesConsumed;
            return true;
        }
        finally
        {
            rest[0] = (byte)',';
        }
    }
}
