namespace Pipeline.Formats.Native;

/// <summary>ClickHouse's VarUInt: LEB128, seven bits a byte, the lowest first, at most ten bytes.</summary>
static class VarInt
{
    public const int MaxBytes = 10;

    /// <summary>Bytes that a number takes.</summary>
    public static int Length(ulong value) => (Math.Max(1, 64 - System.Numerics.BitOperations.LeadingZeroCount(value)) + 6) / 7;

    /// <summary>Writes a number; returns how many bytes it took.</summary>
    public static int Write(Span<byte> output, ulong value)
    {
        var at = 0;
        while (value >= 0x80)
        {
            output[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        output[at++] = (byte)value;
        return at;
    }

    /// <summary>
    /// Reads a number; returns how many bytes it took, 0 when the input ends within it, -1 when it has more than 64 bits.
    /// </summary>
    public static int TryRead(ReadOnlySpan<byte> input, out ulong value)
    {
        value = 0;
        for (var i = 0; i < input.Length; i++)
        {
            if (i == MaxBytes - 1 && input[i] > 1)
            {
                return -1;
            }

            value |= (ulong)(input[i] & 0x7F) << (7 * i);
            if (input[i] < 0x80)
            {
                return i + 1;
            }
        }

        return 0;
    }
}
