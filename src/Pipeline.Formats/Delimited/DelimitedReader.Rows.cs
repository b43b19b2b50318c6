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

        if (overflow.TrueForAll(o => o.Length == 0) && !(LastIsEmpty && block.Column(_names.Length - 1)[row].Length > 0))
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
        if (rest.Length > MaxRemarkBytes || !(TableEnd.IsRemark(first) || ends || (apart && first.IndexOf((byte)' ') > 0)))
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
            if (Format.IsFixedWidth ? !TableEnd.IsRemark(text[cutter.Start..cutter.End].Trim((byte)' ')) : cutter.Fields.Count != 1 || (cutter.Fields[0].IsQuoted && !apart && !ends))
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
}
