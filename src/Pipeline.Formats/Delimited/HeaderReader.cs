using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>The names of the columns, and which part of the sample they came from.</summary>
sealed record HeaderReader(IReadOnlyList<string> Names, bool Exists, SampleRecords.Record? Record, List<FormatWarning> Warnings)
{
    public static HeaderReader Read(List<SampleRecords.Record> sample, FormatOptions options)
    {
        var warnings = new List<FormatWarning>();
        if (sample.Count == 0)
        {
            return new HeaderReader([], false, null, warnings);
        }

        if (!(options.HasHeader ?? HeaderDetector.HasHeader(sample)))
        {
            var columns =
                sample.GroupBy(r => r.Fields.Length).OrderByDescending(g => g.Count()).ThenByDescending(g => g.Key).First().Key;
            columns -= TrailingEmpty(sample, columns, from: 0);
            return new HeaderReader([.. Enumerable.Range(1, columns).Select(i => $"c{i}")], false, null, warnings);
        }

        var names = sample[0].Fields.ToList();

        // A delimiter at the end of every line makes a last column without a name and without values: it is no column.
        var unnamed = names.Count - names.FindLastIndex(n => n.Length > 0) - 1;
        var trailing = Math.Min(unnamed, TrailingEmpty(sample, names.Count, from: 1));
        if (trailing > 0 && trailing < names.Count)
        {
            names.RemoveRange(names.Count - trailing, trailing);
            warnings.Add(new FormatWarning(
                "trailing_delimiter", "Lines end with a delimiter; the empty column after it was left out.", 1));
        }

        // Statistics programs write row names without a name above them: every record has one field more than the header.
        if (sample.Count > 2 && names.Count > 0 && sample.Skip(1).All(r => r.Fields.Length == names.Count + 1)
            && sample.Skip(1).Any(r => r.Fields[^1].Length > 0))
        {
            names.Insert(0, "");
            warnings.Add(new FormatWarning(
                "unnamed_first_column",
                "Every record has one field more than the header; the first column was taken as row names without a name.", 1));
        }

        return new HeaderReader(names, true, sample[0], warnings);
    }

    /// <summary>Bytes of the text before the first data record: blank lines, the header, its line break.</summary>
    public int BytesBefore(ReadOnlySpan<byte> text) => Record is null ? 0 : Record.End
        + CsvText.LineBreakLength(text, Record.End);

    static int TrailingEmpty(List<SampleRecords.Record> sample, int columns, int from)
    {
        var trailing = 0;
        while (trailing < columns)
        {
            var column = columns - trailing - 1;
            for (var i = from; i < sample.Count; i++)
            {
                if (column < sample[i].Fields.Length && sample[i].Fields[column].Length > 0)
                {
                    return trailing;
                }
            }

            trailing++;
        }

        return sample.Count == from ? 0 : trailing;
    }
}
