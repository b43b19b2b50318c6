using System.Runtime.CompilerServices;

namespace Pipeline.Formats.Typing;

/// <summary>
/// The double nearest to <c>m / 10^k</c>, and whether a program would print that double with these very digits. Exact, in 128-bit
/// integers:
/// 1. divide as doubles, which is off by one unit at most; 2. with x = M·2^e, compare m·2^s to M·5^k, where s = -(e+k): the
/// difference R is
/// the error of x in units of 2^-s; half a unit of x is 5^k/2 there (odd, so there are no ties), one in the last digit of m is
/// 2^s; 3. step
/// to the neighbour if R says so. The rare cases at the edges of a power of two are left to the slow way.
/// </summary>
static class DecimalToDouble
{
    /// <summary>10^22 is the largest power of ten that is a double.</summary>
    public const int MaxPower = 22;

    const ulong TenTo15 = 1_000_000_000_000_000;
    const ulong TenTo16 = TenTo15 * 10;
    const ulong TenTo17 = TenTo16 * 10;
    const ulong HiddenBit = 1UL << 52;

    static readonly ulong[] s_powersOf5 = CreatePowersOf5();

    /// <summary>False when the answer needs the slow way.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryConvert(ulong m, int k, out double value, out bool isPrinted)
    {
        value = 0;
        isPrinted = true;
        if (m is 0 or >= TenTo17 || k is < 1 or > MaxPower)
        {
            return false;
        }

        // Step 1.
        value = m / FloatText.PowersOf10[k];
        var bits = BitConverter.DoubleToUInt64Bits(value);
        var mantissa = (bits & (HiddenBit - 1)) | HiddenBit;
        var shift = 1075 - (int)(bits >> 52) - k;
        if (shift is < 0 or > 68 || mantissa is HiddenBit or (2 * HiddenBit) - 1)
        {
            return false;
        }

        // Step 2. Both sides are below 2^117: 53 bits times 5^22, which has 52.
        var five = s_powersOf5[k];
        var error = ((Int128)m << shift) - (Int128)((UInt128)mantissa * five);

        // Step 3.
        if (error * 2 > five)
        {
            value = Math.BitIncrement(value);
            error -= five;
        }
        else if (error * 2 < -(Int128)five)
        {
            value = Math.BitDecrement(value);
            error += five;
        }

        return m < TenTo15 || TryPrinted(m, error, (Int128)1 << shift, five, out isPrinted);
    }

    /// <summary>
    /// 17 digits are printed when they are the nearest 17 digits. 16 are when they are the nearest 16 and no shorter text reads
    /// as the same double,
    /// or when the nearest 17 end with a zero.
    /// </summary>
    static bool TryPrinted(ulong m, Int128 error, Int128 unit, ulong five, out bool isPrinted)
    {
        var doubled = Int128.Abs(error) * 2;
        if (m >= TenTo16)
        {
            isPrinted = doubled < unit;
            return doubled != unit && m % 10 != 0;
        }

        var digit = (int)(m % 10);
        var below = Int128.Abs(error - (digit * unit)) * 2 < five;
        var above = Int128.Abs(error + ((10 - digit) * unit)) * 2 < five;
        isPrinted = doubled * 10 < unit || (doubled < unit && !below && !above);
        return doubled * 10 != unit && doubled != unit && digit != 0;
    }

    static ulong[] CreatePowersOf5()
    {
        var powers = new ulong[MaxPower + 1];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 5;
        }

        return powers;
    }
}
