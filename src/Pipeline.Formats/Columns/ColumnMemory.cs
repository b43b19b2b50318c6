using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Formats.Columns;

/// <summary>How columns grow: by doubling, up to what one array can hold.</summary>
static class ColumnMemory
{
    // Small in debug builds: ordinary tests then walk the growing code.
#if DEBUG
    const int Smallest = 4;
#else
    const int Smallest = 256;
#endif

    /// <summary>Makes room for <paramref name="more"/> items behind the first <paramref name="used"/>.</summary>
    /// <exception cref="InvalidOperationException">The column would outgrow one array: the batch should have been cut
    /// before.</exception>
    public static void Reserve<T>(ref T[] items, int used, long more)
    {
        if (items.Length - used < more)
        {
            Grow(ref items, used + more);
        }
    }

    static void Grow<T>(ref T[] items, long min)
    {
        if (min > Array.MaxLength)
        {
            ThrowTooBig(min);
        }

        var length = Math.Clamp(items.Length * 2L, Math.Max(min, Smallest), Math.Max(min, Array.MaxLength));
        Array.Resize(ref items, (int)Math.Min(length, Array.MaxLength));
    }

    [DoesNotReturn]
    static void ThrowTooBig(long min) =>
        throw new InvalidOperationException($"A column of one batch cannot hold {min} items; the most is {Array.MaxLength}. Cut smaller batches.");
}
