using System.Text;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// The dialects worth trying on a head, the more likely first: a tie goes to the first. Weights make up for how often a character stands in
/// plain text.
/// </summary>
static class DialectCandidates
{
    const string CompoundCharacters = "|~^#$@*;:&!<>=+%";

    static readonly (char Delimiter, double Weight)[] s_delimiters =
    [
        (',', 1.0), (';', 1.0), ('\t', 1.0), ('|', 1.0), ('^', 0.8), ('~', 0.7), ('\u0001', 1.0), ('\u001f', 1.0), ('\u001e', 1.0),
        ('\u0007', 0.9), (':', 0.35), ('§', 0.8), ('¦', 0.9),
    ];

    public static IEnumerable<(DelimitedDialect Dialect, double Weight)> For(string text)
    {
        foreach (var compound in Compounds(text))
        {
            yield return (new DelimitedDialect { Delimiter = compound }, 1.3);
        }

        foreach (var (delimiter, weight) in s_delimiters)
        {
            if (delimiter == ',' || text.Contains(delimiter))
            {
                foreach (var dialect in Quotings(text, delimiter.ToString()))
                {
                    yield return (dialect, weight);
                }
            }
        }
    }

    /// <summary>The ways to quote that a text with this delimiter may have; the usual one first.</summary>
    public static IEnumerable<DelimitedDialect> Quotings(string text, string delimiter)
    {
        var usual = new DelimitedDialect { Delimiter = delimiter };
        yield return usual;

        // A quote behind blanks behind a delimiter opens a field only where the blanks are layout.
        if (delimiter != "\t" && (text.Contains(delimiter + " \"", StringComparison.Ordinal) || AllFieldsStartBlank(text, delimiter)))
        {
            yield return usual with { TrimsBlanks = true };
        }

        if (text.Contains("\\\"", StringComparison.Ordinal))
        {
            yield return usual with { Escape = '\\' };
        }

        if (OpensFields(text, '\'', delimiter))
        {
            yield return usual with { Quote = '\'' };
            if (text.Contains("\\'", StringComparison.Ordinal))
            {
                yield return usual with { Quote = '\'', Escape = '\\' };
            }
        }

        if (text.Contains('"'))
        {
            yield return usual with { Quote = null };
        }
    }

    /// <summary>Runs of marks, two to four, that stand in every line of the start as often as in the first.</summary>
    static IEnumerable<string> Compounds(string text)
    {
        var lines = text.Split('\n', 12).Select(l => l.TrimEnd('\r')).Where(l => l.Length > 0).Take(10).ToList();
        if (lines.Count < 2)
        {
            yield break;
        }

        if (lines.Count > 2)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        var first = lines[^1];
        for (var i = 0; i < first.Length; i++)
        {
            var end = i;
            while (end < first.Length && CompoundCharacters.Contains(first[end]))
            {
                end++;
            }

            if (end - i is >= 2 and <= 4 && seen.Add(first[i..end]) && lines.TrueForAll(l => l.Contains(first[i..end], StringComparison.Ordinal)))
            {
                yield return first[i..end];
            }

            i = Math.Max(i, end);
        }
    }

    static bool OpensFields(string text, char quote, string delimiter)
    {
        var opens = Count(text, delimiter + quote) + Count(text, "\n" + quote) + (text.StartsWith(quote) ? 1 : 0);
        var closes = Count(text, quote + delimiter) + Count(text, quote + "\n") + Count(text, quote + "\r") + (text.EndsWith(quote) ? 1 : 0);
        return opens >= 2 && closes >= 2 && Math.Abs(opens - closes) <= 1 + (opens / 10);
    }

    static bool AllFieldsStartBlank(string text, string delimiter)
    {
        var all = Count(text, delimiter);
        return all >= 2 && delimiter != " " && Count(text, delimiter + " ") >= all * 0.97;
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
