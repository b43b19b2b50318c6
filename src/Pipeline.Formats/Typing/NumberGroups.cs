namespace Pipeline.Formats.Typing;

/// <summary>What stands between the thousands of a number.</summary>
enum NumberGroup : byte
{
    None,

    /// <summary>The comma of a number with a decimal point, the point of one with a decimal comma.</summary>
    Usual,

    /// <summary>Commas as in India: three digits at the end and pairs before them, <c>12,34,567</c>.</summary>
    Indian,

    /// <summary>One comma before three digits and behind one or two: <c>12,345</c> is the same in India and elsewhere.</summary>
    UsualOrIndian,
    Blank,
    NoBreakBlank,
    NarrowBlank,
    ThinBlank,
    Apostrophe,
    CurlyApostrophe,

    /// <summary>Several of them: no number.</summary>
    Mixed,
}

/// <summary>Marks between thousands other than comma and point.</summary>
static class NumberGroups
{
    /// <summary>What two numbers of a column say together.</summary>
    public static NumberGroup Both(NumberGroup a, NumberGroup b) =>
        a == b || b == NumberGroup.None || (b == NumberGroup.UsualOrIndian && a is NumberGroup.Usual or NumberGroup.Indian) ? a
        : a == NumberGroup.None || (a == NumberGroup.UsualOrIndian && b is NumberGroup.Usual or NumberGroup.Indian) ? b : NumberGroup.Mixed;

    /// <summary>Whether a number in such groups may stand in a column of that style.</summary>
    public static bool Fits(NumberGroup group, NumberGroup style) => group == NumberGroup.None || Both(group, style) == style;

    static readonly (byte[] Bytes, NumberGroup Group)[] s_marks =
    [
        (" "u8.ToArray(), NumberGroup.Blank), ("\u00A0"u8.ToArray(), NumberGroup.NoBreakBlank), ("\u202F"u8.ToArray(), NumberGroup.NarrowBlank),
        ("\u2009"u8.ToArray(), NumberGroup.ThinBlank), ("'"u8.ToArray(), NumberGroup.Apostrophe), ("\u2019"u8.ToArray(), NumberGroup.CurlyApostrophe),
    ];

    /// <summary>The text with the usual mark in place of its own; itself where it has none.</summary>
    public static ReadOnlySpan<byte> ToUsual(ReadOnlySpan<byte> text, byte usual, Span<byte> buffer, out NumberGroup group)
    {
        group = text.IndexOf(usual) >= 0 ? NumberGroup.Usual : NumberGroup.None;
        foreach (var (mark, kind) in s_marks)
        {
            if (text.IndexOf(mark) >= 0)
            {
                group = group == NumberGroup.None ? kind : NumberGroup.Mixed;
            }
        }

        if (group is < NumberGroup.Blank or NumberGroup.Mixed)
        {
            return text;
        }

        var own = s_marks[group - NumberGroup.Blank].Bytes;
        var length = 0;
        for (var i = 0; i < text.Length;)
        {
            var isMark = text[i..].StartsWith(own);
            buffer[length++] = isMark ? usual : text[i];
            i += isMark ? own.Length : 1;
        }

        return buffer[..length];
    }
}
