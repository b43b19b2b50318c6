using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Formats.Delimited;

/// <summary>The content of quoted fields.</summary>
static class QuotedText
{
    /// <summary>
    /// Copies the content of a field with every doubled quote once; returns the bytes written. Quotes that are not doubled must not be in it. Both
    /// places lie in one array or are apart, and do not overlap; behind both, 64 bytes may be read and written over.
    /// </summary>
    public static int CopyUndoubled(ref byte from, int length, ref byte to, byte quote) => Avx512Vbmi2.IsSupported
        ? CopyCompressed(ref from, length, ref to, quote)
        : CopyPieces(ref from, length, ref to, quote);

    /// <summary>From quote to quote, 32 bytes at most.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int CopyPieces(ref byte from, int length, ref byte to, byte quote)
    {
        var (read, written) = (0, 0);
        while (true)
        {
            var bytes = Vector256.LoadUnsafe(ref from, (nuint)read);
            bytes.StoreUnsafe(ref to, (nuint)written);
            var before = BitOperations.TrailingZeroCount(Vector256.Equals(bytes, Vector256.Create(quote)).ExtractMostSignificantBits());
            if (before >= length - read)
            {
                return written + length - read;
            }

            // Without a branch: whether the next 32 bytes hold a quote cannot be foretold.
            var found = 1 - (before >> 5);
            read += before + (2 * found);
            written += before + found;
        }
    }

    /// <summary>64 bytes at a time, however many quotes are in them: the second of each two is squeezed out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int CopyCompressed(ref byte from, int length, ref byte to, byte quote)
    {
        var written = 0;
        var odd = 0UL; // All bits, when the first of two quotes ended the step before.
        var read = 0;
        for (; read < length; read += Vector512<byte>.Count)
        {
            var bytes = Vector512.LoadUnsafe(ref from, (nuint)read);
            var quotes = Vector512.Equals(bytes, Vector512.Create(quote)).ExtractMostSignificantBits();
            var isFirst = RecordMasks.PrefixXor(quotes) ^ odd;
            var seconds = quotes & ~isFirst & UpTo(length - read);
            Avx512Vbmi2.Compress(Vector512<byte>.Zero, BytesOf(~seconds), bytes).StoreUnsafe(ref to, (nuint)written);
            written += Vector512<byte>.Count - BitOperations.PopCount(seconds);
            odd = (ulong)((long)isFirst >> 63);
        }

        return written - (read - length);
    }

    // What is behind the content is kept, and so counted as a whole.
    static ulong UpTo(int left) => left >= Vector512<byte>.Count ? ulong.MaxValue : (1UL << left) - 1;

    /// <summary>A byte of ones for each bit that is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<byte> BytesOf(ulong bits)
    {
        // Each byte gets the eight bits among which its own is, and keeps that one.
        var eights = Avx512BW.Shuffle(Vector512.Create(bits).AsByte(), Vector512.Create(
            0UL, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303, 0x0404040404040404, 0x0505050505050505, 0x0606060606060606, 0x0707070707070707).AsByte());
        var own = Vector512.Create(0x8040201008040201UL).AsByte();
        return Vector512.Equals(eights & own, own);
    }
}
