using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>What becomes of records that are not like the others.</summary>
sealed partial class DelimitedReader
{
    const int RemarksAreCut = -1;

    /// <summary>Not a byte: nothing is a quote.</summary>
    const int NoQuote = -1;

    /// <summary>Remarks below a table are no longer than this.</summary>
    const int MaxRemarkBytes = 4096;

    void AddFields(FieldBlock block, RecordCutter cutter, int row, ReadOnlySpan<byte> text)
    {
        var fields = cutter.Fields;
        var count = Math.Min(fields.Count, _names.Length);
        for (var i = 0; i < count; i++)
        {
            var field = fields[i];
            var kind = field.IsQuoted ? FieldKind.Quoted : FieldKind.Text;
            block.Column(i)[row] = field.IsEncoded
                ? DecodedField(cutter.Decode(text, field), kind) : new Field(field.Start, field.Length, kind);
        }

        if (fields.Count != _names.Length)
        {
            var overflow = new List<byte[]>();
            for (var i = _names.Length; i < fields.Count; i++)
            {
                overflow.Add(cutter.Decode(text, fields[i]));
            }

            AddRaggedRow(block, row, fields.Count, overflow);
        }
    }

    /// <summary>Keeps a decoded field until <see cref="AppendScratch"/>: the text of the block is being read, and may not move.</summary>
    Field DecodedField(ReadOnlySpan<byte> decoded, FieldKind kind = FieldKind.Quoted)
    {
        if (_scratch.Length - _scratchLength < decoded.Length)
        {
            Array.Resize(ref _scratch, Math.Max(_scratchLength + decoded.Length, Math.Max(1024, _scratch.Length * 2)));
        }

        decoded.CopyTo(_scratch.AsSpan(_scratchLength));
        var field = new Field(_decodedEnd + _scratchLength, decoded.Length, kind);
        _scratchLength += decoded.Length;
        return field;
    }

    void AppendScratch(FieldBlock block)
    {
        if (_scratchLength > 0)
        {
            var text = block.RentText(_decodedEnd + _scratchLength + RecordMasks.StepBytes, _decodedEnd);
            _scratch.AsSpan(0, _scratchLength).CopyTo(text.AsSpan(_decodedEnd));
            _decodedEnd += _scratchLength;
            _scratchLength = 0;
        }
    }

    void AddRaggedRow(FieldBlock block, int row, int fields, List<byte[]> overflow)
    {
        for (var i = fields; i < _names.Length; i++)
        {
            block.Column(i)[row] = new Field(CsvText.GuardBytes, 0, FieldKind.Null);
        }

        if (ShortRecord > 0 && fields >= ShortRecord && fields < _names.Length)
        {
            return;
        }

        if (fields < _names.Length)
        {
            block.Faults.Add(new RowFault(
                row, RejectCode.TooFewFields,
                $"The record has {fields} fields; the file has {_names.Length} columns. Add the missing fields, or quote a "
                    + $"line break inside a field."));
            return;
        }

        if (overflow.TrueForAll(o => o.Length == 0))
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
    /// A quote that is not closed where its field ends swallows what follows. Where that looks like records, the line that the quote opens on
    /// is refused alone and the lines after it are records of their own; else all of it is one refused record. Returns where the next
    /// record may start.
    /// </summary>
    int AddDamaged(FieldBlock block, int row, int start, int end, long line, bool isUnterminated)
    {
        var text = block.Text.AsSpan(0, end);
        var recovers = IsRecoverable(text, start);
        end = recovers ? start + text[start..].IndexOfAny((byte)'\r', (byte)'\n') : end;
        block.Lines[row] = line;
        block.ByteOffsets[row] = _position == NoPosition ? NoPosition : _position + start - CsvText.GuardBytes;
        var cutter = new RecordCutter(Format);
        cutter.Read(text[..end], start);
        var faults = block.Faults.Count;
        AddFields(block, cutter, row, text[..end]);
        block.Faults.RemoveRange(faults, block.Faults.Count - faults);
        var column = Math.Min(cutter.Fields.FindIndex(f => f.IsQuoted && f.Start + f.Length >= end), _names.Length - 1);
        var where = column < 0 ? "" : $" in column \"{_names[column]}\"";
        var overflow = cutter.Fields.Skip(_names.Length).Select(f => cutter.Decode(block.Text, f)).ToList();
        var breaks = CsvText.CountLineBreaks(text[start..end]);
        block.Faults.Add(recovers || isUnterminated
            ? new RowFault(
                row, RejectCode.UnterminatedQuote,
                $"The quote that opens{where} on line {line} is never closed where its field ends. Close it, or double the quotes inside the field.",
                overflow)
            : new RowFault(
                row, RejectCode.StrayQuote,
                $"A quoted field runs over lines {line} to {line + breaks} and text follows its closing quote: a quote is "
                    + "missing or too many. Correct the quotes.",
                overflow));
        return end;
    }

    /// <summary>
    /// Most of the lines behind the first have the fields of a record, with quotes or without regard to them. One column looks like anything.
    /// </summary>
    bool IsRecoverable(ReadOnlySpan<byte> text, int start)
    {
        var firstLine = text[start..].IndexOfAny((byte)'\r', (byte)'\n');
        return firstLine >= 0 && _names.Length > 1
            && (AreRecords(text, start + firstLine, Format) || AreRecords(text, start + firstLine, Format with { Quote = null, Escape = null }));
    }

    bool AreRecords(ReadOnlySpan<byte> text, int from, DelimitedDialect dialect)
    {
        const int Enough = 20;
        var cutter = new RecordCutter(dialect);
        var (lines, records) = (0, 0);
        for (; lines < Enough && cutter.Read(text, from); from = cutter.Next, lines++)
        {
            records += cutter.Fields.Count == _names.Length && cutter.Fault == QuoteFault.None ? 1 : 0;
        }

        return records > 0 && records * 10 >= lines * 6;
    }

    void WarnOfStrayQuotes(long line) => WarnOnce(
        "stray_quote",
        "Quotes stand inside unquoted fields, or text follows a closing quote; they were taken as they are.", line);

    void SkipRepeatedHeader(long line)
    {
        _skippedRecords++;
        WarnOnce("repeated_header", "The header stands in the file more than once; the repetitions were left out.", line);
    }

    void SkipRemarks(int lines, long line)
    {
        _skippedRecords += lines;
        WarnOnce("lines_below_table", $"{lines} lines below the table are not part of it and were left out.", line);
    }

    /// <summary>
    /// Lines from a position to the end of the file when they are remarks rather than records: nothing in them is cut by the delimiter, and
    /// they stand apart, behind the last line of a frame, or read like remarks. 0: they are not. <see cref="RemarksAreCut"/>: the end is not here yet.
    /// </summary>
    int Remarks(ReadOnlySpan<byte> text, int start, bool isLast)
    {
        var rest = text[start..];
        var end = rest.IndexOfAny((byte)'\r', (byte)'\n');
        var first = (end < 0 ? rest : rest[..end]).Trim(" \t"u8);
        var apart = start > 1 && text[start - 1] is (byte)'\r' or (byte)'\n' && EndsWithBlankLine(text[..start]);
        var ends = first.StartsWith("__"u8) || (Format is { IsFramed: true, Comment: not null } && EndsWithFrame(text[..start]));
        if (rest.Length > MaxRemarkBytes || !(IsRemark(first) || ends || (apart && first.IndexOf((byte)' ') > 0)))
        {
            return 0;
        }

        if (!isLast)
        {
            return RemarksAreCut;
        }

        var cutter = new RecordCutter(Format);
        var lines = 0;
        for (var at = start; cutter.Read(text, at); at = cutter.Next)
        {
            if (cutter.Fields.Count != 1 || (cutter.Fields[0].IsQuoted && !apart && !ends))
            {
                return 0;
            }

            lines++;
        }

        return lines;
    }

    /// <summary>Whether the line above is one of those that draw a frame.</summary>
    bool EndsWithFrame(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd("\r\n"u8);
        return text[(text.LastIndexOfAny((byte)'\r', (byte)'\n') + 1)..].StartsWith(System.Text.Encoding.UTF8.GetBytes(Format.Comment!));
    }

    static bool EndsWithBlankLine(ReadOnlySpan<byte> text) =>
        text.EndsWith("\n\n"u8) || text.EndsWith("\r\n\r\n"u8) || text.EndsWith("\r\r"u8);

    static bool IsRemark(ReadOnlySpan<byte> line) =>
        (line is [(byte)'(', .., (byte)')'] && line.IndexOf((byte)' ') > 0)
        || line.StartsWith("--"u8) || line.StartsWith("=="u8) || line.StartsWith("**"u8) || line.StartsWith("# "u8)
        || ((line.IndexOf((byte)' ') > 0 || line.IndexOf((byte)':') > 0) && (StartsWith(line, "total") || StartsWith(line, "source")
            || StartsWith(line, "note") || StartsWith(line, "end of") || StartsWith(line, "generated") || StartsWith(line, "copyright")));

    static bool StartsWith(ReadOnlySpan<byte> line, string word) =>
        line.Length >= word.Length && System.Text.Ascii.EqualsIgnoreCase(line[..word.Length], word);
}
