using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text.Unicode;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Whether text of any language is UTF-8, 32 bytes at a time; the framework's check is quick for ASCII only. The rule (J. Keiser, D. Lemire,
/// "Validating UTF-8 In Less Than One Instruction Per Byte", 2021): what is wrong with two bytes in a row shows in three half bytes, the first byte's
/// two and the second's upper one. Each half byte stands for a set of faults, and the pair has those that all three share. Only whether the third and
/// fourth byte of a long sequence continue it needs a look further back.
/// </summary>
static class Utf8Text
{
    const int StepBytes = 32;

    // Faults of two bytes in a row.
    const byte NotContinued = 1 << 0; // a lead byte, and no continuation behind it
    const byte NotLed = 1 << 1; // a continuation behind ASCII
    const byte Overlong3 = 1 << 2;
    const byte TooLarge = 1 << 3;
    const byte Surrogate = 1 << 4;
    const byte Overlong2 = 1 << 5;
    const byte Overlong4OrFarTooLarge = 1 << 6;
    const byte TwoContinuations = 1 << 7; // no fault as the third or fourth byte of a sequence

    const byte AnyLowHalf = NotContinued | NotLed | TwoContinuations;
    const byte AboveF4 = AnyLowHalf | TooLarge | Overlong4OrFarTooLarge;
    const byte AnySecond = NotLed | Overlong2 | TwoContinuations;

    static readonly Vector256<byte> s_firstUpper = Twice(
        NotLed, NotLed, NotLed, NotLed, NotLed, NotLed, NotLed, NotLed, TwoContinuations, TwoContinuations, TwoContinuations, TwoContinuations,
        NotContinued | Overlong2, NotContinued, NotContinued | Overlong3 | Surrogate, NotContinued | TooLarge | Overlong4OrFarTooLarge);

    static readonly Vector256<byte> s_firstLower = Twice(
        AnyLowHalf | Overlong3 | Overlong2 | Overlong4OrFarTooLarge, AnyLowHalf | Overlong2, AnyLowHalf, AnyLowHalf, AnyLowHalf | TooLarge,
        AboveF4, AboveF4, AboveF4, AboveF4, AboveF4, AboveF4, AboveF4, AboveF4, AboveF4 | Surrogate, AboveF4, AboveF4);

    static readonly Vector256<byte> s_secondUpper = Twice(
        NotContinued, NotContinued, NotContinued, NotContinued, NotContinued, NotContinued, NotContinued, NotContinued,
        AnySecond | Overlong3 | Overlong4OrFarTooLarge, AnySecond | Overlong3 | TooLarge, AnySecond | Surrogate | TooLarge, AnySecond | Surrogate | TooLarge,
        NotContinued, NotContinued, NotContinued, NotContinued);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool IsValid(ReadOnlySpan<byte> text)
    {
        if (!Avx2.IsSupported || text.Length < 2 * StepBytes)
        {
            return Utf8.IsValid(text);
        }

        if (Avx512BW.IsSupported && text.Length >= 4 * StepBytes)
        {
            return IsValidWide(text);
        }

        ref var bytes = ref MemoryMarshal.GetReference(text);
        var (before, faults) = (Vector256<byte>.Zero, Vector256<byte>.Zero);
        var (firstUpper, firstLower, secondUpper) = (s_firstUpper, s_firstLower, s_secondUpper);
        var at = 0;
        for (; at <= text.Length - StepBytes; at += StepBytes)
        {
            var step = Vector256.LoadUnsafe(ref bytes, (nuint)at);
            if ((step | before).ExtractMostSignificantBits() != 0)
            {
                faults |= FaultsOf(step, before, firstUpper, firstLower, secondUpper);
            }

            before = step;
        }

        return faults == Vector256<byte>.Zero && Utf8.IsValid(text[StartOfRest(text, at)..]);
    }

    // The same, 64 bytes at a time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static bool IsValidWide(ReadOnlySpan<byte> text)
    {
        ref var bytes = ref MemoryMarshal.GetReference(text);
        var (before, faults) = (Vector512<byte>.Zero, Vector512<byte>.Zero);
        var firstUpper = Vector512.Create(s_firstUpper, s_firstUpper);
        var firstLower = Vector512.Create(s_firstLower, s_firstLower);
        var secondUpper = Vector512.Create(s_secondUpper, s_secondUpper);
        var at = 0;
        for (; at <= text.Length - (2 * StepBytes); at += 2 * StepBytes)
        {
            var step = Vector512.LoadUnsafe(ref bytes, (nuint)at);
            if ((step | before).ExtractMostSignificantBits() != 0)
            {
                faults |= FaultsOf(step, before, firstUpper, firstLower, secondUpper);
            }

            before = step;
        }

        return faults == Vector512<byte>.Zero && Utf8.IsValid(text[StartOfRest(text, at)..]);
    }

    // The last character that began before the rest may end in it.
    static int StartOfRest(ReadOnlySpan<byte> text, int at)
    {
        for (var back = 0; back < 4 && (text[at - 1] & 0x80) != 0; back++)
        {
            at--;
            if (text[at] >= 0xC0)
            {
                break;
            }
        }

        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<byte> FaultsOf(
        Vector256<byte> step, Vector256<byte> before, Vector256<byte> firstUpper, Vector256<byte> firstLower, Vector256<byte> secondUpper)
    {
        var joined = Avx2.Permute2x128(before, step, 0x21);
        var first = Avx2.AlignRight(step, joined, 15);
        var half = Vector256.Create((byte)0x0F);
        var pairs = Avx2.Shuffle(firstUpper, Upper(first)) & Avx2.Shuffle(firstLower, first & half) & Avx2.Shuffle(secondUpper, Upper(step));

        // Two bytes behind E0 and above, three behind F0 and above, there must be two continuations in a row.
        var third = Avx2.SubtractSaturate(Avx2.AlignRight(step, joined, 14), Vector256.Create((byte)(0xE0 - 0x80)));
        var fourth = Avx2.SubtractSaturate(Avx2.AlignRight(step, joined, 13), Vector256.Create((byte)(0xF0 - 0x80)));
        return pairs ^ ((third | fourth) & Vector256.Create(TwoContinuations));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<byte> Upper(Vector256<byte> values) => (values.AsUInt16() >> 4).AsByte() & Vector256.Create((byte)0x0F);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<byte> FaultsOf(
        Vector512<byte> step, Vector512<byte> before, Vector512<byte> firstUpper, Vector512<byte> firstLower, Vector512<byte> secondUpper)
    {
        // Of each 16 bytes the 16 before them: the last of the step before, then the first three of this one.
        var joined = Avx512F.AlignRight64(step.AsUInt64(), before.AsUInt64(), 6).AsByte();
        var first = Avx512BW.AlignRight(step, joined, 15);
        var half = Vector512.Create((byte)0x0F);
        var pairs = Avx512BW.Shuffle(firstUpper, Upper(first)) & Avx512BW.Shuffle(firstLower, first & half) & Avx512BW.Shuffle(secondUpper, Upper(step));
        var third = Avx512BW.SubtractSaturate(Avx512BW.AlignRight(step, joined, 14), Vector512.Create((byte)(0xE0 - 0x80)));
        var fourth = Avx512BW.SubtractSaturate(Avx512BW.AlignRight(step, joined, 13), Vector512.Create((byte)(0xF0 - 0x80)));
        return pairs ^ ((third | fourth) & Vector512.Create(TwoContinuations));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<byte> Upper(Vector512<byte> values) => (values.AsUInt16() >> 4).AsByte() & Vector512.Create((byte)0x0F);
    }

    // Shuffles look up within 16 bytes.
    static Vector256<byte> Twice(params ReadOnlySpan<byte> values) => Vector256.Create(Vector128.Create(values), Vector128.Create(values));
}
