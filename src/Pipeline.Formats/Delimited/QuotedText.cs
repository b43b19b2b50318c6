using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Formats.Delimited;

/// <summary>The content of quoted fields.</summary>
static class QuotedText
{
    /// <summary>
    /// Copies the content of a field with every doubled quote once; returns the bytes written. Quotes that are not doubled must not be in it. Both
    /// places lie in one array or are apart, and do not overlap; behind both, 32 bytes may be read and written over.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int CopyUndoubled(ref byte from, int length, ref byte to, byte quote)
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
}
