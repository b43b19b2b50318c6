using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Native;

/// <summary>
/// Numbers, decimals, dates, timestamps, UUIDs, addresses, enumerations, booleans, fixed texts: the bytes of memory.
/// </summary>
sealed class FixedWidthCodec : NativeCodec<FixedWidthColumn>
{
    public static readonly FixedWidthCodec Instance = new();

    protected override void LayOutData(FixedWidthColumn column, NativeLayout layout) => layout.Values(column);

    protected override async ValueTask ReadDataAsync(FixedWidthColumn column, int rows, NativeInput input,
        CancellationToken cancellation)
    {
        // The column grows with what has arrived, not with what was promised.
        while (rows > 0)
        {
            await input.EnsureAsync(column.Width, cancellation);
            var take = Math.Min(rows, input.Buffered.Length / column.Width);
            input.Buffered[..(take * column.Width)].CopyTo(column.AppendBytes(take));
            input.Consume(take * column.Width);
            rows -= take;
        }
    }
}
