using System.Text.Json;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Json;

/// <summary>
/// Reads records of JSON one after the other in constant memory: a window of the content (grown only for a record that does not
/// fit) and
/// the columns. The columns come from the head; when a record further on has one more, the rest of the content is read for its
/// columns
/// and <see cref="ColumnsGrewException"/> says so.
/// </summary>
sealed class JsonRecordReader : RecordReader
{
    readonly JsonCursor _cursor;
    readonly JsonShape _shape;
    readonly JsonRowWriter _writer;
    readonly FormatOptions _options;
    readonly IReadOnlyList<string> _names;
    long _nextRecord = 1;
    int _headerPending;

    JsonRecordReader(JsonCursor cursor, JsonShape shape, string encoding, FormatOptions options)
    {
        _cursor = cursor;
        _shape = shape;
        _options = options;
        Encoding = encoding;
        _writer = new JsonRowWriter(shape);
        _names = shape.Names;
        _headerPending = shape.HeaderRecords;
    }

    /// <summary>Whether ordinary records go the fast way; tests switch it off to compare.</summary>
    internal bool ReadsOrdinaryRecords { get; set; } = true;

    /// <summary>Records that went it.</summary>
    internal long OrdinaryRecords { get; private set; }

    public override IReadOnlyList<string> ColumnNames => _names;

    public override string Encoding { get; }

    public override IReadOnlyList<FormatWarning> Warnings => [.. CountedWarnings()];

    /// <summary>
    /// Learns the columns of what the cursor holds (or takes those of an earlier reader) and opens the records. Takes over the
    /// cursor.
    /// </summary>
    /// <exception cref="BadFileException">There are no columns, or too many.</exception>
    public static JsonRecordReader Open(JsonCursor cursor, JsonLayout layout, string encoding, FormatOptions options)
    {
        try
        {
            var shape = options.Learned as JsonShape ?? Learn(cursor, layout, options);
            return new JsonRecordReader(cursor, shape, encoding, options);
        }
        catch
        {
            cursor.Dispose();
            throw;
        }
    }

    public static Utf8JsonReader NewReader(ReadOnlySpan<byte> data, bool isFinal, FormatOptions options) => new(
        data, isFinal, new JsonReaderState(new JsonReaderOptions
        {
            MaxDepth = options.Limits.MaxNestingDepth,
            AllowMultipleValues = true
        }));

    public override async ValueTask<bool> ReadAsync(FieldBlock block, CancellationToken cancellationToken)
    {
        block.Reset(_nextRecord);
        block.RentText(64 << 10);
        _writer.Begin(block);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (FillRows(block))
            {
                case Filled.NeedMore:
                    await _cursor.FillAsync(cancellationToken);
                    break;
                case Filled.NewColumn:
                    await LearnRestAsync(cancellationToken);
                    throw new ColumnsGrewException(_shape);
                default:
                    if (_names.Count == 0 && block.RowCount > 0)
                    {
                        throw new BadFileException(RejectCode.NotATable,
                            "The records are empty: there is no member that could be a column.");
                    }

                    LongFields.AddFaults(block, _names, _writer.TextLength, _options.Limits);
                    _nextRecord += block.RowCount;
                    return block.RowCount > 0;
            }
        }
    }

    public override ValueTask DisposeAsync()
    {
        _cursor.Dispose();
        return ValueTask.CompletedTask;
    }

    enum Filled
    {
        Done,
        NeedMore,
        NewColumn,
    }

    /// <summary>Writes what the window holds: until the block is full, the records end, or more is needed.</summary>
    Filled FillRows(FieldBlock block)
    {
        var most = block.FirstRecord == 1 ? _options.FirstBlockBytes : _options.BlockBytes;
        while (block.RowCount < block.MaxRows && _writer.TextLength < most)
        {
            switch (_cursor.MoveToRecord())
            {
                case JsonStep.End:
                    return Filled.Done;
                case JsonStep.NeedMore:
                    return Filled.NeedMore;
                case JsonStep.LineTooLong:
                    var value = _cursor.DescribeLongValue();
                    _writer.WriteFault(
                        [], value is null ? RejectCode.RecordTooLong : RejectCode.FieldTooLong,
                        value ?? $"The line is longer than the limit of {_options.Limits.MaxRecordBytes:N0} " +
                        "bytes; raise limits.max_record_bytes if that is its true size.", _cursor.Line, _cursor.ByteOffset);
                    continue;
            }

            var record = _cursor.Record;
            _writer.Key = _cursor.Key;
            MakeRoom(block, record.Length + _cursor.Key.Length);
            if (TakeOrdinary(record))
            {
                continue;
            }

            var reader = NewReader(record, _cursor.RecordIsFinal, _options);
            JsonRowOutcome outcome;
            try
            {
                outcome = _headerPending > 0 ? Skip(ref reader, JsonRowOutcome.Written)
                    : !_cursor.KeyIsUnicode ? Skip(ref reader, JsonRowOutcome.NotUnicode)
                    : _writer.Write(ref reader, _cursor.Line, _cursor.ByteOffset);
            }
            catch (JsonException e)
            {
                TakeSyntaxError(e, record);
                continue;
            }

            switch (outcome)
            {
                case JsonRowOutcome.Incomplete:
                    return Filled.NeedMore;
                case JsonRowOutcome.NewColumn:
                    return Filled.NewColumn;
                case JsonRowOutcome.NotUnicode:
                    Fault(record[..(int)reader.BytesConsumed], RejectCode.InvalidUtf8,
                        "The record has text that is not valid Unicode: bytes " +
                        "that are no UTF-8, or half of a surrogate pair.");
                    break;
                case JsonRowOutcome.OtherKind:
                    Fault(record[..(int)reader.BytesConsumed], RejectCode.MalformedRecord,
                        $"The record is not an {(_shape.Kind == JsonRecordKind.Array ? "array" : "object")} as the others are.");
                    break;
            }

            _headerPending = Math.Max(0, _headerPending - 1);
            _cursor.Advance((int)reader.BytesConsumed);
        }

        return Filled.Done;
    }

    /// <summary>True when the record was ordinary: it is written, and passed.</summary>
    bool TakeOrdinary(ReadOnlySpan<byte> record)
    {
        // The window seems to end a little earlier: a record that needs its last bytes is not ordinary.
        var readable = _cursor.Readable;
        var within = Math.Min(record.Length, readable.Length - JsonScanner.Slack);
        if (!ReadsOrdinaryRecords || within <= 0 || _shape.Kind != JsonRecordKind.Object || !_cursor.KeyIsUnicode
            || !_writer.TryWriteOrdinary(readable, within, _cursor.Line, _cursor.ByteOffset, _options.Limits.MaxNestingDepth, out var length))
        {
            return false;
        }

        _cursor.Advance(length);
        OrdinaryRecords++;
        return true;
    }

    static JsonRowOutcome Skip(ref Utf8JsonReader reader, JsonRowOutcome outcome) =>
        reader.Read() && reader.TrySkip() ? outcome : JsonRowOutcome.Incomplete;

    /// <summary>
    /// A bad line costs that line; elsewhere nothing says where the next record would start, so the content is corrupt.
    /// </summary>
    void TakeSyntaxError(JsonException e, ReadOnlySpan<byte> record)
    {
        if (!_cursor.IsLines)
        {
            throw _cursor.Corrupt(e);
        }

        var (line, offset) = _cursor.Locate(e);
        if (JsonFaults.IsTooDeep(e))
        {
            Fault(record, RejectCode.LimitExceeded, _cursor.TooDeep(line));
            _cursor.SkipLine();
            return;
        }

        Fault(record, RejectCode.MalformedRecord,
            $"Line {line:N0} is not valid JSON at byte {offset - _cursor.ByteOffset + 1:N0} of the line{_cursor.HintAt(offset)}.");
        _cursor.SkipLine();
    }

    void Fault(ReadOnlySpan<byte> raw, RejectCode code, string message) =>
        _writer.WriteFault(raw, code, message, _cursor.Line, _cursor.ByteOffset);

    void MakeRoom(FieldBlock block, int bytes)
    {
        var needed = _writer.TextLength + bytes;
        if (block.Text.Length < needed)
        {
            block.RentText(Math.Max(needed, (int)Math.Min(2L * block.Text.Length, int.MaxValue / 2)), _writer.TextLength);
        }
    }

    static JsonShape Learn(JsonCursor cursor, JsonLayout layout, FormatOptions options)
    {
        using var ahead = cursor.Peek();
        var shape = JsonFirstRecord.Shape(ahead, layout, options);
        ObserveAll(ahead, shape, options);
        shape.Freeze();
        return shape;
    }

    async ValueTask LearnRestAsync(CancellationToken cancellationToken)
    {
        while (!ObserveAll(_cursor, _shape, _options))
        {
            await _cursor.FillAsync(cancellationToken);
        }

        _shape.Freeze();
    }

    /// <summary>Observes every record that the window holds. True at the end of the content. Bad records teach nothing.</summary>
    static bool ObserveAll(JsonCursor cursor, JsonShape shape, FormatOptions options)
    {
        while (true)
        {
            switch (cursor.MoveToRecord())
            {
                case JsonStep.End:
                    return true;
                case JsonStep.NeedMore:
                    return false;
                case JsonStep.LineTooLong:
                    continue;
            }

            var reader = NewReader(cursor.Record, cursor.RecordIsFinal, options);
            try
            {
                if (!shape.TryObserve(ref reader))
                {
                    return false;
                }

                cursor.Advance((int)reader.BytesConsumed);
            }
            catch (JsonException) when (cursor.IsLines)
            {
                cursor.SkipLine();
            }
            catch (JsonException e)
            {
                throw cursor.Corrupt(e);
            }
        }
    }

    IEnumerable<FormatWarning> CountedWarnings()
    {
        if (_writer.DuplicateKeys > 0)
        {
            yield return new FormatWarning("duplicate_key",
                $"{_writer.DuplicateKeys:N0} times a record has a key twice; the last value is taken.",
                _writer.FirstDuplicateLine);
        }

        if (_shape.HeaderRecords > 1)
        {
            yield return new FormatWarning("header_types", "The second record holds the types of the columns: it was passed over.", 2);
        }

        if (_shape.IsKeyed)
        {
            yield return new FormatWarning("keys_as_column",
                _shape.Kind == JsonRecordKind.Object
                    ? "The content is one object of objects with the same keys: each is a record, and its own key stands in the first column."
                    : "The content is one object with many values of one kind: each is a record of its key and its value.", null);
        }

        if (_cursor.Outside.Count > 0)
        {
            var names = string.Join(", ", _cursor.Outside.Take(10)) + (_cursor.Outside.Count > 10 ? ", …" : "");
            yield return new FormatWarning("members_outside_records",
                $"The records are the elements of one array; {_cursor.Outside.Count:N0} " +
                $"members beside it are not loaded: {names}.", null);
        }
    }
}
