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

        // An error that passed several layers repeats its prefix and its name for each of them: one of each is kept.
        var code = int.Parse(match.Groups["code"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        if (match.Groups["again"].Length > 0)
        {
            text = text[match.Groups["again"].Length..];
            if (LastName().Match(text) is { Success: true, Groups: var groups })
            {
                text = text[..(text.IndexOf(groups["name"].Value, StringComparison.Ordinal) + groups["name"].Length)];
            }
        }

        return new(code, text);
    }

    public static ChdbError Of(int code, string name, string message) => new(code, $"Code: {code}. DB::Exception: {message} ({name})");

    [GeneratedRegex(
        @"^(?<again>(Code: (?<inner>\d{1,9})\. DB::Exception: (?=Code: \k<inner>\. DB::Exception: ))*)Code: (?<code>\d{1,9})\. DB::Exception: ",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Prefix();

    [GeneratedRegex(@"(?<name>\([A-Z][A-Z0-9_]+\))", RegexOptions.RightToLeft | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LastName();
}
