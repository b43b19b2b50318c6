using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pipeline.Formats.Typing;

/// <summary>Integers as text.</summary>
static class IntegerText
{
    /// <summary>Digit by digit, canonical form only: the definition that the fast path is tested against.</summary>
    public static bool TryParseScalar<T>(ReadOnlySpan<byte> text, out T value)
        where T : IBinaryInteger<T>, IMinMaxValue<T>
    {
        value = T.Zero;
        var negative = text.Length > 0 && text[0] == (byte)'-';
        var digits = negative ? text[1..] : text;
        if (digits.Length == 0 || (digits[0] == (byte)'0' && digits.Length > 1))
        {
            return false;
        }

        return Accumulate(digits, negative, out value) == RejectCode.None;
    }

    /// <summary>What a dictated integer takes: blanks around it, a plus sign, leading zeros, a fraction of zeros.</summary>
    public static RejectCode TryParseAny<T>(ReadOnlySpan<byte> text, out T value)
        where T : IBinaryInteger<T>, IMinMaxValue<T>
    {
        text = text.Trim(" \t"u8);
        value = T.Zero;
        var negative = text.Length > 0 && text[0] == (byte)'-';
        var digits = text.Length > 0 && text[0] is (byte)'-' or (byte)'+' ? text[1..] : text;
        var point = digits.IndexOf((byte)'.');
        if (point > 0 && digits[(point + 1)..].IndexOfAnyExcept((byte)'0') < 0)
        {
            digits = digits[..point];
        }

        return digits.Length == 0 ? RejectCode.NotAnInteger : Accumulate(digits, negative, out value);
    }

    static RejectCode Accumulate<T>(ReadOnlySpan<byte> digits, bool negative, out T value)
        where T : IBinaryInteger<T>, IMinMaxValue<T>
    {
        value = T.Zero;
        var overflow = false;
        var ten = T.CreateTruncating(10);
        var limit = (negative ? T.MinValue : T.MaxValue) / ten;
        foreach (var b in digits)
        {
            if ((uint)(b - '0') > 9)
            {
                return RejectCode.NotAnInteger;
            }

            if (overflow)
            {
                continue;
            }

            // Negative numbers grow downwards, so that the smallest is reached.
            var digit = T.CreateTruncating(b - '0');
            if (negative)
            {
                overflow = value < limit || (value == limit && digit > T.Zero && (value * ten) < T.MinValue + digit);
                value = overflow ? value : (value * ten) - digit;
            }
            else
            {
                overflow = value > limit || (value == limit && (value * ten) > T.MaxValue - digit);
                value = overflow ? value : (value * ten) + digit;
            }
        }

        return overflow ? RejectCode.OutOfRange : RejectCode.None;
    }
}

/// <summary>Integers of up to 64 bits, signed.</summary>
readonly struct Int64Parser<T> : ITextParser<T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ref readonly byte text, int length, out T value)
    {
        var negative = text == (byte)'-' ? 1 : 0;
        ref var digits = ref Unsafe.Add(ref Unsafe.AsRef(in text), negative);
        var count = length - negative;
        ulong magnitude;
        if ((uint)(count - 1) < 16 && (digits != (byte)'0' || count == 1)
            && DigitText.TryParse16(in digits, count, out magnitude))
        {
            var number = ((long)magnitude ^ -negative) + negative;
            value = T.CreateTruncating(number);
            return Unsafe.SizeOf<T>() == sizeof(long) || long.CreateTruncating(value) == number;
        }

        if (Unsafe.SizeOf<T>() == sizeof(long) && count is > 16 and < 20 && digits != (byte)'0')
        {
            // At most 9,999,999,999,999,999,999: no overflow before the comparison.
            var valid = DigitText.TryParse8(in digits, count - 16, out var high);
            valid &= DigitText.TryParse16(in Unsafe.Add(ref digits, count - 16), 16, out var low);
            magnitude = (high * DigitText.PowersOf10[16]) + low;
            value = T.CreateTruncating(((long)magnitude ^ -negative) + negative);
            return valid && magnitude <= (ulong)long.MaxValue + (uint)negative;
        }

        value = default;
        return false;
    }

    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out T value) => IntegerText.TryParseAny(text, out value);
}

/// <summary>Integers of up to 64 bits, unsigned.</summary>
readonly struct UInt64Parser<T> : ITextParser<T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ref readonly byte text, int length, out T value)
    {
        if (length <= 16 && (text != (byte)'0' || length == 1) && DigitText.TryParse16(in text, length, out var number))
        {
            value = T.CreateTruncating(number);
            return Unsafe.SizeOf<T>() == sizeof(ulong) || ulong.CreateTruncating(value) == number;
        }

        value = default;
        return (length is > 16 and <= 20 || (length == 2 && text == (byte)'-'))
            && IntegerText.TryParseScalar(MemoryMarshal.CreateReadOnlySpan(in text, length), out value);
    }

    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out T value) => IntegerText.TryParseAny(text, out value);
}

/// <summary>Integers of 128 bits.</summary>
readonly struct Int128Parser<T> : ITextParser<T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    public bool TryParse(ref readonly byte text, int length, out T value)
    {
        if (length <= 16 && text != (byte)'-' && (text != (byte)'0' || length == 1)
            && DigitText.TryParse16(in text, length, out var number))
        {
            value = T.CreateTruncating(number);
            return true;
        }

        return IntegerText.TryParseScalar(MemoryMarshal.CreateReadOnlySpan(in text, length), out value);
    }

    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out T value) => IntegerText.TryParseAny(text, out value);
}
