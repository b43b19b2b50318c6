using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Native;

/// <summary>
/// One text for all rows: a dictionary of the default value and the text, and the same key for every row. Written only.
/// </summary>
sealed class ConstantCodec : NativeCodec<ConstantColumn>
{
    public static readonly ConstantCodec Instance = new();

    protected override void LayOutPrefix(ConstantColumn column, NativeLayout layout) => LowCardinalityCodec.LayOutVersion(layout);

    protected override void LayOutData(ConstantColumn column, NativeLayout layout)
    {
        if (column.Count == 0)
        {
            return;
        }

        var isDefault = column.Value.IsEmpty;
        LowCardinalityCodec.LayOutFlags(keyWidth: 1, layout);
        layout.UInt64(isDefault ? 1UL : 2UL);
        layout.Text([]);
        if (!isDefault)
        {
            layout.Text(column.Value);
        }

        layout.UInt64((ulong)column.Count);
        layout.Fill((byte)(isDefault ? 0 : 1), column.Count);
    }

    protected override ValueTask ReadDataAsync(ConstantColumn column, int rows, NativeInput input,
        CancellationToken cancellation) =>
        throw new NotSupportedException("A constant column is only written.");
}
