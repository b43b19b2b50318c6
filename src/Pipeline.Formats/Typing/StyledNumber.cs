using System.Runtime.InteropServices;

namespace Pipeline.Formats.Typing;

/// <summary>How a column writes its numbers, where not as programs print them.</summary>
/// <param name="IsEuropean">The comma is the decimal point and points group thousands; otherwise the other way round.</param>
/// <param name="Affix">What stands before or behind every number; None: nothing.</param>
/// <param name="Group">What stands between thousands.</param>
readonly record struct NumberStyle(bool IsEuropean, NumberAffix Affix, NumberGroup Group = NumberGroup.None);

/// <summary>What was left out of a number to bring it to canonical form.</summary>
/// <param name="Group">What stands between its thousands.</param>
/// <param name="Plus">A plus sign.</param>
/// <param name="BarePoint">A point without digits behind it.</param>
/// <param name="MinusBehind">A minus sign behind the digits, as accounting programs print it.</param>
/// <param name="Dash">A dash (U+2013) in place of the minus sign.</param>
readonly record struct NumberMarks(NumberGroup Group, bool Plus, bool BarePoint, bool MinusBehind, bool Dash);

/// <summary>A mark that is no part of the number.</summary>
enum NumberAffix : byte
{
    None,
    Percent,
    Dollar,
    Euro,
    Pound,
    Yen,
    Rupee,
}

/// <summary>
/// Numbers as people write them: thousands in groups of three (or as in India), a decimal comma, one currency or percent sign, negative ones in
/// parentheses or with a typographic minus.
/// The digits are taken as they are; nothing is scaled.
/// </summary>
static class StyledNumber
{
    /// <summary>Longer texts are no numbers of people.</summary>
    public const int MaxLength = 44;

    static readonly (byte[] Bytes, NumberAffix Affix)[] s_affixes =
    [
        ("%"u8.ToArray(), NumberAffix.Percent), ("$"u8.ToArray(), NumberAffix.Dollar), ("€"u8.ToArray(), NumberAffix.Euro),
        ("£"u8.ToArray(), NumberAffix.Pound), ("¥"u8.ToArray(), NumberAffix.Yen), ("₹"u8.ToArray(), NumberAffix.Rupee),
    ];

    /// <summary>Whether a text that is no canonical number may be one of these: told by its ends.</summary>
    public static bool MayBe(ReadOnlySpan<byte> text) =>
        text.Length is > 1 and <= MaxLength
        && (text[0] is >= (byte)'0' and <= (byte)'9' or (byte)'-' or (byte)'+' or (byte)'(' or (byte)'$' or (byte)'.' or (byte)' ' or >= 0xC2)
        && (text[^1] is >= (byte)'0' and <= (byte)'9' or (byte)')' or (byte)'%' or (byte)'$' or (byte)'.' or (byte)'-' or (byte)' ' or >= 0x80)
        && text.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0;

    /// <summary>
    /// Writes the number in canonical form. False when the text is no number in this style: groups are of three digits but for the first,
    /// which has no leading zero.
    /// </summary>
    public static bool TryNormalize(
        ReadOnlySpan<byte> text, bool isEuropean, Span<byte> canonical, out int length, out NumberAffix affix, out NumberMarks marks)
    {
        length = 0;
        marks = default;
        affix = NumberAffix.None;
        var negative = false;
        text = TrimBlanks(text);
        if (text is [(byte)'(', .., (byte)')'])
        {
            negative = true;
            text = text[1..^1];
        }
        else if (TakeMinus(ref text, out var isDash))
        {
            negative = true;
            marks = marks with { Dash = isDash };
        }
        else if (text.Length > 1 && text[0] == (byte)'+')
        {
            marks = marks with { Plus = true };
            text = text[1..];
        }
        else if (text is [.., >= (byte)'0' and <= (byte)'9', (byte)'-'])
        {
            negative = true;
            marks = marks with { MinusBehind = true };
            text = text[..^1];
        }

        affix = TakeAffix(ref text);
        if (!negative && !marks.Plus)
        {
            negative = TakeMinus(ref text, out var isDash);
            marks = marks with { Dash = isDash };
            if (affix != NumberAffix.None && text is [(byte)'(', .., (byte)')'])
            {
                negative = !negative;
                text = negative ? text[1..^1] : [];
            }
        }

        if (negative)
        {
            canonical[length++] = (byte)'-';
        }

        if (!isEuropean && text.Length > 1 && text[^1] == (byte)'.')
        {
            marks = marks with { BarePoint = true };
            text = text[..^1];
        }

        Span<byte> usual = stackalloc byte[MaxLength];
        var digits = NumberGroups.ToUsual(text, isEuropean ? (byte)'.' : (byte)',', usual, out var group);
        var isNumber = group != NumberGroup.Mixed && TryDigits(digits, isEuropean, canonical, ref length, ref group);
        marks = marks with { Group = group };
        return isNumber;
    }

    /// <summary>Without the blanks around it, no-break ones too.</summary>
    public static ReadOnlySpan<byte> TrimBlanks(ReadOnlySpan<byte> text)
    {
        text = text.Trim((byte)' ');
        while (text.Length > 0 && text[0] >= 0xC2 && BlankAt(text) is > 0 and var start)
        {
            text = text[start..].TrimStart((byte)' ');
        }

        while (text.Length > 2 && text[^1] >= 0x80 && (text.EndsWith("\u00A0"u8) ? 2 : BlankAt(text[^3..])) is > 0 and var end)
        {
            text = text[..^end].TrimEnd((byte)' ');
        }

        return text;
    }

    static int BlankAt(ReadOnlySpan<byte> text) =>
        text.StartsWith("\u00A0"u8) ? 2 : text.StartsWith("\u202F"u8) || text.StartsWith("\u2009"u8) ? 3 : 0;

    /// <summary>
    /// The hyphen of keyboards or the minus sign of typesetters (U+2212), which is nothing else; or a dash (U+2013), which may stand between two
    /// numbers as well: the column decides.
    /// </summary>
    public static bool TakeMinus(ref ReadOnlySpan<byte> text, out bool isDash)
    {
        isDash = text.StartsWith("\u2013"u8);
        var length = text.Length > 0 && text[0] == (byte)'-' ? 1 : isDash || text.StartsWith("\u2212"u8) ? 3 : 0;
        text = text[length..];
        return length > 0;
    }

    static NumberAffix TakeAffix(ref ReadOnlySpan<byte> text)
    {
        foreach (var (bytes, kind) in s_affixes)
        {
            if (kind != NumberAffix.Percent && text.StartsWith(bytes))
            {
                text = TrimBlanks(text[bytes.Length..]);
                return kind;
            }

            if (text.EndsWith(bytes))
            {
                text = TrimBlanks(text[..^bytes.Length]);
                return kind;
            }
        }

        return NumberAffix.None;
    }

    static bool TryDigits(ReadOnlySpan<byte> text, bool isEuropean, Span<byte> canonical, ref int length, ref NumberGroup kind)
    {
        var (group, point) = isEuropean ? ((byte)'.', (byte)',') : ((byte)',', (byte)'.');
        var groups = 0;
        var run = 0;
        var first = 0;
        var size = 0; // Of the groups between the first and the last.
        var start = length;
        var i = 0;
        for (; i < text.Length && text[i] != point; i++)
        {
            if (text[i] == group)
            {
                if (run == 0 || run > 3 || (groups > 1 && run != size) || (groups == 1 && run < 2) || canonical[start] == (byte)'0')
                {
                    return false;
                }

                first = groups == 0 ? run : first;
                size = groups == 0 ? 3 : run;
                groups++;
                run = 0;
            }
            else if ((uint)(text[i] - '0') > 9)
            {
                return false;
            }
            else
            {
                run++;
                canonical[length++] = text[i];
            }
        }

        if (groups > 0 && size == 2 && (isEuropean || kind != NumberGroup.Usual || first > 2))
        {
            return false;
        }

        if (kind == NumberGroup.Usual && !isEuropean && first < 3)
        {
            kind = size == 2 ? NumberGroup.Indian : groups == 1 ? NumberGroup.UsualOrIndian : kind;
        }

        // Four groups of points are an address rather than a number.
        if ((length == start && i == text.Length) || (groups > 0 && run != 3) || (isEuropean && groups == 3 && i == text.Length)
            || (length > start + 1 && canonical[start] == (byte)'0'))
        {
            return false;
        }

        if (i == text.Length)
        {
            return true;
        }

        var fraction = text[(i + 1)..];
        if (fraction.Length == 0 || fraction.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0)
        {
            return false;
        }

        canonical[length++] = (byte)'.';
        fraction.CopyTo(canonical[length..]);
        length += fraction.Length;
        return true;
    }
}

/// <summary>Numbers of one style, each exact: brought to canonical form and read as such.</summary>
readonly struct StyledParser<T, TInner>(TInner inner, NumberStyle style) : ITextParser<T>
    where T : unmanaged
    where TInner : struct, ITextParser<T>
{
    public bool TryParse(ref readonly byte text, int length, out T value)
    {
        value = default;
        if (length > StyledNumber.MaxLength)
        {
            return false;
        }

        Span<byte> canonical = stackalloc byte[TextPadding.Bytes * 2];
        canonical.Clear();
        return StyledNumber.TryNormalize(MemoryMarshal.CreateReadOnlySpan(in text, length), style.IsEuropean, canonical, out var used, out var affix, out var marks)
            && affix == style.Affix && NumberGroups.Fits(marks.Group, style.Group) && inner.TryParse(in canonical[0], used, out value);
    }

    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out T value) => inner.TryParseAny(text, out value);
}
