using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipeline.Engine.Chdb;

/// <summary>An error of ClickHouse's: its code, its name and the text as a server words it.</summary>
sealed partial record ChdbError(int Code, string Text)
{
    public const int UnknownException = 1002;

    /// <summary>Reads an error text of the engine's; a text without a code gets <see cref="UnknownException"/>.</summary>
    public static ChdbError Parse(string text)
    {
        text = text.Trim();
        if (text.StartsWith("Error: ", StringComparison.Ordinal))
        {
            text = text["Error: ".Length..];
        }

        var match = Prefix().Match(text);
        if (!match.Success)
        {
            return new(UnknownException, $"Code: {UnknownException}. DB::Exception: {text} (UNKNOWN_EXCEPTION)");
        }

        // An error that passed several layers repeats its prefix for each of them, and its name.
        var code = int.Parse(match.Groups["code"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        var repeated = match.Value + match.Value;
        while (text.StartsWith(repeated, StringComparison.Ordinal))
        {
            text = Suffix().Replace(text[match.Value.Length..], "");
        }

        return new(code, text);
    }

    public static ChdbError Of(int code, string name, string message) => new(code, $"Code: {code}. DB::Exception: {message} ({name})");

    [GeneratedRegex(@"^Code: (?<code>\d{1,9})\. DB::Exception: ", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Prefix();

    // The outermost " (NAME)" that a layer appended after the inner text's own " (NAME) (version …)".
    [GeneratedRegex(@"(?<=\(version [^()]{1,60}(\([^()]{1,60}\))?\)\.?) ?\([A-Z_0-9]+\)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Suffix();
}
