using System.Globalization;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Tables that are laid out by blanks: runs of blanks between values, or columns of fixed width. Believed on strong evidence, or where nothing
/// speaks for prose: every line of as many words, and a column of nothing but numbers or dates.
/// </summary>
static class BlankLayout
{
    const int LeastLines = 3;

    const int MaxLines = 200;

    /// <summary>Lines without a blank above the table: titles.</summary>
    const int MaxTitles = 8;

    /// <summary>In fewer lines than this, a single blank at the same place in all of them may stand between two words.</summary>
    const int LinesForNarrowGaps = 20;

    /// <summary>Layout that only a column of values speaks for is the last resort.</summary>
    const double WeakWeight = 0.75;

    public static IEnumerable<DelimitedDialect> Candidates(string text)
    {
        var lines = text.Split('\n').Select(l => l.TrimEnd('\r', ' ')).Where(l => l.Length > 0).SkipWhile(IsComment).Take(MaxLines).ToList();
        var table = lines.Where(l => !IsComment(l)).ToList();
        table.RemoveRange(0, Math.Clamp(table.FindIndex(HasGap), 0, MaxTitles));
        if (table.Count < 2 || table.Count(HasGap) * 10 < table.Count * 9)
        {
            yield break;
        }

        if (Ruled(lines) is { Count: > 1 } ruled)
        {
            yield return new DelimitedDialect { Delimiter = " ", Quote = null, Starts = ruled };
        }

        yield return new DelimitedDialect { Delimiter = " ", Quote = null, RunsOfBlanks = true };
        foreach (var quote in "\"'".Where(text.Contains))
        {
            yield return new DelimitedDialect { Delimiter = " ", Quote = quote, RunsOfBlanks = true };
        }

        if (lines.Count(HasGap) * 10 >= lines.Count * 9 && Starts(lines) is { Count: > 1 } starts)
        {
            yield return new DelimitedDialect { Delimiter = " ", Quote = null, Starts = starts };
        }
    }

    /// <summary>Starts with #, or with another mark of remarks and a blank.</summary>
    static bool IsComment(string line)
    {
        var text = line.TrimStart();
        return text.StartsWith('#') || Array.Exists(TableShape.RemarkMarks, m => text.StartsWith(m, StringComparison.Ordinal) && text.TrimStart(m[0]) is "" or [' ', ..]);
    }

    static bool HasGap(string line) => line.AsSpan().Trim().ContainsAny(' ', '\t');

    /// <summary>Where columns start that a line of dashes below their names draws.</summary>
    static List<int> Ruled(List<string> lines)
    {
        var ruler = lines.FindIndex(1, Math.Min(lines.Count, MaxTitles) - 1, l => l.Contains("--", StringComparison.Ordinal) && l.AsSpan().IndexOfAnyExcept("- ") < 0);
        return ruler < 1 ? [] : [.. Enumerable.Range(0, lines[ruler].Length).Where(i => lines[ruler][i] == '-' && (i == 0 || lines[ruler][i - 1] == ' '))];
    }

    /// <summary>Keeps the score of a guess only where prose cannot look like it.</summary>
    public static DialectGuess Judge(DialectGuess guess)
    {
        var records = HeaderReader.HasShortUnits(guess.Sample) ? [guess.Sample[0], .. guess.Sample[2..]] : guess.Sample;
        var body = records.Skip(1).ToList();
        var even = body.Count >= LeastLines - 1 && records.Count(r => r.Fields.Length == guess.Columns) >= records.Count * 0.95;
        var cells = body.SelectMany(r => r.Fields).ToList();
        if (guess.Dialect.IsFixedWidth)
        {
            var filled = cells.Count(c => c.Length > 0);
            var enough = HeaderReader.HasRuler(guess.Sample) || guess.Columns > 2 ? records.Count >= LeastLines && filled >= cells.Count * 0.6
                : HeaderDetector.CountValueColumns(records, 1, 2) > 0 ? records.Count >= 6 && filled >= cells.Count * 0.6
                : records.Count >= LinesForNarrowGaps && filled == cells.Count;

            // A last column without a name may be the first one's: the names are one fewer, and stand one column too far to the left.
            var shifted = records.Count > 1 && records[0].Fields[^1].Length == 0 && body.TrueForAll(r => r.Fields[^1].Length > 0);
            return even && enough && !shifted ? guess with { Score = guess.Score * 0.85 } : guess with { Score = 0 };
        }

        if (IsPhrases(records, guess.Columns) || (guess.Dialect.Quote is null ? QuotesHoldBlanks(records) : !records.Exists(r => r.Quoted.Contains(true))))
        {
            return guess with { Score = 0 };
        }

        if (even && !records.Exists(r => r.Malformed) && cells.Count(IsValue) * 2 >= cells.Count)
        {
            return guess with { Score = guess.Score * 0.9 };
        }

        return HoldsValueColumn(guess) ? guess with { Score = guess.Score * WeakWeight } : guess with { Score = 0 };
    }

    /// <summary>
    /// The same for one blank between fields: quotes around fields with blanks show it, or usual names, or values for the most part, or many lines of
    /// as many words each.
    /// </summary>
    public static DialectGuess JudgeSingle(DialectGuess guess)
    {
        var records = guess.Sample;
        var body = records.Skip(1).ToList();
        var even = body.Count > 0 && body.Count(r => r.Fields.Length == guess.Columns) >= body.Count * 0.95
            && records[0].Fields.Length >= guess.Columns - 1 && !records.Exists(r => r.Malformed);
        var cells = body.SelectMany(r => r.Fields).ToList();
        var quoted = records.Exists(r => r.Fields.Where((f, i) => r.Quoted[i] && f.Contains(' ')).Any());
        var used = guess.Columns - (quoted && body.TrueForAll(r => r.Fields.Length < guess.Columns || r.Fields[^1].Length == 0) ? 1 : 0);
        var filled = body.Sum(r => r.Fields.Where((f, i) => f.Length > 0 || r.Quoted[i]).Count()) >= body.Count * used * 0.9;
        var named = guess.Columns > 2 && body.Count > 1 && records[0].Fields.Count(HeaderWords.IsUsual) * 2 >= guess.Columns;
        var enough = quoted || named || (body.Count >= LeastLines - 1 && cells.Count(IsValue) * 2 >= cells.Count) || (body.Count >= 10 && guess.Columns >= 4);
        return even && filled && enough && !IsPhrases(records, guess.Columns) && !HoldsMarkColumn(records, guess.Columns) ? guess : guess with { Score = 0 };
    }

    /// <summary>Whether most records have a field that opens quotes and one that closes them: the blanks between the two are part of a value.</summary>
    static bool QuotesHoldBlanks(List<SampleRecords.Record> records) => records.Count(r =>
        r.Fields.Any(f => f is ['"', ..] && (f.Length == 1 || f[^1] != '"')) && r.Fields.Any(f => f is [.., '"'] && (f.Length == 1 || f[0] != '"'))) * 2 > records.Count;

    /// <summary>Whether a column is the same mark in every record: it is the delimiter then, with blanks around it.</summary>
    static bool HoldsMarkColumn(List<SampleRecords.Record> records, int columns)
    {
        for (var column = 1; column < columns - 1 && records.Count > 1; column++)
        {
            var mark = column < records[0].Fields.Length ? records[0].Fields[column] : "";
            if (mark.Length == 1 && !char.IsLetterOrDigit(mark[0]) && records.TrueForAll(r => column < r.Fields.Length && r.Fields[column] == mark && !r.Quoted[column]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Every line, that of the names too, has as many words, and one of the columns holds nothing but numbers or dates. Of two lines it must be
    /// more. Sentences end with marks, and dates are written with blanks.
    /// </summary>
    static bool HoldsValueColumn(DialectGuess guess)
    {
        var records = guess.Sample;
        if (guess.Columns < 2 || records.Count < 2 || records.Exists(r => r.Malformed || r.Fields.Length != guess.Columns)
            || records.TrueForAll(IsDate))
        {
            return false;
        }

        var values = HeaderDetector.CountValueColumns(records, records.Count < LeastLines ? 0 : 1, guess.Columns);
        var punctuated = records.Count(r => r.Fields.Where((f, i) => !r.Quoted[i] && EndsLikeSentence(f)).Any());
        return values >= (records.Count < LeastLines && guess.Columns == 2 ? 2 : 1) && punctuated * 5 <= records.Count;
    }

    static bool EndsLikeSentence(string text) => text.Length > 0 && text[^1] is '.' or ',' or ';' or ':' or '!' or '?' && !IsValue(text);

    /// <summary>One word above pairs of them names phrases such as <c>Room 12</c>, not the second word of each.</summary>
    static bool IsPhrases(List<SampleRecords.Record> records, int columns) =>
        columns == 2 && records.Count > 0 && records[0].Fields.Length == 1 && !records[0].Quoted[0];

    /// <summary>Whether the words of a record are one date, such as <c>1 March 2024</c>.</summary>
    static bool IsDate(SampleRecords.Record record)
    {
        var text = string.Join(' ', record.Fields);
        return text.AsSpan().IndexOfAnyInRange('A', 'z') >= 0 && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
    }

    static bool IsValue(string text) => text.Length > 0 && CellClassifier.FormOf(text) != CellForm.Text;

    /// <summary>
    /// Where columns start: behind positions that are blank in every line. A column's values must line up at one of its ends, as they do
    /// not by accident. Few lines must line up all, behind gaps of two blanks and more.
    /// </summary>
    static List<int> Starts(List<string> lines)
    {
        var width = lines.Max(l => l.Length);
        if (lines.Exists(l => l.Contains('\t')) || width > 4096)
        {
            return [];
        }

        var blank = Enumerable.Range(0, width).Select(i => lines.TrueForAll(l => i >= l.Length || l[i] == ' ')).ToArray();
        JoinWords(lines, blank);

        var starts = new List<int>();
        for (var i = 0; i < width; i++)
        {
            if (!blank[i] && (i == 0 || blank[i - 1]))
            {
                starts.Add(i);
            }
        }

        var least = lines.Count > LeastLines ? 8 : 10;
        for (var i = 0; i < starts.Count; i++)
        {
            var start = starts[i];
            var end = Array.FindIndex(blank, start, b => b);
            end = end < 0 ? width : end;
            var filled = lines.Where(l => l.Length > start && l[start..Math.Min(end, l.Length)].Trim().Length > 0).ToList();
            var left = filled.Count(l => l[start] != ' ');
            var right = filled.Count(l => l.Length >= end && l[end - 1] != ' ');
            if (filled.Count * 10 < lines.Count * (least - 2) || Math.Max(left, right) * 10 < filled.Count * least)
            {
                return [];
            }
        }

        if (starts.Count > 0)
        {
            starts[0] = 0;
        }

        return starts;
    }

    /// <summary>A gap of one blank between two columns of words is none where there are wider gaps, or no other.</summary>
    static void JoinWords(List<string> lines, bool[] blank)
    {
        var gaps = Enumerable.Range(1, Math.Max(0, blank.Length - 2)).Where(i => blank[i] && !blank[i - 1] && !blank[i + 1]).ToList();
        var hasWide = Enumerable.Range(1, Math.Max(0, blank.Length - 1)).Any(i => blank[i] && blank[i - 1]);
        if (hasWide ? lines.Count >= LinesForNarrowGaps : gaps.Count > 1)
        {
            return;
        }

        foreach (var gap in gaps)
        {
            var start = Array.FindLastIndex(blank, gap - 1, b => b) + 1;
            var end = Array.FindIndex(blank, gap + 1, b => b);
            var sides = new[] { (start, gap), (gap + 1, end < 0 ? blank.Length : end) };
            blank[gap] = Array.Exists(sides, s => lines.Skip(1).Select(l => Cut(l, s.Item1, s.Item2)).Where(c => c.Length > 0).All(IsValue));
        }
    }

    static string Cut(string line, int start, int end) => start >= line.Length ? "" : line[start..Math.Min(end, line.Length)].Trim();
}
