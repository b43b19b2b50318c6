using System.Globalization;
using System.Text;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Finds the delimiter by cutting the head of the file with every candidate and asking which result looks most like a table: the
/// same
/// number of fields in every record, and fields that are whole values rather than lumps that hold another delimiter.
/// </summary>
static class DialectDetector
{
    /// <summary>
    /// Candidates, the more likely first: a tie goes to the first. The weight makes up for how often the character stands in
    /// plain text.
    /// </summary>
    static readonly (char Delimiter, double Weight)[] s_candidates =
        [(',', 1.0), (';', 1.0), ('\t', 1.0), ('|', 1.0), ('^', 0.8), ('~', 0.7), ('\u0001', 1.0), ('\u001f', 1.0), (':', 0.4)];

    /// <summary>
    /// The best candidate must beat the case of one column by this much; below it the text is taken as one column.
    /// </summary>
    const double LeastScore = 0.12;

    public static DelimiterGuess Detect(ReadOnlyMemory<byte> head, bool isWhole)
    {
        var best = new DelimiterGuess(',', 1, 0, [], null, 0);
        foreach (var (delimiter, weight) in s_candidates)
        {
            if (delimiter != ',' && head.Span.IndexOf((byte)delimiter) < 0)
            {
                continue;
            }

            var records = SampleRecords.Read(head, isWhole, delimiter);
            var (columns, score) = Score(records, delimiter);
            score *= weight;
            if (best.Sample.Count == 0 || score > best.Score)
            {
                best = new DelimiterGuess(
                    delimiter, columns, score, records, best.Sample.Count == 0 ? null : best.Delimiter, best.Score);
            }
            else if (score > best.RunnerUpScore)
            {
                best = best with { RunnerUp = delimiter, RunnerUpScore = score };
            }
        }

        if (best.Score >= LeastScore && !(best.Delimiter is ':' or ',' && LinesAreValues(best.Sample, head.Span)))
        {
            return best;
        }

        // One column: no candidate cuts it well. The comma stays the delimiter if it never occurs outside quotes, else a
        // character that does not occur.
        var single = best.Sample.Count > 0 && best.Delimiter == ',' && best.Sample.TrueForAll(r => r.Fields.Length == 1)
            ? best.Sample
            : SampleRecords.Read(head, isWhole, ',');
        if (single.TrueForAll(r => r.Fields.Length == 1))
        {
            return new DelimiterGuess(',', 1, 0.5, single, best.Delimiter, best.Score);
        }

        return best.Score > 0 ? best : new DelimiterGuess(',', single.Max(r => r.Fields.Length), 0, single, null, 0);
    }

    static (int Columns, double Score) Score(List<SampleRecords.Record> records, char delimiter)
    {
        if (records.Count == 0)
        {
            return (1, 0);
        }

        var columns =
            records.GroupBy(r => r.Fields.Length).OrderByDescending(g => g.Count()).ThenByDescending(g => g.Key).First().Key;
        if (columns < 2)
        {
            return (columns, 0);
        }

        var consistent = records.Count(r => r.Fields.Length == columns || HasOnlyEmptyExtras(r.Fields, columns));
        double fields = 0, clean = 0;
        foreach (var record in records)
        {
            for (var i = 0; i < record.Fields.Length; i++)
            {
                fields++;
                clean += record.Quoted[i] && !record.Malformed ? 1 : Cleanliness(record.Fields[i], delimiter);
            }

            if (record.Malformed)
            {
                clean -= 0.5;
            }
        }

        // A header that is cut like the body is worth more than one body row.
        var header = records[0].Fields.Length == columns ? 1.0 : 0.8;
        return (columns, Math.Max(0, clean / fields) * consistent / records.Count * header * (columns - 1) / columns);
    }

    static bool HasOnlyEmptyExtras(string[] fields, int columns)
    {
        for (var i = columns; i < fields.Length; i++)
        {
            if (fields[i].Length > 0)
            {
                return false;
            }
        }

        return fields.Length > columns;
    }

    /// <summary>
    /// How much a text looks like one whole value: 1 for numbers, dates and the like, little for a text with another delimiter in
    /// it.
    /// </summary>
    static double Cleanliness(string text, char delimiter)
    {
        if (text.Length == 0)
        {
            return 0.9;
        }

        if (CellClassifier.Classify(Encoding.UTF8.GetBytes(text)).Form != CellForm.Text
            || double.TryParse(text, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out _)
            || IsDecimalComma(text))
        {
            return 1;
        }

        if (text.AsSpan().IndexOfAny(";\t|\u0001\u001f") >= 0)
        {
            return 0.1;
        }

        if (delimiter != ',' && text.Contains(','))
        {
            return text.Contains(", ", StringComparison.Ordinal) ? 0.8 : 0.5;
        }

        return text[0] == ' ' ? 0.7 : 0.9;
    }

    static bool IsDecimalComma(string text) =>
        text.Count(c => c == ',') == 1 && text.TrimStart('-').All(c => char.IsAsciiDigit(c) || c is ',' or '.')
            && char.IsAsciiDigit(text[^1]);

    /// <summary>Whether each whole line is one value, such as a time of day with its colons.</summary>
    static bool LinesAreValues(List<SampleRecords.Record> records, ReadOnlySpan<byte> head)
    {
        var values = 0;
        foreach (var record in records)
        {
            var line = head[record.Start..record.End];
            if (CellClassifier.Classify(line).Form != CellForm.Text
                || (line.Length <= 12 && TimeOnly.TryParse(Encoding.UTF8.GetString(line), out _)))
            {
                values++;
            }
        }

        return records.Count > 1 && values >= records.Count - 1;
    }
}

/// <param name="Delimiter">The best candidate.</param>
/// <param name="Columns">Fields of most records.</param>
/// <param name="Score">0 to 1.</param>
/// <param name="Sample">The first records, cut with it.</param>
/// <param name="RunnerUp">The second best.</param>
/// <param name="RunnerUpScore">Its score.</param>
sealed record DelimiterGuess(
    char Delimiter, int Columns, double Score, List<SampleRecords.Record> Sample, char? RunnerUp, double RunnerUpScore);
