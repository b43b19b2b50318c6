using System.Text.Json;
using System.Text.Unicode;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>
/// Arrays: their elements become the fields of a block of its own, which the typer of the element type takes like any other. A null in place of
/// an array is an empty array, counted; an inferred column that has both widens (see <see cref="ArrayInference"/>). Elements of plain arrays (strings
/// without escapes, or numbers) are places in the text of the rows' own block; from the first other array of a block on, elements are copied.
/// </summary>
sealed class ArrayColumnTyper(ColumnPlan plan, int index, ColumnTyper elementTyper) : ColumnTyper(plan, index)
{
#if DEBUG
    const int ChunkElements = 4;
#else
    const int ChunkElements = 4096;
#endif

    readonly BlockErrors _elementErrors = new();
    readonly int[] _rows = new int[ChunkElements];
    FieldBlock? _chunk;
    byte[] _text = [];
    int _used;
    bool _isPlain;
    long _nullArrays;
    long _firstNullLine;

    public override FormatWarning? Warning => _nullArrays == 0 ? null : new FormatWarning(
        "null_array", $"Column \"{Plan.Name}\": {_nullArrays:N0} records have no array; an empty one stands for it.", _firstNullLine);

    public override void Join(ColumnTyper other)
    {
        var (nulls, line) = (((ArrayColumnTyper)other)._nullArrays, ((ArrayColumnTyper)other)._firstNullLine);
        _firstNullLine = _nullArrays == 0 || (nulls > 0 && line < _firstNullLine) ? line : _firstNullLine;
        _nullArrays += nulls;
    }

    public override void Append(FieldBlock block, Column column, BlockErrors errors)
    {
        var arrays = (ArrayColumn)column;
        var end = (ulong)arrays.Elements.Count;
        _chunk ??= new FieldBlock(1, ChunkElements);
        _isPlain = true;
        StartChunk();
        for (var row = 0; row < block.RowCount; row++)
        {
            var field = block.Column(Plan.SourceIndex)[row];
            if (!errors.IsRejected(row))
            {
                var isNull = field.Kind == FieldKind.Null || field.Length == 0;
                if (isNull ? !TakeNull(block, row, errors) : !TryAppend(block, row, arrays, errors, ref end))
                {
                    return;
                }
            }

            arrays.Ends.Append(end);
        }

        Flush(block, arrays, errors);
    }

    bool TakeNull(FieldBlock block, int row, BlockErrors errors)
    {
        if (Plan.Inferred && !Plan.Form.HasNullArrays)
        {
            return Missing(block, row, errors);
        }

        _firstNullLine = _nullArrays++ == 0 ? block.Lines[row] : _firstNullLine;
        return true;
    }

    /// <summary>Takes the elements of one row. False when the column widens.</summary>
    bool TryAppend(FieldBlock block, int row, ArrayColumn arrays, BlockErrors errors, ref ulong end)
    {
        var field = block.Column(Plan.SourceIndex)[row];
        var before = end;
        var code = RejectCode.None;
        if (_isPlain)
        {
            if (!HasRoomFor(field) && !Flush(block, arrays, errors))
            {
                return false;
            }

            if (TryPutPlain(block, field, row, ref end))
            {
                return end != before || IsEmptyTaken(block, row, errors);
            }

            if (!Flush(block, arrays, errors))
            {
                return false;
            }

            _isPlain = false;
        }

        try
        {
            var array = new ArrayText(block.Bytes(field), field.Kind);
            code = array.IsArray && (field.Kind == FieldKind.Json || !Plan.Inferred) ? RejectCode.None : RejectCode.NotAnArray;
            while (code == RejectCode.None && array.MoveNext())
            {
                if (Plan.Inferred && array.Kind != FieldKind.Null && array.Kind != Plan.Form.ElementKind)
                {
                    return Misfit(block, row, RejectCode.NotAnArray, errors);
                }

                if (_chunk!.RowCount == ChunkElements && !Flush(block, arrays, errors))
                {
                    return false;
                }

                code = Put(ref array, field.Length, block.Lines[row], row);
                end += code == RejectCode.None ? 1UL : 0;
            }
        }
        catch (JsonException)
        {
            code = RejectCode.NotAnArray;
        }

        return code == RejectCode.None ? end != before || IsEmptyTaken(block, row, errors) : Misfit(block, row, code, errors);
    }

    bool IsEmptyTaken(FieldBlock block, int row, BlockErrors errors)
    {
        if (Plan is { Inferred: true, Form.HasNullArrays: true })
        {
            errors.Widen(this, block, row, $"line {block.Lines[row]} is an empty array and others are missing");
            return false;
        }

        return true;
    }

    // An element and what separates it from the next are two bytes at least.
    bool HasRoomFor(Field field) => _chunk!.RowCount + (field.Length / 2) + 1 <= ChunkElements;

    /// <summary>Takes the elements of a plain array. False, with nothing changed, for any other.</summary>
    bool TryPutPlain(FieldBlock block, Field field, int row, ref ulong end)
    {
        var text = block.Bytes(field);
        if (field.Kind != FieldKind.Json || text[0] != (byte)'[' || !HasRoomFor(field) || text.Contains((byte)'\\') || !Utf8.IsValid(text))
        {
            return false;
        }

        var chunk = _chunk!;
        var fields = chunk.Column(0);
        var (count, line) = (chunk.RowCount, block.Lines[row]);
        for (var at = 1; text[at] != (byte)']';)
        {
            var isText = text[at] == (byte)'"';
            var kind = isText ? FieldKind.String : FieldKind.Number;
            if ((!isText && text[at] is not ((byte)'-' or (>= (byte)'0' and <= (byte)'9'))) || (Plan.Inferred && kind != Plan.Form.ElementKind))
            {
                return false;
            }

            // JSON by the reader that gave it: what is looked for is there. Space between tokens makes the array no plain one.
            at += isText ? 1 : 0;
            var length = isText ? text[at..].IndexOf((byte)'"') : text[at..].IndexOfAny(ArrayText.EndsOfScalars);
            fields[count] = new Field(field.Offset + at, length, kind);
            chunk.Lines[count] = line;
            _rows[count++] = row;
            at += length + (isText ? 1 : 0);
            at += text[at] == (byte)',' ? 1 : 0;
        }

        end += (uint)(count - chunk.RowCount);
        chunk.RowCount = count;
        return true;
    }

    /// <summary>The current element becomes the next field of the chunk.</summary>
    RejectCode Put(ref ArrayText array, int room, long line, int row)
    {
        if (_text.Length < _used + room)
        {
            Array.Resize(ref _text, Math.Max(_used + room, _text.Length * 2));
        }

        if (!array.TryCopy(_text.AsSpan(_used), out var length))
        {
            return RejectCode.InvalidUtf8;
        }

        var chunk = _chunk!;
        chunk.Column(0)[chunk.RowCount] = new Field(_used, length, array.Kind);
        chunk.Lines[chunk.RowCount] = line;
        _rows[chunk.RowCount++] = row;
        _used += length;
        return RejectCode.None;
    }

    /// <summary>Types what is in the chunk. False when the column widens.</summary>
    bool Flush(FieldBlock block, ArrayColumn arrays, BlockErrors errors)
    {
        var chunk = _chunk!;
        chunk.Text = _isPlain ? block.Text : _text;
        chunk.HasStrings = true;
        _elementErrors.Reset(chunk);
        elementTyper.Append(chunk, arrays.Elements, _elementErrors);
        if (_elementErrors.Mismatch is { } mismatch)
        {
            errors.Widen(this, block, _rows[mismatch.Record], mismatch.Evidence);
            return false;
        }

        foreach (var fault in _elementErrors.Faults)
        {
            errors.Reject(_rows[fault.Row], Plan.Name, fault.Code, fault.Message);
        }

        StartChunk();
        return true;
    }

    void StartChunk()
    {
        _chunk!.Reset(firstRecord: 0);
        _used = 0;
    }
}
