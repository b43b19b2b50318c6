using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Native;

/// <summary><c>Tuple</c>: the columns of its elements, one after the other; without elements a filler byte per row.</summary>
sealed class TupleCodec : NativeCodec<TupleColumn>
{
    public static readonly TupleCodec Instance = new();

    protected override void LayOutPrefix(TupleColumn column, NativeLayout layout)
    {
        foreach (var element in column.Elements)
        {
            For(element).LayOutPrefix(element, layout);
        }
    }

    protected override void LayOutData(TupleColumn column, NativeLayout layout)
    {
        foreach (var element in column.Elements)
        {
            For(element).LayOutData(element, layout);
        }

        if (column.Elements.IsEmpty)
        {
            layout.Fill((byte)'0', column.Count);
        }
    }

    protected override async ValueTask ReadPrefixAsync(TupleColumn column, NativeInput input, CancellationToken cancellation)
    {
        foreach (var element in column.Elements)
        {
            await For(element).ReadPrefixAsync(element, input, cancellation);
        }
    }

    protected override async ValueTask ReadDataAsync(TupleColumn column, int rows, NativeInput input,
        CancellationToken cancellation)
    {
        foreach (var element in column.Elements)
        {
            await For(element).ReadDataAsync(element, rows, input, cancellation);
        }

        if (column.Elements.IsEmpty)
        {
            await input.SkipAsync(rows, cancellation);
        }

        column.EndRow(rows);
    }
}
