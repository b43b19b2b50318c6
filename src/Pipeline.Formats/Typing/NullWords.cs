namespace Pipeline.Formats.Typing;

/// <summary>
/// Words that programs write where there is no value. They are nulls in a column whose other values are numbers, dates or the like; in a
/// column of texts they are texts.
/// </summary>
static class NullWords
{
    const int MaxLength = 9;

    static readonly HashSet<string> s_words = new(StringComparer.OrdinalIgnoreCase)
    {
        "null", "(null)", "<null>", "[null]", "na", "n/a", "#n/a", "#na", "<na>", "n.a.", "n.a", "nan", "none", "nil", @"\n", "-", "--", "---", ".", "..",
        "...", "?", "*", "nd", "n.d.", "n/d", "missing", "unknown", "#value!", "#div/0!", "#ref!", "#num!", "#null!", "#name?", "nat", "(blank)", "#n/d",
        "–", "—",
    };

    /// <summary>What the words start with: most texts are told by one byte.</summary>
    static ReadOnlySpan<byte> s_starts => "nN#<([\\-.?*mMuU–—"u8;

    static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> s_lookup = s_words.GetAlternateLookup<ReadOnlySpan<char>>();

    public static bool Is(ReadOnlySpan<byte> text)
    {
        // Blanks alone are no value either: fixed columns are filled up with them.
        if (text.Length > 0 && text[0] == (byte)' ' && text.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0)
        {
            return true;
        }

        if (text.Length > MaxLength)
        {
            // MySQL's date for no date.
            return text[0] == (byte)'0' && (text.SequenceEqual("0000-00-00"u8) || text.SequenceEqual("0000-00-00 00:00:00"u8));
        }

        if (text.Length == 0 || s_starts.IndexOf(text[0]) < 0)
        {
            return false;
        }

        Span<char> chars = stackalloc char[MaxLength];
        return System.Text.Unicode.Utf8.ToUtf16(text, chars, out _, out var length) == System.Buffers.OperationStatus.Done && s_lookup.Contains(chars[..length]);
    }
}
