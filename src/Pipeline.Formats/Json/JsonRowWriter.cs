using System.Text.Json;
using System.Text.Unicode;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Json;

/// <summary>What came of writing a record.</summary>
enum JsonRowOutcome
{
    Written,

    /// <summary>The buffer ends inside the record: nothing is kept, call again with more.</summary>
    Incomplete,

    /// <summary>A key or position that the shape does not know.</summary>
    NewColumn,

    /// <summary>Text that is not Unicode.</summary>
    NotUnicode,

    /// <summary>An object where records are arrays, and the like.</summary>
    OtherKind,
}

/// <summary>
/// Writes JSON records into the columns of a block. The caller makes room in the block's text first: a record never needs more
/// than its own bytes.
/// </summary>
sealed partial class JsonRowWriter(JsonShape shape)
{
    readonly long[] _stamps = new long[shape.Columns.Count];
    long _stamp;
    int _columnsWritten;
    FieldBlock _block = null!;
    Field[][] _columns = [];
    int _text;

    /// <summary>Keys that one record had twice (the last value stands), and the line of the first.</summary>
    public long DuplicateKeys { get; private set; }

    public long? FirstDuplicateLine { get; private set; }

    /// <summary>Bytes of the block's text in use: of each row its whole record.</summary>
    public int TextLength => _text;

    /// <summary>What goes into the first column of the next record, where records have keys. The caller makes room for it, too.</summary>
    public ReadOnlyMemory<byte> Key { get; set; }

    public void Begin(FieldBlock block)
    {
        (_block, _columns, _text) = (block, block.Columns, 0);
        block.HasStrings = true;
    }

    /// <summary>Reads one value and writes it as the next row. The reader must be new, at the start of the value.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public JsonRowOutcome Write(ref Utf8JsonReader reader, long line, long byteOffset)
    {
        var textBefore = _text;
        var duplicatesBefore = DuplicateKeys;
        BeginRow();
        JsonRowOutcome outcome;
        try
        {
            outcome = WriteRecord(ref reader);
        }
        catch (JsonException)
        {
            _text = textBefore;
            DuplicateKeys = duplicatesBefore;
            throw;
        }

        if (outcome == JsonRowOutcome.Written)
        {
            // As much as the other way takes: blocks end where they do, whichever way their records went.
            _text = textBefore + (int)reader.BytesConsumed;
            FirstDuplicateLine ??= DuplicateKeys > 0 ? line : null;
            PutKey();
            EndRow(line, byteOffset);
        }
        else
        {
            _text = textBefore;
            DuplicateKeys = duplicatesBefore;
        }

        return outcome;
    }

    /// <summary>
    /// Writes a row for a record that cannot be taken: its bytes stand in the first column, so that the reject keeps them.
    /// </summary>
    public void WriteFault(ReadOnlySpan<byte> raw, RejectCode code, string message, long line, long byteOffset)
    {
        BeginRow();
        if (_stamps.Length > 0)
        {
            raw = raw[..Math.Min(raw.Length, Field.MaxLength)];
            _block.RentText(_text + raw.Length, _text);
            raw.CopyTo(_block.Text.AsSpan(_text));
            Put(0, raw.Length, FieldKind.Text);
        }

        _block.Faults.Add(new RowFault(_block.RowCount, code, message));
        EndRow(line, byteOffset);
    }

    void PutKey()
    {
        if (shape.IsKeyed)
        {
            // Keys are strings, whatever they were to whoever wrote them: their values tell, as in a text file. An empty one is a value.
            Key.Span.CopyTo(_block.Text.AsSpan(_text));
            Put(0, Key.Length, Key.IsEmpty ? FieldKind.String : FieldKind.Text);
        }
    }

    void BeginRow() => (_stamp, _columnsWritten) = (_stamp + 1, 0);

    void EndRow(long line, long byteOffset)
    {
        var row = _block.RowCount++;
        _block.Lines[row] = line;
        _block.ByteOffsets[row] = byteOffset;
        for (var i = 0; i < _stamps.Length && _columnsWritten < _stamps.Length; i++)
        {
            if (_stamps[i] != _stamp)
            {
                _block.Column(i)[row] = new Field(0, 0, FieldKind.Null);
            }
        }
    }

    JsonRowOutcome WriteRecord(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            return JsonRowOutcome.Incomplete;
        }

        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject when shape.Kind == JsonRecordKind.Object:
                return WriteObject(ref reader, shape.Root);
            case JsonTokenType.StartArray when shape.Kind == JsonRecordKind.Array:
                return WriteArray(ref reader);
            case JsonTokenType.Null:
                return JsonRowOutcome.Written;
            case var _ when shape.Kind == JsonRecordKind.Scalar:
                return WriteValue(ref reader, shape.Root.Children[0].Column);
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                return reader.TrySkip() ? JsonRowOutcome.OtherKind : JsonRowOutcome.Incomplete;
            default:
                return JsonRowOutcome.OtherKind;
        }
    }

    JsonRowOutcome WriteObject(ref Utf8JsonReader reader, JsonNode node)
    {
        var guess = 0;
        var outcome = JsonRowOutcome.Written;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                return outcome;
            }

            var known = TryFindChild(ref reader, node, ref guess, out var child);
            if (!reader.Read())
            {
                return JsonRowOutcome.Incomplete;
            }

            JsonRowOutcome member;
            if (!known || child is null)
            {
                member = reader.TrySkip() ? known ? JsonRowOutcome.NotUnicode : JsonRowOutcome.NewColumn
                    : JsonRowOutcome.Incomplete;
            }
            else
            {
                member = WriteMember(ref reader, child);
            }

            if (member == JsonRowOutcome.Incomplete)
            {
                return member;
            }

            // The whole record is read all the same, so that a syntax error behind is found and the next record starts right.
            if (outcome == JsonRowOutcome.Written || member == JsonRowOutcome.NotUnicode)
            {
                outcome = member;
            }
        }

        return JsonRowOutcome.Incomplete;
    }

    JsonRowOutcome WriteMember(ref Utf8JsonReader reader, JsonNode node)
    {
        if (reader.TokenType == JsonTokenType.StartObject && !node.IsWhole)
        {
            // An empty object is a value only where nothing else was ever seen; elsewhere its columns are null.
            return node.Children.Count > 0 ? WriteObject(ref reader, node)
                : node.Column >= 0 ? WriteLeafObject(ref reader, node)
                : SkipAsNew(ref reader);
        }

        if (node.Column < 0)
        {
            // A place of objects: a null there says that all its columns are null; anything else is a new column.
            return reader.TokenType == JsonTokenType.Null && node.Children.Count > 0 ? JsonRowOutcome.Written
                : SkipAsNew(ref reader);
        }

        // Once only nulls and empty objects were seen here, a value would be one more fact about the place, not a new column.
        return WriteValue(ref reader, node.Column);
    }

    JsonRowOutcome WriteLeafObject(ref Utf8JsonReader reader, JsonNode node)
    {
        var ahead = reader;
        if (!ahead.Read())
        {
            return JsonRowOutcome.Incomplete;
        }

        if (ahead.TokenType != JsonTokenType.EndObject)
        {
            // Its keys decide: new ones are columns, ones that are not Unicode are a fault.
            return WriteObject(ref reader, node);
        }

        return WriteValue(ref reader, node.Column);
    }

    static JsonRowOutcome SkipAsNew(ref Utf8JsonReader reader) => reader.TrySkip() ? JsonRowOutcome.NewColumn
        : JsonRowOutcome.Incomplete;

    JsonRowOutcome WriteArray(ref Utf8JsonReader reader)
    {
        var outcome = JsonRowOutcome.Written;
        for (var i = 0; reader.Read(); i++)
        {
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                return outcome;
            }

            var item = i < shape.Columns.Count ? WriteValue(ref reader, shape.Root.Children[i].Column)
                : reader.TrySkip() ? JsonRowOutcome.NewColumn
                : JsonRowOutcome.Incomplete;
            if (item == JsonRowOutcome.Incomplete)
            {
                return item;
            }

            outcome = outcome == JsonRowOutcome.Written || item == JsonRowOutcome.NotUnicode ? item : outcome;
        }

        return JsonRowOutcome.Incomplete;
    }

    JsonRowOutcome WriteValue(ref Utf8JsonReader reader, int column)
    {
        if (_stamps[column] == _stamp)
        {
            DuplicateKeys++;
        }

        var target = _block.Text.AsSpan(_text);
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                if (!JsonText.TryUnescape(ref reader, target, out var length))
                {
                    return JsonRowOutcome.NotUnicode;
                }

                Put(column, length, FieldKind.String);
                return JsonRowOutcome.Written;
            case JsonTokenType.Number:
                reader.ValueSpan.CopyTo(target);
                Put(column, reader.ValueSpan.Length, FieldKind.Number);
                return JsonRowOutcome.Written;
            case JsonTokenType.True or JsonTokenType.False:
                reader.ValueSpan.CopyTo(target);
                Put(column, reader.ValueSpan.Length, FieldKind.Boolean);
                return JsonRowOutcome.Written;
            case JsonTokenType.Null:
                Put(column, 0, FieldKind.Null);
                return JsonRowOutcome.Written;
            default:
                return WriteNested(ref reader, column);
        }
    }

    /// <summary>Copies a nested value token by token, which leaves out the white space between them.</summary>
    JsonRowOutcome WriteNested(ref Utf8JsonReader reader, int column)
    {
        var target = _block.Text.AsSpan(_text);
        var length = 0;
        var depth = reader.CurrentDepth;
        var unicode = true;
        var comma = false;
        while (true)
        {
            var token = reader.TokenType;
            var raw = reader.ValueSpan;
            var ends = token is JsonTokenType.EndArray or JsonTokenType.EndObject;
            if (comma && !ends)
            {
                target[length++] = (byte)',';
            }

            if (token is JsonTokenType.String or JsonTokenType.PropertyName)
            {
                unicode &= Utf8.IsValid(raw) && !(reader.ValueIsEscaped && JsonText.HasLoneSurrogate(raw));
                target[length++] = (byte)'"';
                raw.CopyTo(target[length..]);
                length += raw.Length;
                target[length++] = (byte)'"';
            }
            else
            {
                raw.CopyTo(target[length..]);
                length += raw.Length;
            }

            if (token == JsonTokenType.PropertyName)
            {
                target[length++] = (byte)':';
            }

            if (ends && reader.CurrentDepth == depth)
            {
                break;
            }

            comma = token is not (JsonTokenType.PropertyName or JsonTokenType.StartArray or JsonTokenType.StartObject);
            if (!reader.Read())
            {
                return JsonRowOutcome.Incomplete;
            }
        }

        Put(column, length, FieldKind.Json);
        return unicode ? JsonRowOutcome.Written : JsonRowOutcome.NotUnicode;
    }

    void Put(int column, int length, FieldKind kind)
    {
        _block.Column(column)[_block.RowCount] = new Field(_text, length, kind);
        _columnsWritten += _stamps[column] == _stamp ? 0 : 1;
        _stamps[column] = _stamp;
        _text += length;
    }

    /// <summary>False when the key is unknown; true with null when it is not Unicode.</summary>
    static bool TryFindChild(ref Utf8JsonReader reader, JsonNode node, ref int guess, out JsonNode? child)
    {
        if (!reader.ValueIsEscaped)
        {
            return node.TryFind(reader.ValueSpan, ref guess, out child) || !Utf8.IsValid(reader.ValueSpan);
        }

        var key = new byte[reader.ValueSpan.Length];
        if (!JsonText.TryUnescape(ref reader, key, out var length))
        {
            child = null;
            return true;
        }

        return node.TryFind(key.AsSpan(0, length), ref guess, out child);
    }
}
