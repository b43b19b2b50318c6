using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Native;

/// <summary>Texts as a block has them: each its length and its bytes.</summary>
static class TextSlices
{
    // A length of a .NET array takes at most five bytes.
    const int MaxLengthBytes = 5;

    /// <summary>Bytes that all texts of a column take.</summary>
    public static long BytesOf(StringColumn column)
    {
        long sum = column.Bytes.Length;
        var start = 0;
        foreach (var end in column.Ends)
        {
            var length = end - start;
            sum += length < 0x80 ? 1 : VarInt.Length((ulong)length);
            start = end;
        }

        return sum;
    }

    /// <summary>
    /// Writes texts from row <paramref name="from"/> until about <paramref name="sliceBytes"/> are written; returns the row after
    /// the last.
    /// </summary>
    public static int Write(IBufferWriter<byte> output, StringColumn column, int from, int sliceBytes)
    {
        var bytes = column.Bytes;
        var ends = column.Ends;
        var span = output.GetSpan(sliceBytes)[..sliceBytes];
        var start = from == 0 ? 0 : ends[from - 1];
        var row = from;
        var at = 0;
        for (; row < ends.Length; row++)
        {
            var length = ends[row] - start;
            if (span.Length - at < length + MaxLengthBytes)
            {
                break;
            }

            // Short texts are the rule: one length byte, and a whole vector copied, of which the tail is overwritten by the next
            // text.
            if (length <= Vector256<byte>.Count
                && bytes.Length - start >= Vector256<byte>.Count
                && span.Length - at > Vector256<byte>.Count)
            {
                span[at] = (byte)length;
                Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(bytes), (nuint)start)
                    .StoreUnsafe(ref MemoryMarshal.GetReference(span), (nuint)(at + 1));
                at += length + 1;
            }
            else
            {
                at += VarInt.Write(span[at..], (ulong)length);
                bytes.Slice(start, length).CopyTo(span[at..]);
                at += length;
            }

            start = ends[row];
        }

        output.Advance(at);
        return row > from || row == ends.Length ? row : WriteLong(output, column[row], row);
    }

    /// <summary>A text longer than a slice.</summary>
    static int WriteLong(IBufferWriter<byte> output, ReadOnlySpan<byte> text, int row)
    {
        output.Advance(VarInt.Write(output.GetSpan(VarInt.MaxBytes), (ulong)text.Length));
        output.Write(text);
        return row + 1;
    }
}
