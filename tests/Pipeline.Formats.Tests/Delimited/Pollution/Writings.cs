namespace Pipeline.Formats.Tests.Delimited.Pollution;

/// <summary>The ways of writing a table that are tried: every delimiter with every way to quote, and what stands around tables.</summary>
static class Writings
{
    static readonly string[] s_delimiters = [",", ";", "\t", "|", "^", "~", ":", " ", "||", "::", "~|~", ", ", "\u0001", "\u001f"];

    public static IEnumerable<Writing> All => [.. s_delimiters.SelectMany(WithQuotes), .. ((string[])[",", ";", "\t"]).SelectMany(WithSurroundings)];

    static IEnumerable<Writing> WithQuotes(string delimiter)
    {
        var plain = new Writing { Delimiter = delimiter };
        yield return plain;
        yield return plain with { QuotesAll = true };
        yield return plain with { Quote = '\'' };
        yield return plain with { Quote = '\'', QuotesAll = true };
        yield return plain with { Escape = '\\' };
        yield return plain with { Escape = '\\', QuotesAll = true };
        yield return plain with { HasHeader = false };

        // Words between blanks, and colons among colons: there is nothing to tell a table by.
        if (delimiter is not (" " or ":"))
        {
            yield return plain with { Quote = null };
        }
    }

    static IEnumerable<Writing> WithSurroundings(string delimiter)
    {
        var plain = new Writing { Delimiter = delimiter };
        yield return plain with { LineBreak = "\r" };
        yield return plain with { LineBreak = "\r\n" };
        yield return plain with { Above = "Report of the month\n" };
        yield return plain with { Above = "Report of the month\nmade by me, today\n\n" };
        yield return plain with { Above = "# made by a program, version 2\n# at 10:20\n" };
        yield return plain with { Above = $"Report{delimiter}2024{delimiter}\nBy{delimiter}me{delimiter}\n" };
        yield return plain with { Above = $"sep={delimiter}\n" };
        yield return plain with { Below = "Source: the office\n" };
        yield return plain with { Below = "\nTotal: 100 rows\n" };
        yield return plain with { Below = "\n\n\n" };
        yield return plain with { LineEnd = delimiter };
        yield return plain with { EndsWithLineBreak = false };
    }
}
