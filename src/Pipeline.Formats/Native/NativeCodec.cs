using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Native;

/// <summary>
/// How the values of one kind of column stand in a block. A column is a prefix (of the whole tree: only dictionaries have one),
/// then the data.
/// Codecs have no state; columns have.
/// </summary>
abstract class NativeCodec
{
    public static NativeCodec For(Column column) => column switch
    {
        FixedWidthColumn => FixedWidthCodec.Instance,
        StringColumn => StringCodec.Instance,
        NullableColumn => NullableCodec.Instance,
        LowCardinalityColumn => LowCardinalityCodec.Instance,
        ConstantColumn => ConstantCodec.Instance,
        ArrayColumn => ArrayCodec.Instance,
        TupleColumn => TupleCodec.Instance,
        _ => throw new NotSupportedException($"There is no Native form of {column.GetType().Name}."),
    };

    /// <summary>Lays out what stands before the data of the whole column tree.</summary>
    public abstract void LayOutPrefix(Column column, NativeLayout layout);

    /// <summary>Lays out the data; nothing for a column without rows.</summary>
    public abstract void LayOutData(Column column, NativeLayout layout);

    public abstract ValueTask ReadPrefixAsync(Column column, NativeInput input, CancellationToken cancellation);

    /// <summary>Appends <paramref name="rows"/> rows to a column.</summary>
    public abstract ValueTask ReadDataAsync(Column column, int rows, NativeInput input, CancellationToken cancellation);
}

/// <summary>A codec of one class of columns; without a prefix, unless it says otherwise.</summary>
abstract class NativeCodec<TColumn> : NativeCodec
    where TColumn : Column
{
    public sealed override void LayOutPrefix(Column column, NativeLayout layout) => LayOutPrefix((TColumn)column, layout);

    public sealed override void LayOutData(Column column, NativeLayout layout) => LayOutData((TColumn)column, layout);

    public sealed override ValueTask ReadPrefixAsync(Column column, NativeInput input, CancellationToken cancellation) =>
        ReadPrefixAsync((TColumn)column, input, cancellation);

    public sealed override ValueTask ReadDataAsync(Column column, int rows, NativeInput input, CancellationToken cancellation) =>
        ReadDataAsync((TColumn)column, rows, input, cancellation);

    protected virtual void LayOutPrefix(TColumn column, NativeLayout layout)
    {
    }

    protected abstract void LayOutData(TColumn column, NativeLayout layout);

    protected virtual ValueTask ReadPrefixAsync(TColumn column, NativeInput input, CancellationToken cancellation) => default;

    protected abstract ValueTask ReadDataAsync(TColumn column, int rows, NativeInput input, CancellationToken cancellation);
}
