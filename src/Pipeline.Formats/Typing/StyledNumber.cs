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
readonly record struct NumberMarks(NumberGroup Group, bool Plus, bool BarePoint, bool MinusBehind);

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
/// Numbers as people write them: thousands in groups of three, a decimal comma, one currency or percent sign, negative ones in
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
        text = text.Trim((byte)' ');
        if (text is [(byte)'(', .., (byte)')'])
        {
            negative = true;
            text = text[1..^1];
        }
        else if (TakeMinus(ref text))
        {
            negative = true;
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
            negative = TakeMinus(ref text);
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
        marks = marks with { Group = group };
        return group != NumberGroup.Mixed && TryDigits(digits, isEuropean, canonical, ref length);
    }

    /// <summary>
    /// The hyphen of keyboards or the minus sign of typesetters (U+2212), which is nothing else. A dash (U+2013) may stand between two numbers.
    /// </summary>
    public static bool TakeMinus(ref ReadOnlySpan<byte> text)
    {
        var length = text.Length > 0 && text[0] == (byte)'-' ? 1 : text.StartsWith("\u2212"u8) ? 3 : 0;
        text = text[length..];
        return length > 0;
    }

    static NumberAffix TakeAffix(ref ReadOnlySpan<byte> text)
    {
        foreach (var (bytes, kind) in s_affixes)
        {
            if (kind != NumberAffix.Percent && text.StartsWith(bytes))
            {
                text = text[bytes.Length..].TrimStart((byte)' ');
                return kind;
            }

            if (text.EndsWith(bytes))
            {
                text = text[..^bytes.Length].TrimEnd((byte)' ');
                return kind;
            }
        }

        return NumberAffix.None;
    }

    static bool TryDigits(ReadOnlySpan<byte> text, bool isEuropean, Span<byte> canonical, ref int length)
    {
        var (group, point) = isEuropean ? ((byte)'.', (byte)',') : ((byte)',', (byte)'.');
        var groups = 0;
        var run = 0;
        var start = length;
        var i = 0;
        for (; i < text.Length && text[i] != point; i++)
        {
            if (text[i] == group)
            {
                if (run == 0 || run > 3 || (groups > 0 && run != 3) || canonical[start] == (byte)'0')
                {
                    return false;
                }

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
            && affix == style.Affix && (marks.Group == NumberGroup.None || marks.Group == style.Group) && inner.TryParse(in canonical[0], used, out value);
    }

    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out T value) => inner.TryParseAny(text, out value);
}
