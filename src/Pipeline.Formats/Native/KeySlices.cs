using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Formats.Native;

/// <summary>Keys of a dictionary: wide in memory, narrow in a block.</summary>
static class KeySlices
{
    /// <summary>Writes keys in <paramref name="width"/> bytes each (1, 2 or 4), little-endian; all fit.</summary>
    public static void Narrow(ReadOnlySpan<int> keys, Span<byte> output, int width)
    {
        switch (width)
        {
            case 1:
                ToBytes(keys, output);
                break;
            case 2:
                ToShorts(keys, MemoryMarshal.Cast<byte, ushort>(output));
                break;
            default:
                MemoryMarshal.AsBytes(keys).CopyTo(output);
                break;
        }
    }

    static void ToBytes(ReadOnlySpan<int> keys, Span<byte> output)
    {
        var i = 0;
        var wide = MemoryMarshal.Cast<int, uint>(keys);
        for (; wide.Length - i >= 4 * Vector256<uint>.Count; i += 4 * Vector256<uint>.Count)
        {
            var part = wide[i..];
            var low = Vector256.Narrow(Vector256.Create(part), Vector256.Create(part[8..]));
            var high = Vector256.Narrow(Vector256.Create(part[16..]), Vector256.Create(part[24..]));
            Vector256.Narrow(low, high).CopyTo(output[i..]);
        }

        for (; i < keys.Length; i++)
        {
            output[i] = (byte)keys[i];
        }
    }

    static void ToShorts(ReadOnlySpan<int> keys, Span<ushort> output)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            output[i] = (ushort)keys[i];
        }
    }
}
