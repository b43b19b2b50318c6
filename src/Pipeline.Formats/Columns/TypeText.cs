using System.Text;

namespace Pipeline.Formats.Columns;

/// <summary>How ClickHouse spells names and quoted texts within a type.</summary>
static class TypeText
{
    const string Escaped = "\0\b\t\n\f\r\\";
    const string Letters = "0btnfr\\";

    // ClickHouse 26.7 puts these few of its 414 keywords in backticks, and NULL.
    static readonly HashSet<string> s_quotedWords =
        new(["all", "distinct", "from", "null", "select", "table", "values"], StringComparer.OrdinalIgnoreCase);

    /// <summary>A text in single quotes.</summary>
    public static string Quote(string text) => Enclose(text, '\'');

    /// <summary>
    /// An identifier, in backticks only where ClickHouse puts them: not a plain word, or a word that reads as a keyword.
    /// </summary>
    public static string Identifier(string name) => IsPlain(name) ? name : Enclose(name, '`');

    /// <summary>The character that <c>\letter</c> stands for in a quoted text.</summary>
    public static char Unescape(char letter)
    {
        var i = Letters.IndexOf(letter, StringComparison.Ordinal);
        return i < 0 ? letter : Escaped[i];
    }

    static bool IsPlain(string name) =>
        name.Length > 0
        && !char.IsAsciiDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
        && !s_quotedWords.Contains(name);

    static string Enclose(string text, char quote)
    {
        var result = new StringBuilder(text.Length + 2).Append(quote);
        foreach (var c in text)
        {
            var i = Escaped.IndexOf(c, StringComparison.Ordinal);
            _ = i >= 0 ? result.Append('\\').Append(Letters[i])
                : c == quote ? result.Append('\\').Append(c)
                : result.Append(c);
        }

        return result.Append(quote).ToString();
    }
}
