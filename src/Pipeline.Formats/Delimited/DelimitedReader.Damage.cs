using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>Records whose quotes break the rules: repaired where that is possible in one way only, refused with their lines otherwise.</summary>
sealed partial class DelimitedReader
{
    /// <summary>
    /// A quote that is not closed where its field ends swallows what follows. Where that looks like records, the line that the quote opens on
    /// is repaired or refused alone and the lines after it are records of their own; else all of it is one record, repaired or refused. Returns where
    /// the next record may start.
    /// </summary>
    int AddDamaged(FieldBlock block, int row, int start, int end, long line, bool isUnterminated)
    {
        var text = block.Text.AsSpan(0, end);
        var recovers = IsRecoverable(text, start);
        end = recovers ? start + text[start..].IndexOfAny((byte)'\r', (byte)'\n') : end;
        if ((recovers || !isUnterminated) && TryRepair(block, row, start, end, line, isOfWidth: !recovers))
        {
            return end;
        }

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

    /// <summary>Adds a record as <see cref="QuoteRepair"/> cuts it; false where it does not. Where its number of fields is right, quotes that open fields do.</summary>
    bool TryRepair(FieldBlock block, int row, int start, int end, long line, bool isOfWidth)
    {
        var text = block.Text.AsSpan(0, end);
        if (_names.Length < 2 || QuoteRepair.Cut(text, start, Format, _names.Length, isOfWidth ? QuoteRepair.Opening.IsFault : QuoteRepair.Opening.IsTextWithin) is not { } fields)
        {
            return false;
        }

        block.Lines[row] = line;
        block.ByteOffsets[row] = _position == NoPosition ? NoPosition : _position + start - CsvText.GuardBytes;
        for (var i = 0; i < _names.Length; i++)
        {
            block.Column(i)[row] = fields[i].IsEncoded ? DecodedField(QuoteRepair.Decode(text, fields[i], Format)) : new Field(fields[i].Start, fields[i].Length, FieldKind.Text);
        }

        WarnOfStrayQuotes(line);
        return true;
    }
}
