using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Pipeline.Formats.Typing;

/// <summary>Floating point numbers as text.</summary>
static class FloatText
{
    /// <summary>Every decimal of so many digits is the shortest print of the double it reads as.</summary>
    public const int SafeDigits = 15;

    /// <summary>Integers up to here are doubles; 2^52 tens of the last digit are still further apart than doubles.</summary>
    public const ulong ExactLimit = 1UL << 53;

    public const ulong UniqueLimit = 1UL << 52;

    public static readonly double[] PowersOf10 =
        [.. Enumerable.Range(0, 23).Select(i => double.Parse($"1e{i}", CultureInfo.InvariantCulture))];

    static readonly System.Buffers.SearchValues<byte> s_numberBytes = System.Buffers.SearchValues.Create("0123456789+-.eE"u8);
    // By the number of digits; more do not fit a text that is looked at.
    static readonly string[] s_exponentials =
        [.. Enumerable.Range(0, 48).Select(digits => string.Create(CultureInfo.InvariantCulture, $"E{Math.Max(digits - 1, 0)}"))];

    static readonly string[] s_nan = ["nan", "NaN", "NAN"];
    static readonly string[] s_infinity = ["inf", "Inf", "INF", "Infinity", "infinity"];

    /// <summary>Whether a text names something that is no number in a way that programs print it.</summary>
    public static bool IsWord(ReadOnlySpan<byte> text) => TryWord(text, out _);

    /// <summary>
    /// Whether a number is what a program prints for a double: the shortest digits that read back, or 17 of them; with an exponent also any number of
    /// digits, such as the 19 of <c>8.379031744168380369e-02</c>, which many programs write by default: no digit of it is lost in the double.
    /// </summary>
    public static bool IsPrintedDouble(ReadOnlySpan<byte> text) =>
        TrySplit(text, out var mantissa, out var power) && DecimalToDouble.TryConvert(mantissa, power, out _, out var isPrinted)
            ? isPrinted
            : IsPrintedDoubleSlow(text);

    /// <summary>The same by printing; the definition that the fast way is tested against.</summary>
    public static bool IsPrintedDoubleSlow(ReadOnlySpan<byte> text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
        {
            return false;
        }

        Span<byte> printed = stackalloc byte[64];
        return (Utf8Formatter.TryFormat(value, printed, out var length) && SameNumber(text, printed[..length]))
            || (value.TryFormat(printed, out length, "G17", CultureInfo.InvariantCulture) && SameNumber(text, printed[..length]))
            || (DigitsBeforeExponent(text) is var digits && digits < s_exponentials.Length
                && value.TryFormat(printed, out length, s_exponentials[digits], CultureInfo.InvariantCulture) && SameNumber(text, printed[..length]));
    }

    // From the first that is not zero; 0 without an exponent.
    static int DigitsBeforeExponent(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny((byte)'e', (byte)'E');
        return end < 0 ? 0 : text[..end].TrimStart("-0."u8) is var from && from.Contains((byte)'.') ? from.Length - 1 : from.Length;
    }

    /// <summary>Whether a number is neither too large for a double nor so small that it would become zero.</summary>
    public static bool IsInRange(ReadOnlySpan<byte> text, in CellFacts facts, out double value) =>
        TryParseAny(text, out value) == RejectCode.None && (value != 0 || facts.SignificantDigits == 0);

    public static RejectCode TryParseAny(ReadOnlySpan<byte> text, out double value)
    {
        text = text.Trim(" \t"u8);
        if (TryWord(text, out value))
        {
            return RejectCode.None;
        }

        if (text.Length == 0
            || text.IndexOfAnyExcept(s_numberBytes) >= 0
            || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
        {
            return RejectCode.NotAFloat;
        }

        return double.IsFinite(value) ? RejectCode.None : RejectCode.OutOfRange;
    }

    /// <summary>A number of up to 17 digits with a point as m / 10^power.</summary>
    static bool TrySplit(ReadOnlySpan<byte> text, out ulong mantissa, out int power)
    {
        mantissa = 0;
        power = 0;
        var point = -1;
        for (var i = text.Length > 0 && text[0] == (byte)'-' ? 1 : 0; i < text.Length; i++)
        {
            var digit = (uint)(text[i] - '0');
            if (digit > 9 || mantissa >= 100_000_000_000_000_000)
            {
                if (text[i] != (byte)'.' || point >= 0)
                {
                    return false;
                }

                point = i;
                continue;
            }

            mantissa = (mantissa * 10) + digit;
        }

        power = text.Length - point - 1;
        return point >= 0;
    }

    static bool TryWord(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        if (text.Length is < 3 or > 9)
        {
            return false;
        }

        foreach (var word in s_nan)
        {
            if (Ascii.Equals(text, word))
            {
                value = double.NaN;
                return true;
            }
        }

        var negative = text[0] == (byte)'-';
        foreach (var word in s_infinity)
        {
            if (Ascii.Equals(negative || text[0] == (byte)'+' ? text[1..] : text, word))
            {
                value = negative ? double.NegativeInfinity : double.PositiveInfinity;
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether two prints of numbers have the same digits at the same places, whatever their zeros and exponents.
    /// </summary>
    static bool SameNumber(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        Span<byte> digitsA = stackalloc byte[64];
        Span<byte> digitsB = stackalloc byte[64];
        var (lengthA, exponentA) = Digits(a, digitsA);
        var (lengthB, exponentB) = Digits(b, digitsB);
        return exponentA == exponentB && digitsA[..lengthA].SequenceEqual(digitsB[..lengthB]);
    }

    /// <summary>Digits without zeros at the ends, and the power of ten of the first.</summary>
    static (int Length, int Exponent) Digits(ReadOnlySpan<byte> text, Span<byte> digits)
    {
        var length = 0;
        var exponent = -1;
        var afterPoint = false;
        for (var i = 0; i < text.Length; i++)
        {
            var b = text[i];
            if ((b | 0x20) == 'e')
            {
                exponent += Utf8Parser.TryParse(text[(i + 1)..].TrimStart((byte)'+'), out int written, out _) ? written : 0;
                break;
            }

            if (b == '.')
            {
                afterPoint = true;
            }
            else if (b is >= (byte)'0' and <= (byte)'9')
            {
                if (length == 0 && b == '0')
                {
                    exponent -= afterPoint ? 1 : 0;
                    continue;
                }

                exponent += afterPoint ? 0 : 1;
                if (length < digits.Length)
                {
                    digits[length++] = b;
                }
            }
        }

        while (length > 0 && digits[length - 1] == '0')
        {
            length--;
        }

        return (length, length == 0 ? 0 : exponent);
    }
}

/// <summary>Doubles. The canonical form is a number that the double holds so exactly that it prints it again.</summary>
readonly struct DoubleParser : ITextParser<double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ref readonly byte text, int length, out double value)
    {
        // Digits without point as an integer, divided by a power of ten: both are exact doubles, so the quotient is the nearest
        // one (Clinger).
        var negative = text == (byte)'-' ? 1 : 0;
        ref var digits = ref Unsafe.Add(ref Unsafe.AsRef(in text), negative);
        var count = length - negative;
        var point = Math.Min(DigitText.PointIn16(in digits), count);
        var fraction = count - point - 1;
        if ((uint)(point - 1) < 8 && fraction is > 0 and <= 22 && point + fraction <= 24 && (digits != (byte)'0' || point == 1))
        {
            var valid = DigitText.TryParse8(in digits, point, out var whole);
            ref var places = ref Unsafe.Add(ref digits, point + 1);
            valid &= DigitText.TryParse16(in places, Math.Min(fraction, 16), out var part);
            var mantissa = (whole * DigitText.PowersOf10[Math.Min(fraction, 16)]) + part;
            if (fraction > 16)
            {
                // Small numbers: 0.04414713803871867 and its like have zeros first.
                valid &= DigitText.TryParse8(
                    in Unsafe.Add(ref places, 16), fraction - 16, out part) & whole == 0 & mantissa < 10_000_000_000_000;
                mantissa = (mantissa * DigitText.PowersOf10[fraction - 16]) + part;
            }
            else
            {
                valid &= point + fraction <= 19;
            }

            if (valid && mantissa <= FloatText.UniqueLimit)
            {
                value = mantissa / FloatText.PowersOf10[fraction];
                value = negative != 0 ? -value : value;
                return true;
            }

            if (valid && DecimalToDouble.TryConvert(mantissa, fraction, out value, out var isPrinted))
            {
                value = negative != 0 ? -value : value;
                return isPrinted;
            }
        }

        return TryParseSlow(MemoryMarshal.CreateReadOnlySpan(in text, length), out value);
    }

    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out double value) => FloatText.TryParseAny(text, out value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    static bool TryParseSlow(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        var facts = CellClassifier.Classify(text);
        return facts.Form switch
        {
            CellForm.FloatWord => FloatText.TryParseAny(text, out value) == RejectCode.None,
            CellForm.Integer or CellForm.Decimal or CellForm.Float or CellForm.FloatBare =>
                (facts.SignificantDigits <= FloatText.SafeDigits || FloatText.IsPrintedDouble(text)) && FloatText.IsInRange(text, facts, out value),
            _ => false,
        };
    }
}

/// <summary>Floats of 32 bits; only ever dictated.</summary>
readonly struct SingleParser : ITextParser<float>
{
    public bool TryParse(ref readonly byte text, int length, out float value)
    {
        value = 0;
        return false;
    }

    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out float value)
    {
        // Parsed as a float, not by way of a double: rounding twice may miss the nearest.
        var code = FloatText.TryParseAny(text, out var wide);
        value = (float)wide;
        if (code != RejectCode.None || !double.IsFinite(wide))
        {
            return code;
        }

        value = float.Parse(text.Trim(" \t"u8), NumberStyles.Float, CultureInfo.InvariantCulture);
        return float.IsFinite(value) ? RejectCode.None : RejectCode.OutOfRange;
    }
}
