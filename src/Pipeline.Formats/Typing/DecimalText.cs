using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pipeline.Formats.Typing;

/// <summary>Decimals as scaled integers: <c>12.5</c> of scale 2 is 1250. A value has all its digits or is refused.</summary>
static class DecimalText
{
    static readonly Int128[] s_powers = CreatePowers();

    /// <summary>Digit by digit, canonical form only (<see cref="CellForm.Integer"/>, <see cref="CellForm.Decimal"/>).</summary>
    public static bool TryParseScalar(ReadOnlySpan<byte> text, int precision, int scale, out Int128 value)
    {
        value = 0;
        return CellClassifier.Classify(text).Form is CellForm.Integer or CellForm.Decimal
            && Accumulate(text, precision, scale, out value) == RejectCode.None;
    }

    /// <summary>
    /// What a dictated decimal takes: blanks around it, a plus sign, leading zeros, <c>.5 </c>, <c>5. </c>, an exponent. Digits
    /// beyond the scale must
    /// be zeros.
    /// </summary>
    public static RejectCode TryParseAny(ReadOnlySpan<byte> text, int precision, int scale, out Int128 value) =>
        Accumulate(text.Trim(" \t"u8), precision, scale, out value);

    static RejectCode Accumulate(ReadOnlySpan<byte> text, int precision, int scale, out Int128 value)
    {
        value = 0;
        var negative = text.Length > 0 && text[0] == (byte)'-';
        if (text.Length > 0 && text[0] is (byte)'-' or (byte)'+')
        {
            text = text[1..];
        }

        var exponent = 0;
        var e = text.IndexOfAny((byte)'e', (byte)'E');
        if (e >= 0)
        {
            if (!TryExponent(text[(e + 1)..], out exponent))
            {
                return RejectCode.NotADecimal;
            }

            text = text[..e];
        }

        var point = text.IndexOf((byte)'.');
        var fraction = point < 0 ? 0 : text.Length - point - 1;
        if (text.Length == (point < 0 ? 0 : 1))
        {
            return RejectCode.NotADecimal;
        }

        // The number is its digits times 10^-drop, in units of 10^-scale.
        var drop = (long)fraction - exponent - scale;
        var digits = point < 0 ? text.Length : text.Length - 1;
        var kept = digits - Math.Max(0, drop);
        var tooMany = false;
        var tooLarge = false;
        var seen = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (i == point)
            {
                continue;
            }

            var digit = text[i] - '0';
            if ((uint)digit > 9)
            {
                return RejectCode.NotADecimal;
            }

            if (seen++ >= kept)
            {
                tooMany |= digit != 0;
            }
            else if (!tooLarge)
            {
                // Checked before it grows: ten times 38 digits do not fit 128 bits.
                tooLarge = value >= s_powers[precision - 1];
                value = tooLarge ? value : (value * 10) + digit;
            }
        }

        if (tooLarge)
        {
            return RejectCode.OutOfRange;
        }

        if (tooMany)
        {
            return RejectCode.TooManyDigits;
        }

        for (; drop < 0 && value != 0; drop++)
        {
            if (value >= s_powers[precision - 1])
            {
                return RejectCode.OutOfRange;
            }

            value *= 10;
        }

        value = negative ? -value : value;
        return RejectCode.None;
    }

    /// <summary>Digits with or without a sign; beyond any decimal they stop growing.</summary>
    static bool TryExponent(ReadOnlySpan<byte> text, out int exponent)
    {
        const int Enough = 100_000;
        exponent = 0;
        var negative = text.Length > 0 && text[0] == (byte)'-';
        var digits = text.Length > 0 && text[0] is (byte)'-' or (byte)'+' ? text[1..] : text;
        foreach (var b in digits)
        {
            if ((uint)(b - '0') > 9)
            {
                return false;
            }

            exponent = Math.Min(Enough, (exponent * 10) + b - '0');
        }

        exponent = negative ? -exponent : exponent;
        return digits.Length > 0;
    }

    static Int128[] CreatePowers()
    {
        var powers = new Int128[39];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }

        return powers;
    }
}

/// <summary>Decimals of 4 and 8 bytes: up to 18 digits.</summary>
readonly struct Decimal64Parser<T>(int precision, int scale) : ITextParser<T>
    where T : unmanaged, System.Numerics.IBinaryInteger<T>
{
    readonly ulong _limit = DigitText.PowersOf10[precision];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ref readonly byte text, int length, out T value)
    {
        // 1. Sign; 2. the point within 16 bytes; 3. the digits on both sides, at most eight each, together where they are eight; 4. scale, check, sign.
        var negative = text == (byte)'-' ? 1 : 0;
        ref var digits = ref Unsafe.Add(ref Unsafe.AsRef(in text), negative);
        var count = length - negative;
        var point = Math.Min(DigitText.PointIn16(in digits), count);
        var fraction = count - point - 1;
        if ((uint)(point - 1) < 8 && fraction <= 8 && fraction <= scale && fraction != 0 && (digits != (byte)'0' || point == 1))
        {
            // Without a point the fraction is -1 here: no digits, and one place too many in the scale.
            var places = Math.Max(fraction, 0);
            var powers = DigitText.PowersOf10;
            bool valid;
            ulong magnitude;
            if (point + places <= 8)
            {
                // Eight digits at most, the point taken out: one number instead of two.
                var whole = ulong.MaxValue >> (64 - (8 * point));
                var joined = (Unsafe.ReadUnaligned<ulong>(in digits) & whole) | (Unsafe.ReadUnaligned<ulong>(in Unsafe.Add(ref digits, 1)) & ~whole);
                valid = DigitText.TryParse8(joined, point + places, out magnitude);
                magnitude *= powers[scale - places];
            }
            else
            {
                valid = DigitText.TryParse8(in digits, point, out var whole);
                valid &= DigitText.TryParse8(in Unsafe.Add(ref digits, point + 1), places, out var part);
                magnitude = (whole * powers[scale]) + (part * powers[scale - places]);
            }

            if (valid & (point + scale <= 18))
            {
                value = T.CreateTruncating(((long)magnitude ^ -negative) + negative);
                return magnitude < _limit;
            }
        }

        return TryParseSlow(MemoryMarshal.CreateReadOnlySpan(in text, length), out value);
    }

    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out T value)
    {
        var code = DecimalText.TryParseAny(text, precision, scale, out var number);
        value = T.CreateTruncating(number);
        return code;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    bool TryParseSlow(ReadOnlySpan<byte> text, out T value)
    {
        var parsed = DecimalText.TryParseScalar(text, precision, scale, out var number);
        value = T.CreateTruncating(number);
        return parsed;
    }
}

/// <summary>Decimals of 16 bytes: up to 38 digits. Short ones go the way of <see cref="Decimal64Parser{T}"/>.</summary>
readonly struct Decimal128Parser(int precision, int scale) : ITextParser<Int128>
{
    readonly Decimal64Parser<long> _short = new(18, Math.Min(scale, 18));

    public bool TryParse(ref readonly byte text, int length, out Int128 value)
    {
        if (scale <= 10 && length <= 16 && _short.TryParse(in text, length, out var number))
        {
            value = number;
            return true;
        }

        return DecimalText.TryParseScalar(MemoryMarshal.CreateReadOnlySpan(in text, length), precision, scale, out value);
    }

    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out Int128 value) =>
        DecimalText.TryParseAny(text, precision, scale, out value);
}
