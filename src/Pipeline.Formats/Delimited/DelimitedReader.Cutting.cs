using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CsvHelper;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Steps 2 and 3: ordinary records of plain dialects are cut by <see cref="CutOrdinary"/>, what is special about them by CsvHelper, all other
/// dialects by <see cref="RecordCutter"/>.
/// </summary>
sealed partial class DelimitedReader
{
    /// <summary>Rows below which a run of ordinary records did not pay for its change of hands.</summary>
    const int ShortRun = 32;

    /// <summary>Its bytes in UTF-8.</summary>
    const int ByteOrderMark = 3;

    /// <summary>Cuts a chunk; returns where the first byte that was not used lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    int Cut(FieldBlock block, Chunk chunk)
    {
        _scratchLength = 0;
        _decodedEnd = chunk.End;
        var (consumed, lastStart, lastLine) = Format.IsPlain ? CutPlain(block, chunk) : CutAny(block, chunk);
        AppendScratch(block);
        _line = lastLine + CsvText.CountLineBreaks(block.Text.AsSpan(lastStart, consumed - lastStart));
        if (_position != NoPosition)
        {
            _position += consumed - CsvText.GuardBytes;
        }

        return consumed;
    }

    /// <summary>Returns what was used, and a place in it whose line is known.</summary>
    (int Consumed, int At, long Line) CutPlain(FieldBlock block, Chunk chunk)
    {
        block.Text[0] = (byte)'\n';
        var cutsOrdinary = CutsOrdinaryRecords && _names.Length > 1;
        var special = new Special(0, CsvText.GuardBytes, CsvText.GuardBytes, _line, IsLast: false);
        for (var records = 1; !special.IsLast && special.Consumed < chunk.End;)
        {
            var row = special.Row;
            var run = new Run(RunEnd.Moved, row, special.Consumed, LineAt(block, special));
            while (cutsOrdinary && run.End == RunEnd.Moved)
            {
                run = CutOrdinary(block, chunk.End, run.Row, run.Next, run.Line);
            }

            if (run.End == RunEnd.Full || (run.End == RunEnd.Cut && (run.Next == chunk.End || (run.Row > 0 && !chunk.IsLast))))
            {
                block.RowCount = run.Row;
                return (run.Next, run.Next, run.Line);
            }

            // Where runs are short, more and more records are left to CsvHelper: to start it costs as much as a few records.
            records = run.Row - row < ShortRun ? Math.Min(records * 2, block.MaxRows) : 1;
            special = CutSpecial(block, chunk, run, cutsOrdinary ? records : int.MaxValue);
            AppendScratch(block);
        }

        block.RowCount = special.Row;
        return (special.Consumed, special.At, special.Line);
    }

    static long LineAt(FieldBlock block, Special special) =>
        special.Line + CsvText.CountLineBreaks(block.Text.AsSpan(special.At, special.Consumed - special.At));

    /// <summary>What CsvHelper cut: rows so far, what was used, a place in it whose line is known, and whether the block ends with it.</summary>
    readonly record struct Special(int Row, int Consumed, int At, long Line, bool IsLast);

    /// <summary>
    /// Lets CsvHelper cut some records. Where a run ends there is a line break before it, as there is before a chunk: its text starts with that.
    /// </summary>
    Special CutSpecial(FieldBlock block, Chunk chunk, Run run, int records)
    {
        var (text, end) = (block.Text, chunk.End);
        var (_, row, consumed, firstLine) = run;
        var guard = consumed - CsvText.GuardBytes;
        var (lastStart, lastLine) = (consumed, firstLine);
        _csvOptions ??= CsvText.Options(Format, m => _malformed ??= m.Reason);
        using var reader = CsvReader.Create(text.AsMemory(guard, end - guard), _csvOptions);
        for (; row < block.MaxRows; records--)
        {
            if (records == 0)
            {
                return new(row, consumed, lastStart, lastLine, IsLast: false);
            }

            _malformed = null;
            if (!reader.Read())
            {
                // Only blank lines are left; a CR at the end may be half of a CR LF.
                consumed = BlankEnd(text, consumed, end, chunk.IsLast);
                break;
            }

            var start = guard + (int)reader.ByteOffset;
            var recordEnd = start + reader.RawRecord.Length;
            var line = firstLine + reader.LineNumber - 2; // The guard is line 1.
            var isCut = recordEnd >= end || (recordEnd + 1 == end && text[recordEnd] == (byte)'\r');
            if (isCut && !chunk.IsLast && !(chunk.IsLongest && row == 0 && IsRecoverable(text.AsSpan(0, end), start)))
            {
                break;
            }

            if (_malformed == CsvMalformedReason.UnterminatedQuote || (_malformed == CsvMalformedReason.TextAfterClosingQuote
                && reader.RawRecord.IndexOfAny((byte)'\r', (byte)'\n') >= 0))
            {
                var damaged = AddDamaged(block, row++, start, recordEnd, line, _malformed == CsvMalformedReason.UnterminatedQuote);
                consumed = damaged + CsvText.LineBreakLength(text.AsSpan(0, end), damaged);
                (lastStart, lastLine) = (start, line);
                break;
            }

            if (reader.FieldCount == 1 && _names.Length > 1)
            {
                if (reader.RawRecord.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0)
                {
                    consumed = recordEnd + CsvText.LineBreakLength(text.AsSpan(0, end), recordEnd);
                    (lastStart, lastLine) = (start, line);
                    continue; // A line of blanks is no record.
                }

                var remarks = Remarks(text.AsSpan(0, end), start, chunk.IsLast);
                if (remarks == RemarksAreCut)
                {
                    break;
                }

                if (remarks > 0)
                {
                    SkipRemarks(remarks, line);
                    consumed = end;
                    (lastStart, lastLine) = (start, line);
                    break;
                }
            }

            consumed = recordEnd + CsvText.LineBreakLength(text.AsSpan(0, end), recordEnd);
            (lastStart, lastLine) = (start, line);
            if ((uint)(reader.RawRecord.Length - HeaderLine.Length) <= ByteOrderMark && IsHeader(reader.RawRecord))
            {
                SkipRepeatedHeader(line);
                continue;
            }

            if (_malformed == CsvMalformedReason.TextAfterClosingQuote && TryRepair(block, row, start, recordEnd, line, isOfWidth: reader.FieldCount == _names.Length))
            {
                row++;
                continue;
            }

            block.Lines[row] = line;
            block.ByteOffsets[row] = _position == NoPosition ? NoPosition : _position + start - CsvText.GuardBytes;
            AddRow(block, reader, row, end);
            if (_malformed is not null)
            {
                WarnOfStrayQuotes(line);
            }

            row++;
        }

        return new(row, consumed, lastStart, lastLine, IsLast: true);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddRow(FieldBlock block, CsvReader reader, int row, int end)
    {
        ref var text = ref MemoryMarshal.GetArrayDataReference(block.Text);
        var fields = reader.FieldCount;
        var columns = _names.Length;
        var count = Math.Min(fields, columns);
        var quote = Format.Quote ?? NoQuote;
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
            block.Column(i)[row] = raw[0] == quote
                ? QuotedField(reader, i, raw, offset) : new Field(offset, raw.Length, FieldKind.Text);
        }

        if (fields != columns)
        {
            var overflow = new List<byte[]>();
            for (var i = columns; i < fields; i++)
            {
                overflow.Add(reader.GetSpan(i).ToArray());
            }

            AddRaggedRow(block, row, fields, overflow);
        }
    }

    Field QuotedField(CsvReader reader, int index, ReadOnlySpan<byte> raw, int offset)
    {
        var quote = (byte)Format.Quote!.Value;
        return raw.Length > 1 && raw[^1] == quote && raw[1..^1].IndexOf(quote) < 0
            ? new Field(offset + 1, raw.Length - 2, FieldKind.Quoted)
            : DecodedField(reader.GetSpan(index));
    }

    (int Consumed, int At, long Line) CutAny(FieldBlock block, Chunk chunk)
    {
        var text = block.Text.AsSpan(0, chunk.End);
        var cutter = _cutter ??= new RecordCutter(Format);
        var row = 0;
        var consumed = CsvText.GuardBytes;
        var (lastStart, lastLine) = (consumed, _line);
        while (row < block.MaxRows)
        {
            if (!cutter.Read(text, consumed))
            {
                consumed = BlankEnd(block.Text, consumed, chunk.End, chunk.IsLast);
                break;
            }

            var isCut = cutter.Next >= text.Length && (cutter.Next == cutter.End || text[^1] == (byte)'\r');
            if (isCut && !chunk.IsLast && !(chunk.IsLongest && row == 0 && IsRecoverable(text, cutter.Start)))
            {
                break;
            }

            var line = lastLine + CsvText.CountLineBreaks(text[lastStart..cutter.Start]);
            var record = text[cutter.Start..cutter.End];
            (lastStart, lastLine) = (cutter.Start, line);
            if (cutter.Fault == QuoteFault.Unterminated || (cutter.Fault == QuoteFault.TextAfterClosingQuote
                && record.IndexOfAny((byte)'\r', (byte)'\n') >= 0))
            {
                var damaged = AddDamaged(block, row++, cutter.Start, cutter.End, line, cutter.Fault == QuoteFault.Unterminated);
                consumed = damaged + CsvText.LineBreakLength(text, damaged);
                break;
            }

            if (record.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0 && _names.Length > 1)
            {
                consumed = cutter.Next;
                continue;
            }

            var isComment = cutter.IsComment(text) && (_names.Length == 1 || !HasFieldsOfRecord(cutter));
            var remarks = !isComment && _names.Length > 1 && (cutter.Fields.Count == 1 || Format.IsFixedWidth) ? Remarks(text, cutter.Start, chunk.IsLast) : 0;
            if (remarks == RemarksAreCut)
            {
                break;
            }

            consumed = remarks > 0 ? text.Length : cutter.Next;
            if (remarks > 0)
            {
                SkipRemarks(remarks, line);
            }
            else if (isComment)
            {
                _skippedRecords++;
                WarnOnce("comment_lines", $"Lines that start with {Format.Comment} were taken as comments and left out.", line);
            }
            else if (IsHeader(record))
            {
                SkipRepeatedHeader(line);
            }
            else if (cutter.Fault != QuoteFault.TextAfterClosingQuote
                || !TryRepair(block, row, cutter.Start, cutter.End, line, isOfWidth: cutter.Fields.Count == _names.Length))
            {
                AddRow(block, cutter, row++, line);
            }
            else
            {
                row++;
            }
        }

        block.RowCount = row;
        return (consumed, lastStart, lastLine);
    }

    /// <summary>As many fields as there are columns, and no more but an empty one behind a delimiter at the end.</summary>
    bool HasFieldsOfRecord(RecordCutter cutter) =>
        cutter.Fields.Count == _names.Length || (cutter.Fields.Count == _names.Length + 1 && cutter.Fields[^1].Length == 0);

    void AddRow(FieldBlock block, RecordCutter cutter, int row, long line)
    {
        block.Lines[row] = line;
        block.ByteOffsets[row] = _position == NoPosition ? NoPosition : _position + cutter.Start - CsvText.GuardBytes;
        AddFields(block, cutter, row, block.Text.AsSpan());
        if (cutter.Fault != QuoteFault.None)
        {
            WarnOfStrayQuotes(line);
        }
    }
}
