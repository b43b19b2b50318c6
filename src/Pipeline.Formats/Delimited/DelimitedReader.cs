using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using CsvHelper;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Cuts delimited text into blocks. Each block gets a chunk of the file in its own buffer: 1. take bytes (what the last block
/// gave back
/// first), 2. let CsvHelper cut them in place, 3. keep the records that are whole, 4. give the rest back to the source.
/// A record is whole when its line break lies inside the chunk, or the file ends with it. Fields point into the chunk; those with
/// doubled
/// quotes are decoded behind it. The size of a chunk depends on the rows before it only, so blocks are the same however reads are
/// cut.
/// </summary>
sealed class DelimitedReader : RecordReader
{
    /// <summary>Byte offsets of a transcoded file would be those of its UTF-8 form: they are not given.</summary>
    public const long NoPosition = -1;

    /// <summary>
    /// Room behind the chunk for decoded fields; enough for all but heavily quoted files, which grow the buffer.
    /// </summary>
    const int ScratchBytes = 4096;

    readonly DelimitedSource _source;
    readonly FormatOptions _options;
    readonly string[] _names;
    readonly List<FormatWarning> _warnings = [];

    // Where the next chunk starts in the file.
    long _record = 1;
    long _line = 1;
    long _position;

    // The chunk being cut.
    CsvReaderOptions? _csvOptions;
    CsvMalformedReason? _malformed;
    byte[] _scratch = [];
    int _scratchLength;
    int _chunkBytes;

    public DelimitedReader(DelimitedSource source, IReadOnlyList<string> names, FormatOptions options)
    {
        _source = source;
        _options = options;
        _names = [.. names];
        _chunkBytes = options.BlockBytes;
    }

    public override IReadOnlyList<string> ColumnNames => _names;

    public override Dialect Dialect => new(Delimiter.ToString(), "\"", "\"", HasHeader, SkipLines, LineEnding);

    public override string Encoding => _source.EncodingName;

    public override IReadOnlyList<FormatWarning> Warnings => _warnings;

    public required char Delimiter { get; init; }

    public required bool HasHeader { get; init; }

    public required int SkipLines { get; init; }

    public required string LineEnding { get; init; }

    public required long FirstLine
    {
        init => _line = value;
    }

    public required long FirstByte
    {
        init => _position = value;
    }

    public required IReadOnlyList<FormatWarning> OpeningWarnings
    {
        init => _warnings.AddRange(value);
    }

    public override async ValueTask<bool> ReadAsync(FieldBlock block, CancellationToken cancellationToken)
    {
        if (block.ColumnCount != _names.Length)
        {
            throw new ArgumentException(
                $"The block has {block.ColumnCount} columns; the file has {_names.Length}.", nameof(block));
        }

        block.Reset(_record);
        var bytes = _chunkBytes;
        while (_names.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var text = block.RentText(CsvText.GuardBytes + bytes + ScratchBytes);
            int length;
            try
            {
                length = await _source.TakeAsync(text.AsMemory(CsvText.GuardBytes, bytes), cancellationToken);
            }
            catch (DecoderFallbackException e)
            {
                throw NotInEncoding(_source.EncodingName, e);
            }

            if (length == 0)
            {
                break;
            }

            var consumed = Cut(block, CsvText.GuardBytes + length, _source.Ended) - CsvText.GuardBytes;
            Debug.Assert(consumed >= 0 && consumed <= length, $"consumed {consumed} of {length}");
            _source.GiveBack(block.Text.AsSpan(CsvText.GuardBytes + consumed, length - consumed));
            if (block.RowCount > 0)
            {
                FinishBlock(block, consumed);
                return true;
            }

            if (consumed == 0)
            {
                bytes = Grow(bytes);
            }
        }

        return false;
    }

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    public static BadFileException NotInEncoding(string encoding, DecoderFallbackException e) => new(
        RejectCode.CorruptFile,
        $"The file starts with the byte order mark of {encoding}, but holds bytes that are not {encoding} ({e.Message}). "
            + $"Export it again, as UTF-8 if possible.");

    /// <summary>Cuts the chunk <c>text[GuardBytes..end]</c>; returns where the first byte that was not used lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    int Cut(FieldBlock block, int end, bool isLast)
    {
        var text = block.Text;
        text[0] = (byte)'\n';
        _csvOptions ??= CsvText.Options(Delimiter, m => _malformed ??= m.Reason);
        _scratchLength = 0;
        _malformed = null;
        var row = 0;
        var consumed = CsvText.GuardBytes;
        var lastStart = consumed;
        var lastLine = _line;
        using var reader = CsvReader.Create(text.AsMemory(0, end), _csvOptions);
        while (row < block.MaxRows)
        {
            _malformed = null;
            if (!reader.Read())
            {
                // Only blank lines are left; a CR at the end may be half of a CR LF.
                consumed = BlankEnd(text, consumed, end, isLast);
                break;
            }

            var start = (int)reader.ByteOffset;
            var recordEnd = start + reader.RawRecord.Length;
            var line = _line + reader.LineNumber - 2; // The guard is line 1.
            if (recordEnd >= end || (recordEnd + 1 == end && text[recordEnd] == (byte)'\r'))
            {
                if (!isLast)
                {
                    break;
                }

                if (_malformed == CsvMalformedReason.UnterminatedQuote && recordEnd >= end)
                {
                    if (row == 0)
                    {
                        throw Unterminated(text, reader, start, line);
                    }

                    break;
                }
            }

            consumed = recordEnd + CsvText.LineBreakLength(text.AsSpan(0, end), recordEnd);
            lastStart = start;
            lastLine = line;
            if (reader.FieldCount == 1 && _names.Length > 1 && reader.RawRecord.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0)
            {
                continue; // A line of blanks is no record.
            }

            block.Lines[row] = line;
            block.ByteOffsets[row] = _position == NoPosition ? NoPosition : _position + start - CsvText.GuardBytes;
            AddRow(block, reader, row, end);
            if (_malformed is { } reason)
            {
                NoteMalformed(block, row, reason, line, reader.RawRecord);
            }

            row++;
        }

        block.RowCount = row;
        AppendScratch(block, end);
        _line = lastLine + CsvText.CountLineBreaks(text.AsSpan(lastStart, consumed - lastStart));
        if (_position != NoPosition)
        {
            _position += consumed - CsvText.GuardBytes;
        }

        return consumed;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddRow(FieldBlock block, CsvReader reader, int row, int end)
    {
        ref var text = ref MemoryMarshal.GetArrayDataReference(block.Text);
        var fields = reader.FieldCount;
        var columns = _names.Length;
        var count = Math.Min(fields, columns);
        for (var i = 0; i < count; i++)
        {
            var raw = reader.GetRawSpan(i);
            if (raw.Length == 0)
            {
                block.Column(i)[row] = new Field(CsvText.GuardBytes, 0, FieldKind.Text);
                continue;
            }

            // The text is an array, so its spans lie inside it.
            var offset = (int)Unsafe.ByteOffset(ref text, ref MemoryMarshal.GetReference(raw));
            Debug.Assert((uint)offset < (uint)end, $"a field at {offset} of {end}");
            block.Column(i)[row] = raw[0] == (byte)'"'
                ? QuotedField(reader, i, raw, offset, end) : new Field(offset, raw.Length, FieldKind.Text);
        }

        if (fields != columns)
        {
            AddRaggedRow(block, reader, row);
        }
    }

    Field QuotedField(CsvReader reader, int index, ReadOnlySpan<byte> raw, int offset, int end)
    {
        if (raw.Length > 1 && raw[^1] == (byte)'"' && raw[1..^1].IndexOf((byte)'"') < 0)
        {
            return new Field(offset + 1, raw.Length - 2, FieldKind.Quoted);
        }

        var decoded = reader.GetSpan(index);
        if (_scratch.Length - _scratchLength < decoded.Length)
        {
            Array.Resize(ref _scratch, Math.Max(_scratchLength + decoded.Length, Math.Max(1024, _scratch.Length * 2)));
        }

        decoded.CopyTo(_scratch.AsSpan(_scratchLength));
        var field = new Field(end + _scratchLength, decoded.Length, FieldKind.Quoted);
        _scratchLength += decoded.Length;
        return field;
    }

    void AddRaggedRow(FieldBlock block, CsvReader reader, int row)
    {
        var fields = reader.FieldCount;
        for (var i = fields; i < _names.Length; i++)
        {
            block.Column(i)[row] = new Field(CsvText.GuardBytes, 0, FieldKind.Null);
        }

        if (fields < _names.Length)
        {
            block.Faults.Add(new RowFault(
                row, RejectCode.TooFewFields,
                $"The record has {fields} fields; the file has {_names.Length} columns. Add the missing fields, or quote a "
                    + $"line break inside a field."));
            return;
        }

        var overflow = new List<byte[]>();
        var empty = true;
        for (var i = _names.Length; i < fields; i++)
        {
            overflow.Add(reader.GetSpan(i).ToArray());
            empty &= overflow[^1].Length == 0;
        }

        if (empty)
        {
            WarnOnce(
                "trailing_delimiter",
                "Records end with delimiters beyond the last column; nothing stands behind them and they were left out.",
                block.Lines[row]);
            return;
        }

        block.Faults.Add(new RowFault(
            row, RejectCode.TooManyFields,
            $"The record has {fields} fields; the file has {_names.Length} columns. Quote fields that hold the delimiter.",
                overflow));
    }

    /// <summary>
    /// Quotes that break RFC 4180 are kept as text; over several lines they have most likely swallowed other records.
    /// </summary>
    void NoteMalformed(FieldBlock block, int row, CsvMalformedReason reason, long line, ReadOnlySpan<byte> raw)
    {
        var breaks = CsvText.CountLineBreaks(raw);
        if (breaks == 0)
        {
            WarnOnce(
                "stray_quote",
                "Quotes stand inside unquoted fields, or text follows a closing quote; they were taken as they are.", line);
        }
        else if (reason == CsvMalformedReason.TextAfterClosingQuote && (block.Faults.Count == 0 || block.Faults[^1].Row != row))
        {
            block.Faults.Add(new RowFault(
                row, RejectCode.StrayQuote,
                $"A quoted field runs over lines {line} to {line + breaks} and text follows its closing quote: a quote is "
                    + $"missing or too many. Correct the quotes."));
        }
    }

    void AppendScratch(FieldBlock block, int end)
    {
        if (_scratchLength > 0)
        {
            var text = block.RentText(end + _scratchLength, end);
            _scratch.AsSpan(0, _scratchLength).CopyTo(text.AsSpan(end));
        }
    }

    /// <summary>Checks the bytes of the rows, and plans the size of the next chunk.</summary>
    void FinishBlock(FieldBlock block, int consumed)
    {
        var bytes = block.Text.AsSpan(CsvText.GuardBytes, consumed);
        if (!Utf8.IsValid(bytes))
        {
            Utf8Check.AddFaults(block, _names);
        }

        if (bytes.IndexOf((byte)0) >= 0)
        {
            NoteNul(block);
        }

        _record += block.RowCount;

        // Take about as much as fills the next block, so that little is given back; at least a sixteenth for files that change.
        var wanted = ((long)consumed * block.MaxRows * 9 / 8 / block.RowCount) + 256;
        _chunkBytes =
            (int)Math.Clamp(wanted, Math.Min(_options.BlockBytes, Math.Max(64, _options.BlockBytes / 16)), _options.BlockBytes);
    }

    void NoteNul(FieldBlock block)
    {
        for (var row = 0; row < block.RowCount; row++)
        {
            for (var column = 0; column < block.ColumnCount; column++)
            {
                if (block.Bytes(block.Column(column)[row]).IndexOf((byte)0) >= 0)
                {
                    WarnOnce(
                        "nul_byte", $"Column \"{_names[column]}\" holds NUL bytes; the file may be damaged. They were kept.",
                        block.Lines[row]);
                    return;
                }
            }
        }
    }

    int Grow(int bytes)
    {
        // A whole record never needs more than its limit and a line break.
        var limit = _options.Limits.MaxRecordBytes + 2;
        if (bytes >= limit)
        {
            throw new BadFileException(
                RejectCode.RecordTooLong,
                $"The record on line {_line} is longer than {_options.Limits.MaxRecordBytes} bytes. Most likely a quote was "
                    + $"opened and never closed; "
                + "correct it, or raise limits.max_record_bytes.",
                _line,
                byteOffset: _position == NoPosition ? null : _position);
        }

        return (int)Math.Min(limit, bytes * 2L);
    }

    BadFileException Unterminated(byte[] text, CsvReader reader, int start, long line)
    {
        var column = reader.FieldCount - 1;
        var raw = reader.GetRawSpan(column);
        var opened = (int)Unsafe.ByteOffset(ref MemoryMarshal.GetArrayDataReference(text), ref MemoryMarshal.GetReference(raw));
        var openedLine = line + CsvText.CountLineBreaks(text.AsSpan(start, opened - start));
        return new BadFileException(
            RejectCode.UnterminatedQuote,
            $"The quote that opens on line {openedLine} is never closed. Close it, or double the quotes inside the field.",
            openedLine,
            column < _names.Length ? _names[column] : null,
            _position == NoPosition ? null : _position + opened - CsvText.GuardBytes);
    }

    void WarnOnce(string code, string message, long line)
    {
        if (!_warnings.Exists(w => w.Code == code))
        {
            _warnings.Add(new FormatWarning(code, message, line));
        }
    }

    static int BlankEnd(byte[] text, int from, int end, bool isLast) =>
        !isLast && end > from && text[end - 1] == (byte)'\r' ? end - 1 : end;
}
