using CsvHelper;

namespace Pipeline.Formats.Delimited;

/// <summary>What every use of CsvHelper here has in common.</summary>
static class CsvText
{
    /// <summary>
    /// Every text handed to CsvHelper starts with a line break that is not in the file: a text that starts with FF FE or EF BB BF
    /// would be taken for a byte order mark, and chunks of a file may start with any bytes.
    /// </summary>
    public const int GuardBytes = 1;

    /// <summary>For dialects that are plain.</summary>
    public static CsvReaderOptions Options(DelimitedDialect dialect, Action<CsvMalformedRecord>? onMalformed) => new()
    {
        Separator = dialect.Delimiter[0],
        Quote = dialect.Quote ?? '"',
        Mode = dialect.Quote is null ? CsvMode.NoEscape : CsvMode.Rfc4180,
        HasHeader = false,
        TrackLineNumbers = true,
        DetectSeparatorHint = false,
        SkipEmptyLines = true,
        TrimWhitespace = false,
        MalformedData = CsvMalformedDataHandling.Recover,
        FieldCountMismatch = CsvFieldCountHandling.Allow,
        OnMalformedRecord = onMalformed,
    };

    public static byte[] Guarded(ReadOnlySpan<byte> text)
    {
        var guarded = new byte[text.Length + GuardBytes];
        guarded[0] = (byte)'\n';
        text.CopyTo(guarded.AsSpan(GuardBytes));
        return guarded;
    }

    /// <summary>Line breaks in a text: LF, CR and CR LF count once each.</summary>
    public static int CountLineBreaks(ReadOnlySpan<byte> text)
    {
        var breaks = 0;
        while (true)
        {
            var i = text.IndexOfAny((byte)'\r', (byte)'\n');
            if (i < 0)
            {
                return breaks;
            }

            breaks++;
            var next = i + 1;
            if (text[i] == (byte)'\r' && next < text.Length && text[next] == (byte)'\n')
            {
                next++;
            }

            text = text[next..];
        }
    }

    /// <summary>Length of the line break at a position: 0 (none), 1 or 2.</summary>
    public static int LineBreakLength(ReadOnlySpan<byte> text, int at)
    {
        if (at >= text.Length)
        {
            return 0;
        }

        return text[at] switch
        {
            (byte)'\n' => 1,
            (byte)'\r' => at + 1 < text.Length && text[at + 1] == (byte)'\n' ? 2 : 1,
            _ => 0,
        };
    }
}
