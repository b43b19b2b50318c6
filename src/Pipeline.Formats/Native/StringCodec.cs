using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Native;

/// <summary><c>String</c>: the length as VarUInt, then the bytes, row after row.</summary>
sealed class StringCodec : NativeCodec<StringColumn>
{
    public static readonly StringCodec Instance = new();

    protected override void LayOutData(StringColumn column, NativeLayout layout) => layout.Texts(column);

    protected override async ValueTask ReadDataAsync(StringColumn column, int rows, NativeInput input,
        CancellationToken cancellation)
    {
        while ((rows -= TakeBuffered(column, rows, input)) > 0)
        {
            var length = await input.ReadLengthAsync(cancellation);
            column.AppendSpan(0);
            while (length > 0)
            {
                await input.EnsureAsync(1, cancellation);
                var take = Math.Min(length, input.Buffered.Length);
                input.Buffered[..take].CopyTo(column.ExtendLast(take));
                input.Consume(take);
                length -= take;
            }

            rows--;
        }
    }

    /// <summary>Takes the texts that are whole in the buffer; returns how many.</summary>
    static int TakeBuffered(StringColumn column, int rows, NativeInput input)
    {
        var buffered = input.Buffered;
        int at = 0, taken = 0;
        while (taken < rows)
        {
            var lengthBytes = VarInt.TryRead(buffered[at..], out var length);
            if (lengthBytes <= 0 || length > (ulong)(buffered.Length - at - lengthBytes))
            {
                break;
            }

            buffered.Slice(at + lengthBytes, (int)length).CopyTo(column.AppendSpan((int)length));
            at += lengthBytes + (int)length;
            taken++;
        }

        input.Consume(at);
        return taken;
    }
}
