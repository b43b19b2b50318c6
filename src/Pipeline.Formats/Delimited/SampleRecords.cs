using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>The first records of a file as texts, for detection only.</summary>
static class SampleRecords
{
    /// <summary>
    /// Enough rows to tell a rule from an accident, few enough to try a dozen dialects in some milliseconds.
    /// </summary>
    const int MaxRecords = 500;

    const int MaxBytes = 256 << 10;

    /// <summary>Cuts the head of a file. The last record is left out when the head may have cut it short.</summary>
    public static List<Record> Read(ReadOnlyMemory<byte> head, bool isWhole, DelimitedDialect dialect, int maxRecords = MaxRecords)
    {
        if (head.Length > MaxBytes)
        {
            head = head[..MaxBytes];
            isWhole = false;
        }

        var text = head.Span;
        var cutter = new RecordCutter(dialect);
        var records = new List<Record>();
        for (var at = 0; records.Count < maxRecords && cutter.Read(text, at); at = cutter.Next)
        {
            var fault = cutter.Fault;
            if (fault is QuoteFault.TextAfterClosingQuote || (fault is QuoteFault.Unterminated && isWhole))
            {
                // A quote that swallows lines damages one of them, as it does in reading.
                var line = text[cutter.Start..cutter.End].IndexOfAny((byte)'\r', (byte)'\n');
                if (line > 0)
                {
                    cutter.Read(text[..(cutter.Start + line)], cutter.Start);
                }
            }

            if (dialect.IsLaidOutByBlanks && text[cutter.Start..cutter.End].IndexOfAnyExcept((byte)' ', (byte)'\t') < 0)
            {
                continue;
            }

            var fields = new string[cutter.Fields.Count];
            var quoted = new bool[fields.Length];
            for (var i = 0; i < fields.Length; i++)
            {
                fields[i] = Encoding.UTF8.GetString(cutter.Decode(text, cutter.Fields[i]));
                quoted[i] = cutter.Fields[i].IsQuoted;
            }

            // The mark of a file that was put behind another.
            fields[0] = records.Count > 0 ? fields[0].TrimStart('\uFEFF') : fields[0];

            records.Add(new Record(fields, quoted, cutter.Start, cutter.End, fault, null, records.Count > 0 && CsvText.CountLineBreaks(text[records[^1].End..cutter.Start]) > 1));
        }

        if (!isWhole && records.Count > 1 && records[^1].End >= head.Length)
        {
            records.RemoveAt(records.Count - 1);
        }

        RepairHeader(text, dialect, records);
        return records;
    }

    /// <summary>A quote too many in the first record costs no names, where they are as many as the records have fields.</summary>
    static void RepairHeader(ReadOnlySpan<byte> text, DelimitedDialect dialect, List<Record> records)
    {
        if (records.Count < 2 || records[0].Fault is not (QuoteFault.TextAfterClosingQuote or QuoteFault.Unterminated))
        {
            return;
        }

        var usual = records.Skip(1).GroupBy(r => r.Fields.Length).MaxBy(g => g.Count())!;
        if (usual.Key > 1 && usual.Count() * 10 >= (records.Count - 1) * 9
            && QuoteRepair.Cut(text[..records[0].End], records[0].Start, dialect, usual.Key, QuoteRepair.Opening.IsText) is { } fields)
        {
            var names = new string[usual.Key];
            for (var i = 0; i < names.Length; i++)
            {
                names[i] = Encoding.UTF8.GetString(QuoteRepair.Decode(text, fields[i], dialect)).TrimStart(dialect.Quote!.Value);
            }

            records[0] = records[0] with { Fields = names, Quoted = new bool[names.Length] };
        }
    }

    /// <param name="Fields">Decoded texts.</param>
    /// <param name="Quoted">Whether the field stood in quotes.</param>
    /// <param name="Start">Offset of the record in the head.</param>
    /// <param name="End">Offset just after the record, before its line break.</param>
    /// <param name="Fault">What is wrong with its quotes.</param>
    /// <param name="NamesAre">It is a line that names the columns and is not cut as the records are; what is said about that.</param>
    /// <param name="FollowsBlankLine">Blank lines stand between it and the record before it.</param>
    public sealed record Record(string[] Fields, bool[] Quoted, int Start, int End, QuoteFault Fault, FormatWarning? NamesAre, bool FollowsBlankLine)
    {
        public bool Malformed => Fault != QuoteFault.None;

        /// <summary>Fields with something in them.</summary>
        public int Filled => Fields.Count(f => !string.IsNullOrWhiteSpace(f));
    }
}
