using System.Text;

namespace Pipeline.ClickHouse;

/// <summary>Texts within SQL, for the statements that take no parameters (comments, settings and defaults in DDL).</summary>
public static class SqlText
{
    const string Escaped = "\0\b\t\n\f\r\\";
    const string Letters = "0btnfr\\";

    /// <summary>A text in single quotes.</summary>
    public static string Quote(string text) => Enclose(text, '\'');

    internal static string Enclose(string text, char quote) =>
        Escape(new StringBuilder(text.Length + 2).Append(quote), text, quote).Append(quote).ToString();

    /// <summary>A text with its special characters behind backslashes, without quotes.</summary>
    internal static string Escape(string text) => Escape(new StringBuilder(text.Length), text, '\0').ToString();

    static StringBuilder Escape(StringBuilder result, string text, char quote)
    {
        foreach (var c in text)
        {
            var i = Escaped.IndexOf(c, StringComparison.Ordinal);
            _ = i >= 0 ? result.Append('\\').Append(Letters[i])
                : c == quote ? result.Append('\\').Append(c)
                : result.Append(c);
        }

        return result;
    }
}
