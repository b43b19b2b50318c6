using System.Buffers.Binary;
using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Native;

/// <summary>
/// <c>Array(T)</c> and <c>Map(K, V)</c>: the number of elements up to and with each row as UInt64, then all elements.
/// </summary>
sealed class ArrayCodec : NativeCodec<ArrayColumn>
{
    public static readonly ArrayCodec Instance = new();

    protected override void LayOutPrefix(ArrayColumn column, NativeLayout layout) =>
        For(column.Elements).LayOutPrefix(column.Elements, layout);

    protected override void LayOutData(ArrayColumn column, NativeLayout layout)
    {
        layout.Arrays(column.Ends);
        For(column.Elements).LayOutData(column.Elements, layout);
    }

    protected override ValueTask ReadPrefixAsync(ArrayColumn column, NativeInput input, CancellationToken cancellation) =>
        For(column.Elements).ReadPrefixAsync(column.Elements, input, cancellation);

    protected override async ValueTask ReadDataAsync(ArrayColumn column, int rows, NativeInput input,
        CancellationToken cancellation)
    {
        var before = (ulong)column.Elements.Count;
        var last = 0UL;
        while (rows > 0)
        {
            await input.EnsureAsync(sizeof(ulong), cancellation);
            var take = Math.Min(rows, input.Buffered.Length / sizeof(ulong));
            last = AppendEnds(column, take, before, last, input);
            rows -= take;
        }

        await For(column.Elements).ReadDataAsync(column.Elements, input.CheckRows(last, "array elements"), input, cancellation);
    }

    static ulong AppendEnds(ArrayColumn column, int rows, ulong before, ulong last, NativeInput input)
    {
        var buffered = input.Buffered;
        foreach (ref var end in column.Ends.AppendSpan(rows))
        {
            var next = BinaryPrimitives.ReadUInt64LittleEndian(buffered);
            if (next < last || next > int.MaxValue)
            {
                throw input.Malformed($"an array that ends at element {next}, after one that ended at {last}");
            }

            end = before + next;
            last = next;
            buffered = buffered[sizeof(ulong)..];
        }

        input.Consume(rows * sizeof(ulong));
        return last;
    }
}
