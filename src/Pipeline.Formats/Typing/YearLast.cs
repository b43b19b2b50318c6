namespace Pipeline.Formats.Typing;

/// <summary>
/// Timestamps with the year behind the time, as C, Java and Twitter print them: <c>Sun Nov 29 10:00:00 2026</c>,
/// <c>Sun Nov 29 10:00:00 +0000 2026</c>, <c>Tue Dec  1 10:00:00 UTC 2026</c>.
/// </summary>
static class YearLast
{
    /// <summary>With an offset of six characters.</summary>
    public const int MaxLength = 31;

    const int MinLength = 23;

    /// <summary>Three letters, three letters, a day; the year and a blank before it at the end.</summary>
    public static bool MayBe(ReadOnlySpan<byte> text) =>
        text.Length is >= MinLength and <= MaxLength && text[3] == (byte)' ' && text[7] == (byte)' ' && text[^5] == (byte)' '
        && text[^4..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;

    /// <summary>
    /// Writes the same with the year behind the day: <c>Sun Nov 29 2026 10:00:00</c>. Whether it is a timestamp is for others to say.
    /// </summary>
    public static bool TryReorder(ReadOnlySpan<byte> text, Span<byte> usual, out int length)
    {
        length = 0;
        if (!MayBe(text))
        {
            return false;
        }

        // The day is padded to two characters by C, not by others.
        var rest = text[8..^5].TrimStart((byte)' ');
        var day = rest.IndexOf((byte)' ');
        if (day is not (1 or 2) || rest.Length < day + 9 || rest[day + 3] != (byte)':')
        {
            return false;
        }

        Append(text[..8], usual, ref length);
        Append(rest[..day], usual, ref length);
        Append(text[^5..], usual, ref length);
        Append(rest[day..], usual, ref length);
        return true;
    }

    static void Append(ReadOnlySpan<byte> part, Span<byte> usual, ref int length)
    {
        part.CopyTo(usual[length..]);
        length += part.Length;
    }
}
