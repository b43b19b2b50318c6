namespace Pipeline.Formats.Columns;

/// <summary>A column whose values all have the same number of bytes: its memory is its Native form.</summary>
public abstract class FixedWidthColumn(ColumnType type) : Column(type)
{
    /// <summary>Bytes of a value.</summary>
    public abstract int Width { get; }

    /// <summary>The values as they stand in a Native block (little-endian machine).</summary>
    public abstract ReadOnlySpan<byte> Bytes { get; }

    public override long ByteSize => (long)Count * Width;

    /// <summary>
    /// Room for <paramref name="rows"/> more values, to be filled by the caller: it holds what was there before.
    /// </summary>
    public abstract Span<byte> AppendBytes(int rows);

    public override void AppendAll(Column other) => ((FixedWidthColumn)other).Bytes.CopyTo(AppendBytes(other.Count));
}
