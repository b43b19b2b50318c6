using System.Text;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Delimited;

/// <summary>Tables that are laid out by blanks: runs of blanks between values, or columns of fixed width. Believed on strong evidence only.</summary>
static class BlankLayout
{
    const int LeastLines = 3;

    const int MaxLines = 200;

    public static IEnumerable<DelimitedDialect> Candidates(string text)
    {
        var lines = text.Split('\n').Select(l => l.TrimEnd('\r', ' ')).Where(l => l.Length > 0).Take(MaxLines).ToList();
        if (lines.Count < LeastLines || lines.Count(l => l.Trim().Contains(' ')) * 10 < lines.Count * 9)
        {
            yield break;
        }

        yield return new DelimitedDialect { Delimiter = " ", Quote = null, RunsOfBlanks = true };
        if (Starts(lines) is { Count: > 1 } starts)
        {
            yield return new DelimitedDialect { Delimiter = " ", Quote = null, Starts = starts };
        }
    }

    /// <summary>Keeps the score of a guess only where prose cannot look like it.</summary>
    public static DialectGuess Judge(DialectGuess guess)
    {
        var records = guess.Sample;
        var body = records.Skip(1).ToList();
        var even = body.Count >= LeastLines - 1 && records.Count(r => r.Fields.Length == guess.Columns) >= records.Count * 0.95;
        var cells = body.SelectMany(r => r.Fields).ToList();
        var values = cells.Count(c => c.Length > 0 && CellClassifier.Classify(Encoding.UTF8.GetBytes(c)).Form != CellForm.Text);
        var enough = guess.Dialect.IsFixedWidth
            ? records.Count >= (guess.Columns > 2 ? 4 : 6) && cells.Count(c => c.Length > 0) >= cells.Count * 0.6
            : values * 2 >= cells.Count;
        return even && enough ? guess with { Score = guess.Score * (guess.Dialect.IsFixedWidth ? 0.85 : 0.9) } : guess with { Score = 0 };
    }

    /// <summary>
    /// The same for one blank between fields: quotes around fields with blanks show it, or values for the most part, or many lines of as many
    /// words each.
    /// </summary>
    public static DialectGuess JudgeSingle(DialectGuess guess)
    {
        var records = guess.Sample;
        var body = records.Skip(1).ToList();
        var even = body.Count > 0 && body.Count(r => r.Fields.Length == guess.Columns) >= body.Count * 0.95
            && records[0].Fields.Length >= guess.Columns - 1 && !records.Exists(r => r.Malformed);
        var cells = body.SelectMany(r => r.Fields).ToList();
        var quoted = records.Exists(r => r.Fields.Where((f, i) => r.Quoted[i] && f.Contains(' ')).Any());
        var values = cells.Count(c => c.Length > 0 && CellClassifier.Classify(Encoding.UTF8.GetBytes(c)).Form != CellForm.Text);
        var filled = body.Sum(r => r.Fields.Where((f, i) => f.Length > 0 || r.Quoted[i]).Count()) >= cells.Count * 0.9;
        var enough = quoted || (body.Count >= LeastLines - 1 && values * 2 >= cells.Count) || (body.Count >= 10 && guess.Columns >= 4);
        return even && filled && enough ? guess : guess with { Score = 0 };
    }

    /// <summary>
    /// Where columns start: behind positions that are blank in every line. A column's values must line up at one of its ends, as they do
    /// not by accident.
    /// </summary>
    static List<int> Starts(List<string> lines)
    {
        var width = lines.Max(l => l.Length);
        if (lines.Exists(l => l.Contains('\t')) || width > 4096)
        {
            return [];
        }

        var blank = Enumerable.Range(0, width).Select(i => lines.TrueForAll(l => i >= l.Length || l[i] == ' ')).ToArray();
        var starts = new List<int>();
        for (var i = 0; i < width; i++)
        {
            if (!blank[i] && (i == 0 || blank[i - 1]))
            {
                starts.Add(i);
            }
        }

        for (var i = 0; i < starts.Count; i++)
        {
            var start = starts[i];
            var end = Array.FindIndex(blank, start, b => b);
            end = end < 0 ? width : end;
            var filled = lines.Where(l => l.Length > start && l[start..Math.Min(end, l.Length)].Trim().Length > 0).ToList();
            var left = filled.Count(l => l[start] != ' ');
            var right = filled.Count(l => l.Length >= end && l[end - 1] != ' ');
            if (filled.Count * 10 < lines.Count * 6 || Math.Max(left, right) * 10 < filled.Count * 8)
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
}
