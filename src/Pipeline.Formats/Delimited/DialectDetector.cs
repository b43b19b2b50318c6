using System.Globalization;
using System.Text;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Finds the dialect by cutting the head of the file with every candidate and asking which result looks most like a table: the same
/// number of fields in every record, and fields that are whole values rather than lumps that hold another delimiter. Titles above the table and
/// remarks below it are set aside first.
/// </summary>
static class DialectDetector
{
    /// <summary>
    /// The best candidate must beat the case of one column by this much; below it the text is taken as one column.
    /// </summary>
    const double LeastScore = 0.12;

    /// <summary>Layout by blanks is looked for only where no delimiter is convincing.</summary>
    const double Convincing = 0.35;

    /// <summary>A table without titles is likelier than one with them.</summary>
    const double LeastPassed = 0.65;

    /// <summary>The values of so many records are judged, spread over the sample: more say the same.</summary>
    const int MostJudged = 100;

    /// <summary>Delimiters of a text without any, the usual first.</summary>
    static readonly char[] s_unlikely = [',', '\t', ';', '|', '\u001f'];

    /// <summary>The least weight of a delimiter that stands inside quotes.</summary>
    const double ProvenWeight = 0.9;

    public static DialectGuess Detect(ReadOnlyMemory<byte> head, bool isWhole, bool? hasHeader)
    {
        var text = DialectCandidates.TextOf(head.Span);
        DialectGuess? best = null;
        DialectGuess? usual = null, doubled = null;
        var leastBound = text.AsSpan().ContainsAny('"', '\'') ? ProvenWeight : 0;
        foreach (var (dialect, weight) in DialectCandidates.For(text))
        {
            // No score is above its weight, which quotes may raise.
            if ((best is null || best.Score < Math.Max(weight, leastBound)) && IsWorthTrying(dialect, usual, doubled))
            {
                var guess = Try(head, isWhole, hasHeader, dialect, weight);
                guess = dialect.Delimiter == " " ? BlankLayout.JudgeSingle(guess) : guess;
                usual = IsUsual(dialect) ? guess : usual;
                doubled = dialect.Escape is null ? guess : doubled;
                best = Better(best, guess);
            }
        }

        if (best!.Dialect.Delimiter == "\t" && TabLayout.Candidate(best) is { } layout && TabLayout.IsBetter(Try(head, isWhole, hasHeader, layout, 1), best) is { } better)
        {
            return better;
        }

        if (best.Score < Convincing)
        {
            foreach (var dialect in BlankLayout.Candidates(text))
            {
                var guess = BlankLayout.Judge(Try(head, isWhole, hasHeader, dialect, 1));

                // Blanks that cut no more than tabs do are tabs.
                best = best.Dialect.Delimiter == "\t" && best.Columns > 1 && best.Columns == guess.Columns && Whole(best) >= Whole(guess)
                    ? best : Better(best, guess);
            }
        }

        return best.Score >= LeastScore && !(best.Dialect.Delimiter == "," && LinesStartWithFractions(head.Span)) && !(best.Dialect.Delimiter is ":" or "," or " " && LinesAreValues(best.Sample, head.Span))
            ? best : OneColumn(head, isWhole, hasHeader, best);
    }

    /// <summary>The dialect is known but for its quotes and comments.</summary>
    public static DialectGuess Detect(ReadOnlyMemory<byte> head, bool isWhole, bool? hasHeader, char delimiter)
    {
        DialectGuess? best = null, usual = null, doubled = null;
        foreach (var dialect in DialectCandidates.Quotings(DialectCandidates.TextOf(head.Span), delimiter.ToString()))
        {
            if (IsWorthTrying(dialect, usual, doubled))
            {
                var guess = Try(head, isWhole, hasHeader, dialect, 1);
                usual = IsUsual(dialect) ? guess : usual;
                doubled = dialect.Escape is null ? guess : doubled;
                best = Better(best, guess);
            }
        }

        return best!;
    }

    static int Whole(DialectGuess guess) => guess.Sample.Count(r => r.Fields.Length == guess.Columns);

    static bool IsUsual(DelimitedDialect dialect) =>
        dialect == new DelimitedDialect { Delimiter = dialect.Delimiter, IsFramed = dialect.IsFramed, TrimsBlanks = dialect.IsFramed && dialect.TrimsBlanks };

    /// <summary>
    /// Other quotings only where quotes break the rules of the usual one, and blanks as layout only where quotes stand behind them or every field
    /// is set off by one.
    /// </summary>
    /// <param name="dialect">What may be tried.</param>
    /// <param name="usual">What the usual quotes made of the text.</param>
    /// <param name="doubled">What the last quotes made of it that are doubled inside fields.</param>
    static bool IsWorthTrying(DelimitedDialect dialect, DialectGuess? usual, DialectGuess? doubled)
    {
        var malformed = usual?.Sample.Exists(r => r.Malformed) == true;
        if (dialect is { TrimsBlanks: true, IsFramed: false } && !malformed && !AreSetOffByBlanks(usual))
        {
            return false;
        }

        return dialect.Quote is null ? QuotesAreText(usual)
            : dialect.Escape is null || doubled?.Dialect.Quote != dialect.Quote || doubled.Sample.Exists(r => r.Malformed);
    }

    /// <summary>Whether quotes open fields that they do not close, more often than they do: one damaged line does not make quotes text.</summary>
    static bool QuotesAreText(DialectGuess? usual)
    {
        var opening = usual?.Sample.Count(r => r.Fault is QuoteFault.TextAfterClosingQuote or QuoteFault.Unterminated) ?? 0;
        return opening > 0 && opening > usual!.Sample.Count(r => !r.Malformed && r.Quoted.Contains(true));
    }

    static bool AreSetOffByBlanks(DialectGuess? usual)
    {
        var fields = usual?.Sample.SelectMany(r => r.Fields.Skip(1)).Where(f => f.Length > 0).ToList() ?? [];
        return fields.Count > 0 && fields.Count(f => f[0] == ' ') >= fields.Count * 0.9;
    }

    static DialectGuess Better(DialectGuess? best, DialectGuess next) =>
        best is null || next.Score > best.Score
            ? next with { RunnerUp = RunnerUpOf(best, next), RunnerUpScore = best?.Score ?? 0 }
            : next.Score > best.RunnerUpScore && next.Dialect.Delimiter != best.Dialect.Delimiter
                ? best with { RunnerUp = next.Dialect, RunnerUpScore = next.Score } : best;

    static DelimitedDialect? RunnerUpOf(DialectGuess? best, DialectGuess next) =>
        best is null || best.Dialect.Delimiter == next.Dialect.Delimiter ? best?.RunnerUp : best.Dialect;

    static DialectGuess Try(ReadOnlyMemory<byte> head, bool isWhole, bool? hasHeader, DelimitedDialect dialect, double weight)
    {
        var records = SampleRecords.Read(head, isWhole, dialect);
        var shape = TableShape.Find(records, dialect.Delimiter, hasHeader);
        weight = weight < ProvenWeight && QuotesHoldDelimiter(shape.Records, dialect.Delimiter) ? ProvenWeight : weight;
        return new DialectGuess(dialect with { Comment = shape.Comment }, shape.Columns, Score(shape, dialect) * weight, shape.Records, null, 0);
    }

    /// <summary>Whether fields are in quotes because the delimiter is in them: it was meant then.</summary>
    static bool QuotesHoldDelimiter(List<SampleRecords.Record> records, string delimiter) =>
        !records.Exists(r => r.Malformed)
        && records.Exists(r => r.Fields.Length > 1 && r.Fields.Where((f, i) => r.Quoted[i] && f.Contains(delimiter, StringComparison.Ordinal)).Any());

    /// <summary>No candidate cuts it well: one column, if some delimiter never occurs outside of quotes, and not only because lines are damaged.</summary>
    static DialectGuess OneColumn(ReadOnlyMemory<byte> head, bool isWhole, bool? hasHeader, DialectGuess best)
    {
        var single = Try(head, isWhole, hasHeader, DelimitedDialect.Of(','), 1);
        if (!IsOneColumn(single) && best.Score > 0 && !IsProse(head.Span))
        {
            return best;
        }

        foreach (var delimiter in s_unlikely)
        {
            var guess = Try(head, isWhole, hasHeader, DelimitedDialect.Of(delimiter), 1);
            if (IsOneColumn(guess))
            {
                return guess with { Columns = 1, Score = 0.5, RunnerUp = best.Dialect, RunnerUpScore = best.Score };
            }
        }

        return best.Score > 0 ? best : single with { Columns = Math.Max(1, single.Sample.Max(r => r.Fields.Length)), Score = 0 };
    }

    static bool IsOneColumn(DialectGuess guess) => guess.Sample.TrueForAll(r => r.Fields.Length == 1);

    /// <summary>Most lines are several words.</summary>
    static bool IsProse(ReadOnlySpan<byte> head)
    {
        var (lines, phrases) = (0, 0);
        foreach (var range in head[..Math.Min(head.Length, 8192)].SplitAny((byte)'\r', (byte)'\n'))
        {
            var line = head[range].Trim((byte)' ');
            lines += line.Length > 0 ? 1 : 0;
            phrases += line.IndexOf((byte)' ') > 0 ? 1 : 0;
        }

        return phrases * 2 > lines;
    }

    static double Score(TableShape shape, DelimitedDialect dialect)
    {
        var records = shape.Records;
        var columns = shape.Columns;
        if (records.Count == 0 || columns < 2)
        {
            return 0;
        }

        var consistent = records.Count(r => r.Fields.Length == columns || HasOnlyEmptyExtras(r.Fields, columns));
        double fields = 0, clean = 0;
        var step = 1 + (records.Count / MostJudged);
        for (var at = 0; at < records.Count; at += step)
        {
            var record = records[at];
            for (var i = 0; i < record.Fields.Length; i++)
            {
                fields++;
                clean += record.Quoted[i] && !record.Malformed ? 1 : Cleanliness(record.Fields[i], dialect);
            }
        }

        var (malformed, quoted) = (0, 0);
        foreach (var record in records)
        {
            malformed += record.Malformed ? 1 : 0;
            quoted += record.Malformed ? 0 : record.Quoted.AsSpan().Count(true);
        }

        clean -= 0.6 * malformed / step;

        // A header that is cut like the body is worth more than one body row.
        var header = records[0].Fields.Length == columns ? 1.0 : consistent * 3 < records.Count * 2 ? 0.3 : 0.8;
        var kept = shape.Passed == 0 ? 1 : LeastPassed * Math.Sqrt((double)records.Count / (records.Count + shape.Passed));
        clean *= dialect.Quote is null ? 0.95 : 1;

        // Sentences with a comma here and there.
        if (columns == 2 && consistent * 10 < (records.Count + shape.Passed) * 7 && HeaderDetector.CountValueColumns(records, 0, columns) == 0
            && !HeaderDetector.IsNamed(records))
        {
            clean *= 0.5;
        }

        // Quotes that open and close fields tip the scales where they stand among the records that are not judged.
        return (Math.Max(0, clean / fields) * consistent / records.Count * header * kept * (columns - 1) / columns) + Math.Min(1e-4, 1e-6 * quoted);
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
    static double Cleanliness(string text, DelimitedDialect dialect)
    {
        if (text.Length == 0)
        {
            return 0.9;
        }

        if (CellClassifier.FormOf(text) != CellForm.Text
            || double.TryParse(text, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out _)
            || IsDecimalComma(text))
        {
            return 1;
        }

        // A quote that is text to this dialect, but stands like one of another.
        if (text.Length > 1 && text[0] is '"' or '\'' && (text[^1] == text[0] || text.Count(c => c == text[0]) == 1))
        {
            return dialect.Quote is null ? 0.3 : 0.6;
        }

        if (dialect.Quote is null && text.Contains('"'))
        {
            return 0.4;
        }

        if (text.AsSpan().IndexOfAny(";\t|\u0001\u001f") >= 0)
        {
            return 0;
        }

        if (text.AsSpan(1).IndexOfAny('~', '^') >= 0)
        {
            return 0.6;
        }

        if (dialect.Delimiter != "," && text.Contains(','))
        {
            return text.Contains(", ", StringComparison.Ordinal) ? 0.8 : 0.5;
        }

        return text[0] == ' ' ? 0.7 : 0.9;
    }

    static bool IsDecimalComma(string text) =>
        text.Count(c => c == ',') == 1 && text.TrimStart('-').All(c => char.IsAsciiDigit(c) || c is ',' or '.')
            && char.IsAsciiDigit(text[^1]);

    /// <summary>Whether a line holds a comma and no digit: names, one for each field.</summary>
    static bool HasCutNames(SampleRecords.Record record, ReadOnlySpan<byte> head) =>
        head[record.Start..record.End].IndexOf((byte)',') > 0 && head[record.Start..record.End].IndexOfAnyInRange((byte)'0', (byte)'9') < 0;

    /// <summary>Whether lines are those of a log: each starts with a timestamp, and words follow behind the comma and the three digits of its fraction.</summary>
    static bool LinesStartWithFractions(ReadOnlySpan<byte> head)
    {
        var (lines, stamps) = (0, 0);
        foreach (var range in head[..Math.Min(head.Length, 8192)].SplitAny((byte)'\r', (byte)'\n'))
        {
            var line = head[range].TrimStart((byte)'[');
            var comma = line.IndexOf((byte)',');
            lines += line.Length > 0 ? 1 : 0;
            stamps += comma is >= 8 and < 32 && line.Length > comma + 4 && line[comma + 4] is (byte)' ' or (byte)']' or (byte)'\t'
                && CellForms.IsTimestamp(CellClassifier.Classify(line[..(comma + 4)]).Form) ? 1 : 0;
        }

        return stamps > 1 && stamps * 10 >= lines * 6;
    }

    /// <summary>
    /// Whether each whole line is one value, such as a time of day with its colons. Three digits behind the comma of a timestamp may be a number: they are
    /// a fraction of a second where all lines are so and one of them starts with a zero.
    /// </summary>
    static bool LinesAreValues(List<SampleRecords.Record> records, ReadOnlySpan<byte> head)
    {
        var values = 0;
        var (fractions, padded) = (0, false);
        foreach (var record in records)
        {
            var line = head[record.Start..record.End];
            var comma = line.IndexOf((byte)',');
            if (comma > 0 && line[..comma].IndexOf((byte)':') > 0)
            {
                fractions++;
                padded |= comma + 1 < line.Length && line[comma + 1] == (byte)'0';
            }

            if (CellClassifier.Classify(line).Form != CellForm.Text
                || (line.Length <= 12 && TimeOnly.TryParse(Encoding.UTF8.GetString(line), out _)))
            {
                values++;
            }
        }

        return records.Count > 1 && values >= records.Count - 1 && (fractions == 0 || (padded && fractions >= records.Count - 1 && !HasCutNames(records[0], head)));
    }
}

/// <param name="Dialect">The best candidate.</param>
/// <param name="Columns">Fields of most records.</param>
/// <param name="Score">0 to 1.</param>
/// <param name="Sample">The first records of the table, cut with it.</param>
/// <param name="RunnerUp">The second best.</param>
/// <param name="RunnerUpScore">Its score.</param>
sealed record DialectGuess(
    DelimitedDialect Dialect, int Columns, double Score, List<SampleRecords.Record> Sample, DelimitedDialect? RunnerUp, double RunnerUpScore);
