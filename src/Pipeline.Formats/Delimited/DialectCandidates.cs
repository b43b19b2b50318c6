using System.Text;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// The dialects worth trying on a head, the more likely first: a tie goes to the first. Weights make up for how often a character stands in
/// plain text.
/// </summary>
static class DialectCandidates
{
    const string CompoundCharacters = "|~^#$@*;:&!<>=+%";

    /// <summary>Lines that are asked for delimiters of several characters, and how many of them may be titles.</summary>
    const int CompoundLines = 16;

    const int CompoundTitles = 3;

    const int CompoundText = 8 << 10;

    /// <summary>Lines that are asked which delimiters they hold.</summary>
    const int MostLines = 200;

    /// <summary>Where some delimiter stands in nearly every line, one in fewer lines than this is none.</summary>
    const double LeastShare = 0.25;

    const double RareWeight = 0.8;

    static readonly (char Delimiter, double Weight)[] s_delimiters =
    [
        (',', 1.0), (';', 1.0), ('\t', 1.0), ('|', 1.0), ('^', 0.8), ('~', 0.7), ('\u0001', 1.0), ('\u001f', 1.0), ('\u001e', 1.0),
        ('\u0007', 0.9), (':', 0.35), ('§', 0.8), ('¦', 0.9), (' ', 0.75),
    ];

    public static IEnumerable<(DelimitedDialect Dialect, double Weight)> For(string text)
    {
        foreach (var compound in Compounds(text))
        {
            foreach (var dialect in Quotings(text, compound))
            {
                yield return (dialect, 1.6);
            }
        }

        var lines = text.Split('\n', MostLines + 1).Take(MostLines).Where(l => l.Length > 1).ToList();
        var shares = s_delimiters.Select(d => (double)lines.Count(l => l.Contains(d.Delimiter)) / Math.Max(1, lines.Count)).ToList();
        var least = shares.Max() > 0.8 ? LeastShare : 0;
        foreach (var ((delimiter, weight), share) in s_delimiters.Zip(shares))
        {
            if (delimiter == ',' || (share >= least && text.Contains(delimiter) && !(delimiter == ':' && StandsInValues(text))))
            {
                foreach (var dialect in Quotings(text, delimiter.ToString()))
                {
                    yield return (dialect, weight);
                }
            }
        }

        foreach (var mark in s_rare.Where(m => lines.Count > 1 && lines.Count(l => l.AsSpan().Count(m) > 1) * 10 >= lines.Count * 9))
        {
            foreach (var dialect in Quotings(text, mark.ToString()))
            {
                yield return (dialect, RareWeight);
            }
        }
    }

    /// <summary>Marks that are delimiters only where nearly every line has two of them and more.</summary>
    static readonly char[] s_rare = ['#', '*', '!'];

    /// <summary>Whether colons stand in times and addresses rather than between values: outside of quotes, in a third of the lines.</summary>
    static bool StandsInValues(string text)
    {
        var (lines, marked) = (1, 0);
        var (quote, found) = ('\0', false);
        for (var i = 0; i < text.Length; i++)
        {
            if (quote != '\0')
            {
                quote = text[i] == quote && (i + 1 == text.Length || text[i + 1] is ':' or '\r' or '\n') ? '\0' : quote;
            }
            else if (text[i] is '"' or '\'' && (i == 0 || text[i - 1] is ':' or '\r' or '\n'))
            {
                quote = text[i];
            }
            else if (text[i] is '\n' or '\r')
            {
                lines++;
                found = false;
            }
            else if (!found && text[i] == ':' && IsPartOfValue(text.AsSpan(Math.Max(0, i - 3)), Math.Min(i, 3)))
            {
                marked++;
                found = true;
            }
        }

        return marked * 3 >= lines;
    }

    /// <summary>Whether the colon at a position is that of <c>http://</c> or of a time such as <c>9:05</c>.</summary>
    static bool IsPartOfValue(ReadOnlySpan<char> text, int at)
    {
        var behind = text[(at + 1)..];
        return behind.StartsWith("//")
            || (at >= 1 && char.IsAsciiDigit(text[at - 1]) && (at < 3 || !char.IsAsciiDigit(text[at - 3]) || !char.IsAsciiDigit(text[at - 2]))
                && behind.Length >= 2 && char.IsAsciiDigit(behind[0]) && char.IsAsciiDigit(behind[1]) && (behind.Length == 2 || !(char.IsAsciiDigit(behind[2]) || behind[2] == '.')));
    }

    /// <summary>The ways to quote that a text with this delimiter may have; the usual one first.</summary>
    public static IEnumerable<DelimitedDialect> Quotings(string text, string delimiter)
    {
        var usual = new DelimitedDialect { Delimiter = delimiter };
        if (delimiter == "|" && IsFramed(text))
        {
            usual = usual with { IsFramed = true, TrimsBlanks = text.Contains("| ", StringComparison.Ordinal) };
        }

        List<DelimitedDialect> dialects = [usual];
        if (text.Contains("\\\"", StringComparison.Ordinal))
        {
            dialects.Add(usual with { Escape = '\\' });
        }

        // A quote behind blanks behind a delimiter opens a field only where the blanks are layout.
        var trims = delimiter is not ("\t" or " ")
            && (text.Contains(delimiter + " \"", StringComparison.Ordinal) || MostFieldsStartBlank(text, delimiter));
        if (OpensFields(text, '\'', delimiter) || (trims && OpensFields(text, '\'', delimiter + " ")))
        {
            dialects.Add(usual with { Quote = '\'' });
            if (text.Contains("\\'", StringComparison.Ordinal))
            {
                dialects.Add(usual with { Quote = '\'', Escape = '\\' });
            }
        }

        if (text.Contains('"'))
        {
            dialects.Add(usual with { Quote = null });
        }

        return trims && !usual.TrimsBlanks ? [.. dialects, .. dialects.Select(d => d with { TrimsBlanks = true })] : dialects;
    }

    /// <summary>
    /// Whether lines start and end with a pipe, nearly all between the first and the last that do, but for those that draw the frame, and nearly all
    /// that have a pipe: tables as database clients print them, and those of Markdown. Lines of pipes alone are empty fields, or empty rows.
    /// </summary>
    static bool IsFramed(string text)
    {
        var lines = text.Split(['\n', '\r'], MostLines + 1, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(MostLines)
            .Where(l => l.AsSpan().ContainsAnyExcept('|')).ToList();
        var framed = lines.FindIndex(IsRow);
        var last = lines.FindLastIndex(IsRow);
        return last > framed && lines.Skip(framed).Take(last + 1 - framed).Count(l => IsRow(l) || IsFrame(l)) * 10 >= (last + 1 - framed) * 9
            && lines.Count(IsRow) * 10 >= lines.Count(l => l.Contains('|')) * 9;
    }

    static bool IsRow(string line) => line.Length > 2 && line[0] == '|' && line[^1] == '|';

    /// <summary>A line such as <c>+----+----+</c>, or of dashes alone.</summary>
    static bool IsFrame(string line) => line.Length > 2 && line[0] == line[^1] && line[0] is '+' or '-' && line.AsSpan().IndexOfAnyExcept("+-=") < 0;

    /// <summary>
    /// Runs of marks, two to four, that stand in every line of the start; tabs that are always doubled; a tab written as <c>\t</c>.
    /// </summary>
    static IEnumerable<string> Compounds(string text)
    {
        var lines = text[..Math.Min(text.Length, CompoundText)].Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Take(CompoundLines).ToList();
        if (lines.Count > 2)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        if (!text.Contains('\t') && StandInMost(lines, l => l.Contains("\\t", StringComparison.Ordinal)))
        {
            yield return "\\t";
        }

        if (StandInRuns(lines, '\t', 2))
        {
            yield return "\t\t";
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            for (var i = 0; i < line.Length; i++)
            {
                var end = i;
                while (end < line.Length && CompoundCharacters.Contains(line[end]))
                {
                    end++;
                }

                var marks = line[i..end];
                if (end - i is >= 2 and <= 4 && seen.Add(marks)
                    && (marks.AsSpan().ContainsAnyExcept(marks[0]) ? StandInMost(lines, l => l.Contains(marks, StringComparison.Ordinal)) : StandInRuns(lines, marks[0], marks.Length)))
                {
                    yield return marks;
                }

                i = Math.Max(i, end);
            }
        }
    }

    /// <summary>Whether lines hold something from the first of the table on: titles may stand above it, and line breaks in cells.</summary>
    static bool StandInMost(List<string> lines, Predicate<string> holds)
    {
        var first = lines.FindIndex(holds);
        return first is >= 0 and <= CompoundTitles && lines.Count - first > 1 && lines.Skip(first).Count(l => holds(l)) * 10 >= (lines.Count - first) * 7;
    }

    /// <summary>
    /// Whether a mark stands in runs of that length, or of several such runs. Elsewhere runs are empty fields side by side; so they are in lines of
    /// nothing else. A quarter of the lines may have values that hold single ones, and times hold colons.
    /// </summary>
    static bool StandInRuns(List<string> lines, char mark, int length)
    {
        var filled = lines.FindAll(l => l.AsSpan().ContainsAnyExcept(mark));
        var run = new string(mark, length);
        return StandInMost(filled, l => l.Contains(run, StringComparison.Ordinal))
            && (mark == ':' || filled.Count(l => !AreRuns(l, mark, length, "\"") && !AreRuns(l, mark, length, "\"'")) * 4 <= filled.Count);
    }

    /// <summary>Whether all runs of a mark outside of quotes are of that length, or of several such runs.</summary>
    static bool AreRuns(string line, char mark, int length, string quotes)
    {
        var (run, quote) = (0, '\0');
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c == '\\' && quote != '\0')
            {
                i++;
                continue;
            }

            quote = quote == c ? '\0' : quote == '\0' && quotes.Contains(c) ? c : quote;
            if (c == mark && quote == '\0')
            {
                run++;
            }
            else if (run % length != 0)
            {
                return false;
            }
            else
            {
                run = 0;
            }
        }

        return run % length == 0;
    }

    /// <summary>Whether a mark opens and closes fields: several of them, or one that the delimiter stands in.</summary>
    static bool OpensFields(string text, char quote, string delimiter)
    {
        var opens = Count(text, delimiter + quote) + Count(text, "\n" + quote) + Count(text, "\r" + quote) + (text.StartsWith(quote) ? 1 : 0);
        var closes = Count(text, quote + delimiter) + Count(text, quote + "\n") + Count(text, quote + "\r") + (text.EndsWith(quote) ? 1 : 0);
        return Math.Min(opens, closes) >= (HoldsMarks(text, quote, delimiter) ? 1 : 2) && Math.Abs(opens - closes) <= 1 + (opens / 10);
    }

    /// <summary>Whether the first field in quotes holds the delimiter, or quotes that are doubled or escaped.</summary>
    static bool HoldsMarks(string text, char quote, string delimiter)
    {
        var field = FirstQuoted(text, quote, delimiter);
        var end = field.IndexOfAny('\r', '\n');
        field = end < 0 ? field : field[..end];
        var inside = field.IndexOf(delimiter, StringComparison.Ordinal);
        var close = field.IndexOf(quote);
        return close > 0 && ((inside > 0 && inside < close) || field[close..].StartsWith([quote, quote]) || field[close - 1] == '\\');
    }

    /// <summary>The text behind the first quote that stands at the start of a field.</summary>
    static ReadOnlySpan<char> FirstQuoted(string text, char quote, string delimiter)
    {
        for (var at = text.IndexOf(quote); at >= 0; at = text.IndexOf(quote, at + 1))
        {
            if (at == 0 || text[at - 1] is '\r' or '\n' || text.AsSpan(0, at).EndsWith(delimiter))
            {
                return text.AsSpan(at + 1);
            }
        }

        return default;
    }

    static bool MostFieldsStartBlank(string text, string delimiter)
    {
        var all = Count(text, delimiter);
        return all >= 2 && delimiter != " " && Count(text, delimiter + " ") >= all * 0.6;
    }

    static int Count(string text, string part)
    {
        var count = 0;
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal))
        {
            count++;
        }

        return count;
    }

    /// <summary>The text that candidates are looked for in.</summary>
    public static string TextOf(ReadOnlySpan<byte> head) => Encoding.UTF8.GetString(head[..Math.Min(head.Length, 64 << 10)]);
}
