using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Native;

/// <summary>
/// <c>Nullable(T)</c>: a byte a row that says whether it is null, then the values, of which a null has one as well.
/// </summary>
sealed class NullableCodec : NativeCodec<NullableColumn>
{
    public static readonly NullableCodec Instance = new();

    protected override void LayOutPrefix(NullableColumn column, NativeLayout layout) =>
        For(column.Inner).LayOutPrefix(column.Inner, layout);

    protected override void LayOutData(NullableColumn column, NativeLayout layout)
    {
        layout.Values(column.Mask);
        For(column.Inner).LayOutData(column.Inner, layout);
    }

    protected override ValueTask ReadPrefixAsync(NullableColumn column, NativeInput input, CancellationToken cancellation) =>
        For(column.Inner).ReadPrefixAsync(column.Inner, input, cancellation);

    protected override async ValueTask ReadDataAsync(NullableColumn column, int rows, NativeInput input,
        CancellationToken cancellation)
    {
        await FixedWidthCodec.Instance.ReadDataAsync(column.Mask, rows, input, cancellation);
        await For(column.Inner).ReadDataAsync(column.Inner, rows, input, cancellation);
    }
}
