namespace Pipeline.Formats.Delimited;

/// <summary>
/// Blocks above a table: YAML between two lines of three dashes, as CSVY has it, a remark between <c>/*</c> and <c>*/</c>, or the description of enhanced CSV
/// (<c># %ECSV 1.0</c>).
/// </summary>
static class FrontMatter
{
    /// <summary>Longer blocks are no remarks above a table.</summary>
    const int MaxBytes = 64 << 10;

    /// <summary>The delimiter of enhanced CSV, a blank where it names none; null where it is none.</summary>
    public static char? EnhancedCsvDelimiter(ReadOnlySpan<byte> text) =>
        !text.StartsWith("# %ECSV "u8) ? null : text[..EnhancedCsvLength(text)].IndexOf("\n# delimiter: ','"u8) >= 0 ? ',' : ' ';

    /// <summary>Bytes from the start of the text to the line behind the block; 0 where there is none.</summary>
    public static int Length(ReadOnlySpan<byte> text)
    {
        if (text.TrimStart(" \t\r\n"u8).StartsWith("/*"u8))
        {
            return RemarkLength(text);
        }

        if (text.StartsWith("# %ECSV "u8))
        {
            return EnhancedCsvLength(text);
        }

        var at = LineLength(text, 0);
        if (!IsRule(text[..at]))
        {
            return 0;
        }

        var entries = 0;
        while (at < Math.Min(text.Length, MaxBytes))
        {
            var line = text.Slice(at, LineLength(text, at));
            at += line.Length;
            if (IsRule(line))
            {
                return entries > 0 && at < text.Length ? at : 0;
            }

            entries += IsEntry(line) ? 1 : 0;
        }

        return 0;
    }

    /// <summary>To the line behind the mark that closes it; nothing else stands on that line.</summary>
    static int RemarkLength(ReadOnlySpan<byte> text)
    {
        var close = text[..Math.Min(text.Length, MaxBytes)].IndexOf("*/"u8);
        if (close < 0)
        {
            return 0;
        }

        var rest = text[(close + 2)..];
        var end = LineLength(rest, 0);
        return end < rest.Length && rest[..end].Trim(" \t\r\n"u8).IsEmpty ? close + 2 + end : 0;
    }

    static int EnhancedCsvLength(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length && text[at] == (byte)'#')
        {
            at += LineLength(text, at);
        }

        return at;
    }

    static int LineLength(ReadOnlySpan<byte> text, int from)
    {
        var end = text[from..].IndexOfAny((byte)'\r', (byte)'\n');
        return end < 0 ? text.Length - from : end + CsvText.LineBreakLength(text, from + end);
    }

    static bool IsRule(ReadOnlySpan<byte> line) => line.TrimEnd(" \r\n"u8).SequenceEqual("---"u8);

    static bool IsEntry(ReadOnlySpan<byte> line)
    {
        var entry = line.TrimEnd(" \r\n"u8);
        return entry.Length > 1 && (entry[^1] == (byte)':' || entry.IndexOf(": "u8) > 0);
    }
}
