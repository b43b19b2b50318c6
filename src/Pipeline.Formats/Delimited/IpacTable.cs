using System.Text;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Tables of observatories (IPAC): keywords behind backslashes, names between bars, below them perhaps types, units and words for no value, and
/// records whose values stand below their names with blanks where the bars are.
/// </summary>
/// <param name="Names">The first line between bars.</param>
/// <param name="Starts">Where columns start: at the bars before them.</param>
/// <param name="KeywordLines">Lines above the names.</param>
/// <param name="HeaderLines">Lines of names, types, units and words for no value.</param>
/// <param name="HeaderBytes">All of these.</param>
sealed record IpacTable(IReadOnlyList<string> Names, IReadOnlyList<int> Starts, int KeywordLines, int HeaderLines, int HeaderBytes)
{
    /// <summary>Names, types, units, words for no value.</summary>
    const int MostHeaderLines = 4;

    /// <summary>So many records are looked at.</summary>
    const int MostJudged = 20;

    public DelimitedDialect Dialect => new() { Delimiter = " ", Quote = null, Starts = Starts };

    /// <summary>The table at the start of a text; null where there is none.</summary>
    public static IpacTable? Find(ReadOnlySpan<byte> text)
    {
        var (at, keywords, header, judged) = (0, 0, 0, 0);
        while (at < text.Length && text[at] == (byte)'\\')
        {
            at += LineLength(text, at);
            keywords++;
        }

        var names = text.Slice(at, LineLength(text, at)).TrimEnd(" \r\n"u8);
        if (names.Count((byte)'|') < 3 || names[0] != (byte)'|' || names[^1] != (byte)'|' || !Ascii.IsValid(names))
        {
            return null;
        }

        while (at < text.Length && text[at] == (byte)'|')
        {
            var line = text.Slice(at, LineLength(text, at));
            if (++header > MostHeaderLines || !HasAtBars(line.TrimEnd(" \r\n"u8), names, (byte)'|'))
            {
                return null;
            }

            at += line.Length;
        }

        var bytes = at;
        for (; judged < MostJudged && at < text.Length; judged++)
        {
            var line = text.Slice(at, LineLength(text, at));
            at += line.Length;

            // The last line of a head may be cut.
            if (!HasAtBars(line.TrimEnd("\r\n"u8), names, (byte)' ') && (judged == 0 || at < text.Length))
            {
                return null;
            }
        }

        return judged > 0
            ? new IpacTable([.. Encoding.ASCII.GetString(names[1..^1]).Split('|', StringSplitOptions.TrimEntries)], Bars(names), keywords, header, bytes) : null;
    }

    /// <summary>Whether a mark stands wherever the names have a bar; a line may end before the last of them.</summary>
    static bool HasAtBars(ReadOnlySpan<byte> line, ReadOnlySpan<byte> names, byte mark)
    {
        var bars = Bars(names);
        if (line.Length <= bars[^1])
        {
            return false;
        }

        foreach (var bar in bars)
        {
            if (line[bar] != mark)
            {
                return false;
            }
        }

        return line.Length < names.Length || line[names.Length - 1] == mark;
    }

    /// <summary>All but the last.</summary>
    static List<int> Bars(ReadOnlySpan<byte> names)
    {
        var bars = new List<int>();
        for (var i = 0; i < names.Length - 1; i++)
        {
            if (names[i] == (byte)'|')
            {
                bars.Add(i);
            }
        }

        return bars;
    }

    static int LineLength(ReadOnlySpan<byte> text, int from)
    {
        var end = text[from..].IndexOfAny((byte)'\r', (byte)'\n');
        return end < 0 ? text.Length - from : end + CsvText.LineBreakLength(text, from + end);
    }
}
