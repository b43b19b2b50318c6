namespace Pipeline.Formats.Tests.Delimited.Pollution;

/// <summary>A sound file with one line damaged.</summary>
/// <param name="Kind">What was done to it.</param>
/// <param name="Line">To which line, counted from zero; the first is the header.</param>
/// <param name="Text">The file.</param>
sealed record Damage(string Kind, int Line, string Text)
{
    /// <summary>Every damage to every one of some lines of a text without quoted line breaks.</summary>
    public static IEnumerable<Damage> All(string text, string delimiter)
    {
        var lines = text.TrimEnd('\n').Split('\n');
        var other = delimiter == ";" ? "," : ";";
        foreach (var at in (int[])[1, 2, lines.Length / 2, lines.Length - 2, lines.Length - 1])
        {
            var first = lines[at].IndexOf(delimiter, StringComparison.Ordinal);
            var last = lines[at].LastIndexOf(delimiter, StringComparison.Ordinal);
            yield return With("a delimiter less at the start", lines[at].Remove(first, delimiter.Length));
            yield return With("a delimiter less at the end", lines[at].Remove(last, delimiter.Length));
            yield return With("a delimiter more at the start", lines[at].Insert(first, delimiter));
            yield return With("a value more at the end", lines[at] + delimiter + "x");
            yield return With("a quote at the start", '"' + lines[at]);
            yield return With("a quote behind a delimiter", lines[at].Insert(first + delimiter.Length, "\""));
            yield return With("a quote at the end", lines[at] + '"');
            yield return With("another delimiter", lines[at].Replace(delimiter, other, StringComparison.Ordinal));
            yield return With("blanks for delimiters", lines[at].Replace(delimiter, " ", StringComparison.Ordinal));
            yield return With("the line cut short", lines[at][..(first + 1)]);

            Damage With(string kind, string line) => new(kind, at, string.Join('\n', [.. lines[..at], line, .. lines[(at + 1)..]]) + "\n");
        }
    }
}
