namespace Pipeline.Formats.Delimited;

/// <summary>A block of YAML between two lines of three dashes above a table, as CSVY has it.</summary>
static class FrontMatter
{
    /// <summary>Longer blocks are no remarks above a table.</summary>
    const int MaxBytes = 64 << 10;

    /// <summary>Bytes from the start of the text to the line behind the block; 0 where there is none.</summary>
    public static int Length(ReadOnlySpan<byte> text)
    {
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
