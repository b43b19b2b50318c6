using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Another table in the file: below the one that is read, where its records would mix with those of the first, or among the lines that were left out
/// above it. It is said with its line; nobody can load two tables into one.
/// </summary>
static class SecondTable
{
    /// <summary>So many records show the kinds of columns.</summary>
    const int MostJudged = 20;

    /// <param name="sample">The records of the table that is read.</param>
    /// <param name="header">Where it has a header, its last record.</param>
    /// <param name="above">What was left out above it.</param>
    /// <param name="dialect">How both are cut.</param>
    /// <param name="lineOf">The line of a place in the head.</param>
    public static FormatWarning? Find(
        List<SampleRecords.Record> sample, SampleRecords.Record? header, ReadOnlyMemory<byte> above, DelimitedDialect dialect, Func<int, long> lineOf)
    {
        var first = header is null ? 0 : sample.FindIndex(r => r.Start == header.Start) + 1;
        if (first > 0 && Below(sample, first) is { } next)
        {
            return new FormatWarning(
                "second_table",
                $"The names of another table seem to stand on line {lineOf(next.Start)}: what follows does not belong to the first, though it may have its width. Save each table as a file of its own.",
                lineOf(next.Start));
        }

        return IsTable(above, dialect)
            ? new FormatWarning(
                "second_table", "The lines above the table are a table of their own, which was left out. Save each table as a file of its own.", 1)
            : null;
    }

    /// <summary>
    /// The first record made of words alone where columns held nothing but values before. Behind a blank line it names values, or there are none any
    /// more in those columns; without one, other columns hold values below it than above.
    /// </summary>
    static SampleRecords.Record? Below(List<SampleRecords.Record> sample, int first)
    {
        if (sample.Count < first + 4)
        {
            return null;
        }

        var values = Enumerable.Range(0, sample[first].Fields.Length).ToList();
        var seen = new int[values.Count];
        for (var i = first; i < sample.Count - 1 && values.Count > 0; i++)
        {
            var record = sample[i];
            if (values.Exists(c => IsValueAt(record, c)))
            {
                values.RemoveAll(c => c < record.Fields.Length && HeaderDetector.IsPlainText(record.Fields[c]));
                values.ForEach(c => seen[c] += IsValueAt(record, c) ? 1 : 0);
                continue;
            }

            // A title of the second table may stand between it and the blank line.
            var isApart = record.FollowsBlankLine || (sample[i - 1].FollowsBlankLine && sample[i - 1].Filled == 1);
            var names = record.Fields.Reverse().SkipWhile(f => f.Length == 0).Reverse().ToArray();
            var shown = values.Where(c => seen[c] > 1).ToList();
            if (!AreNames(names) || names.AsSpan().SequenceEqual(sample[first - 1].Fields) || !shown.Exists(c => c < names.Length))
            {
                continue;
            }

            var below = sample[(i + 1)..];
            var isNamed = HeaderDetector.IsNamed([record with { Fields = names }, .. below]);
            if (isApart ? isNamed || !below.Exists(r => shown.Exists(c => IsValueAt(r, c)))
                : isNamed && shown.Count > 1 && !ValueColumns(below).SequenceEqual(shown))
            {
                return record;
            }
        }

        return null;
    }

    static List<int> ValueColumns(List<SampleRecords.Record> records) =>
        [.. Enumerable.Range(0, records[0].Fields.Length).Where(c => records.Take(MostJudged).All(r => IsValueAt(r, c)))];

    static bool IsValueAt(SampleRecords.Record record, int column) => column < record.Fields.Length && HeaderDetector.IsValue(record.Fields[column]);

    /// <summary>Several words that start with letters, each of them another.</summary>
    static bool AreNames(string[] fields) =>
        fields.Length > 1 && Array.TrueForAll(fields, f => f.Length > 0 && char.IsLetter(f[0]) && HeaderDetector.IsPlainText(f))
        && fields.Distinct(StringComparer.Ordinal).Count() == fields.Length;

    static bool IsTable(ReadOnlyMemory<byte> above, DelimitedDialect dialect)
    {
        var records = SampleRecords.Read(above, isWhole: true, dialect, MostJudged);
        var first = records.FindIndex(r => r.Fields.Length > 1);
        return first >= 0 && records.Count - first > 1 && records.Skip(first).All(r => r.Fields.Length == records[first].Fields.Length)
            && AreNames(records[first].Fields) && HeaderDetector.IsNamed(records[first..]);
    }
}
