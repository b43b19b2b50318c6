using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Formats.Columns;

/// <summary>How columns grow: to a little more than the first block, then by doubling, up to what one array can hold.</summary>
static class ColumnMemory
{
    // Small in debug builds: ordinary tests then walk the growing code.
#if DEBUG
    const int Smallest = 4;
#else
    const int Smallest = 256;
#endif

    /// <summary>Of the first block, for blocks that are somewhat larger.</summary>
    const int SlackShare = 8;

    /// <summary>Makes room for <paramref name="more"/> items behind the first <paramref name="used"/>.</summary>
    /// <exception cref="InvalidOperationException">The column would outgrow one array: the batch should have been cut
    /// before.</exception>
    public static void Reserve<T>(ref T[] items, int used, long more)
    {
        if (items.Length - used < more)
        {
            Grow(ref items, used, used + more);
        }
    }

    // Most columns take one block after the other, which are nearly the same. What stands behind the used ones is not kept.
    static void Grow<T>(ref T[] items, int used, long min)
    {
        if (min > Array.MaxLength)
        {
            ThrowTooBig(min);
        }

        var length = Math.Max(items.Length == 0 ? min + (min / SlackShare) : items.Length * 2L, Math.Max(min, Smallest));
        var grown = GC.AllocateUninitializedArray<T>((int)Math.Min(length, Array.MaxLength));
        items.AsSpan(0, used).CopyTo(grown);
        items = grown;
    }

    [DoesNotReturn]
    static void ThrowTooBig(long min) =>
        throw new InvalidOperationException($"A column of one batch cannot hold {min} items; the most is {Array.MaxLength}. Cut smaller batches.");
}
