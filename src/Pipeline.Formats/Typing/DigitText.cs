using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Formats.Typing;

/// <summary>
/// Digits to numbers, eight at a time in one register: digits are shifted to the high end, zeros filled in below, all eight
/// checked at once
/// and combined pairwise by three multiplications. Reads up to 8 (or 16) bytes whatever the length: callers own
/// <see cref="TextPadding"/>.
/// </summary>
static class DigitText
{
    const ulong Zeros = 0x3030303030303030;

    public static readonly ulong[] PowersOf10 = CreatePowers();

    /// <summary>Reads exactly <paramref name="length"/> digits, 0 to 8. No digits are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParse8(ref readonly byte text, int length, out ulong value) =>
        TryParse8(Unsafe.ReadUnaligned<ulong>(in text), length, out value);

    /// <summary>The same of bytes in a register, the first one lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParse8(ulong text, int length, out ulong value)
    {
        // A shift by 64 would be a shift by 0: two shifts make it 64 bits for length 0.
        var shift = (8 - length) * 4;
        var digits = text << shift << shift;
        digits |= Zeros >> (length * 4) >> (length * 4);
        digits ^= Zeros;
        var valid = ((digits | (digits + 0x7676767676767676)) & 0x8080808080808080) == 0;
        digits = (digits * 2561) >> 8;
        digits = ((digits & 0x00FF00FF00FF00FF) * 6553601) >> 16;
        value = ((digits & 0x0000FFFF0000FFFF) * 42949672960001) >> 32;
        return valid;
    }

    /// <summary>Reads exactly <paramref name="length"/> digits, 0 to 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParse16(ref readonly byte text, int length, out ulong value)
    {
        if (length <= 8)
        {
            return TryParse8(in text, length, out value);
        }

        var valid = TryParse8(in text, 8, out var high);
        valid &= TryParse8(in Unsafe.Add(ref Unsafe.AsRef(in text), 8), length - 8, out var low);
        value = (high * PowersOf10[length - 8]) + low;
        return valid;
    }

    /// <summary>Where the first point stands among the first 16 bytes; 32 when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PointIn16(ref readonly byte text)
    {
        var bytes = Vector128.LoadUnsafe(in text);
        var mask = Vector128.Equals(bytes, Vector128.Create((byte)'.')).ExtractMostSignificantBits();
        return System.Numerics.BitOperations.TrailingZeroCount(mask);
    }

    static ulong[] CreatePowers()
    {
        var powers = new ulong[20];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }

        return powers;
    }
}
