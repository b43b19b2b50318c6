using System.Text.Json;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Json;

/// <summary>
/// Reads an object of arrays of equal length, or of objects with the keys "0", "1" …, each a column. The whole content is in memory (its limit is
/// <see cref="FormatLimits.MaxRecordBytes"/>), since the first row needs the start of every array. A record's line is its number.
/// </summary>
sealed class JsonColumnsReader : RecordReader
{
    readonly byte[] _content;
    readonly int[] _positions;
    readonly FormatOptions _options;
    readonly List<string> _names = [];
    readonly long _rows;
    readonly bool _hasKeys;
    long _nextRow;

    /// <param name="content">The object; complete and known to be of this form.</param>
    /// <param name="encoding">What it was before it became UTF-8.</param>
    /// <param name="options">Limits.</param>
    public JsonColumnsReader(byte[] content, string encoding, FormatOptions options)
    {
        Encoding = encoding;
        _content = content;
        _options = options;
        var positions = new List<int>();
        var reader = JsonRecordReader.NewReader(content, true, options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            _names.Add(JsonText.ToDisplay(ref reader));
            reader.Read();
            positions.Add((int)reader.BytesConsumed);
            _rows = 0;
            while (reader.Read() && reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject))
            {
                _hasKeys = reader.TokenType == JsonTokenType.PropertyName && reader.Read();
                _rows++;
            }
        }

        _positions = [.. positions];
    }

    public override IReadOnlyList<string> ColumnNames => _names;

    public override string Encoding { get; }

    public override ValueTask<bool> ReadAsync(FieldBlock block, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        block.Reset(_nextRow + 1);
        block.HasStrings = true;

        // Columns are read one after the other, so the rows that fit are counted by their usual length.
        var fitting = (long)_options.BlockBytes * _rows / _content.Length;
        var rows = (int)Math.Min(Math.Clamp(fitting, 1, block.MaxRows), _rows - _nextRow);
        block.RentText(_content.Length);
        var text = 0;
        for (var column = 0; column < _positions.Length; column++)
        {
            for (var row = 0; row < rows; row++)
            {
                block.Column(column)[row] = ReadField(block, column, row, ref text);
            }
        }

        for (var row = 0; row < rows; row++)
        {
            block.Lines[row] = _nextRow + row + 1;
            block.ByteOffsets[row] = -1;
        }

        block.RowCount = rows;
        _nextRow += rows;
        return ValueTask.FromResult(rows > 0);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    Field ReadField(FieldBlock block, int column, int row, ref int text)
    {
        // Elements are scalars, so each is read alone behind the comma before it.
        var at = _positions[column];
        at += _hasKeys ? _content.AsSpan(at).IndexOf((byte)':') + 1 : 0;
        at += _content.AsSpan(at).IndexOfAnyExcept(", \t\r\n"u8);
        var reader = JsonRecordReader.NewReader(_content.AsSpan(at), false, _options);
        reader.Read();
        _positions[column] = at + (int)reader.BytesConsumed;
        var target = block.Text.AsSpan(text);
        var start = text;
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return new Field(start, 0, FieldKind.Null);
            case JsonTokenType.String:
                if (JsonText.TryUnescape(ref reader, target, out var length))
                {
                    text += length;
                    return new Field(start, length, FieldKind.String);
                }

                NotUnicode(block, row);
                return new Field(start, 0, FieldKind.Null);
            default:
                reader.ValueSpan.CopyTo(target);
                text += reader.ValueSpan.Length;
                return new Field(start, reader.ValueSpan.Length, reader.TokenType == JsonTokenType.Number ? FieldKind.Number
                    : FieldKind.Boolean);
        }
    }

    // Columns are read one after the other, so the faults of rows do not come in order.
    static void NotUnicode(FieldBlock block, int row)
    {
        var at = block.Faults.FindIndex(f => f.Row >= row);
        if (at < 0 || block.Faults[at].Row != row)
        {
            block.Faults.Insert(at < 0 ? block.Faults.Count : at,
                new RowFault(row, RejectCode.InvalidUtf8,
                    "The record has text that is not valid Unicode: half of a surrogate pair."));
        }
    }
}
