using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipeline.ClickHouse;

/// <summary>
/// Reads ClickHouse's error texts: <c>Code: 60. DB::Exception: … (UNKNOWN_TABLE) (version …)</c>, and the forms of older servers.
/// </summary>
static partial class ErrorText
{
    const int MaxMessageLength = 4000;

    /// <summary>The error that a text holds; null when it holds none.</summary>
    public static ClickHouseError? TryParse(string text, int? headerCode = null)
    {
        var match = CodePattern().Match(text);
        if (!match.Success && headerCode is null)
        {
            return null;
        }

        var code = headerCode ?? int.Parse(match.Groups["code"].ValueSpan, CultureInfo.InvariantCulture);
        var body = match.Success ? text[(match.Index + match.Length)..] : text;
        var message = VersionPattern().Replace(body, "").Trim();
        var name = NamePattern().Match(message) is { Success: true } named ? named.Groups["name"].Value
            : ErrorCatalog.NameOf(code);
        return new ClickHouseError(code, name, Shorten(message), ErrorCatalog.Classify(code, name, message));
    }

    /// <summary>
    /// The error at the end of a result from a server that does not mark it (before 25.11). Only a text that runs to the end of
    /// the result and ends as
    /// error texts do counts: data may quote errors.
    /// </summary>
    public static ClickHouseError? TryParseTail(string tail)
    {
        var match = CodePattern().Matches(tail).LastOrDefault();
        return match is not null && TailEndPattern().IsMatch(tail) ? TryParse(tail[match.Index..]) : null;
    }

    /// <summary>The error of an answer that has a bad status and a text that is not ClickHouse's: a proxy's, or none.</summary>
    public static ClickHouseError OfStatus(int status, string body)
    {
        var text = body.Trim();
        var said = text.Length == 0 ? "an empty answer" : Shorten(text);
        return status is 401 or 403
            ? new ClickHouseError(0, $"HTTP_{status}", $"The way to ClickHouse is closed (HTTP {status}): {said}",
                ErrorClass.Configuration)
            : new ClickHouseError(0, $"HTTP_{status}", $"HTTP status {status} instead of an answer of ClickHouse: {said}",
                ClassOf(status));
    }

    static ErrorClass ClassOf(int status) => status is 408 or 425 or 429 or >= 500 ? ErrorClass.Retry : ErrorClass.Configuration;

    static string Shorten(string text) =>
        text.Length <= MaxMessageLength ? text : string.Concat(text.AsSpan(0, MaxMessageLength), "…");

    [GeneratedRegex(@"Code: (?<code>\d+)(\.|, e\.displayText\(\) =) (DB::)?(\w+::)*(Exception|NetException|ParsingException): ",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"(\s*\(version [^()]*(\([^()]*\))?\)|,\s+e\.what\(\) = DB::\w+)\s*$", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"\((?<name>[A-Z][A-Z0-9_]+)\)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"(\(version [^()]*(\([^()]*\))?\)|e\.what\(\) = DB::\w+|\([A-Z][A-Z0-9_]+\))\s*$",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex TailEndPattern();
}
