using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Native;

/// <summary>
/// The parts of a block in their order: small literals, which are kept here, and the memory of columns, which is not copied
/// before it is
/// written. Codecs lay a block out; <see cref="NativeBlockWriter"/> writes it, slice by slice.
/// </summary>
sealed class NativeLayout
{
    // A slice that fits the L2 cache: what is copied into the output's buffer is still there when it is sent. Small in debug
    // builds: ordinary tests then
    // walk the code at the slices' ends.
#if DEBUG
    const int SliceBytes = 256;
#else
    const int SliceBytes = 128 * 1024;
#endif

    readonly ArrayBufferWriter<byte> _literals = new(256);
    readonly List<Part> _parts = [];
    int _literalStart;

    enum PartKind
    {
        Literal,
        Values,
        Lengths,
        Texts,
        Keys,
        Fill,
    }

    /// <summary>Whether arrays say how many elements each row has, as parts of tables have it; blocks say where each row ends.</summary>
    public bool WithLengths { get; init; }

    public int Count => _parts.Count;

    /// <summary>Bytes of all parts together; of a layout that is complete.</summary>
    public long Bytes
    {
        get
        {
            long sum = 0;
            foreach (var (kind, column, _, count) in _parts)
            {
                sum += kind switch
                {
                    PartKind.Values or PartKind.Lengths => (long)count * ((FixedWidthColumn)column!).Width,
                    PartKind.Texts => TextSlices.BytesOf((StringColumn)column!),
                    PartKind.Keys => (long)count * ((LowCardinalityColumn)column!).KeyWidth,
                    _ => count,
                };
            }

            return sum;
        }
    }

    public void VarUInt(ulong value)
    {
        var span = _literals.GetSpan(VarInt.MaxBytes);
        _literals.Advance(VarInt.Write(span, value));
    }

    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_literals.GetSpan(sizeof(ulong)), value);
        _literals.Advance(sizeof(ulong));
    }

    public void Text(string text)
    {
        VarUInt((ulong)Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, _literals);
    }

    public void Text(ReadOnlySpan<byte> text)
    {
        VarUInt((ulong)text.Length);
        _literals.Write(text);
    }

    public void Values(FixedWidthColumn column) => Add(new Part(PartKind.Values, column, 0, column.Count));

    /// <summary>Where each array ends among the elements of all rows.</summary>
    public void Arrays(FixedColumn<ulong> ends) => Add(new Part(WithLengths ? PartKind.Lengths : PartKind.Values, ends, 0, ends.Count));

    public void Texts(StringColumn column) => Add(new Part(PartKind.Texts, column, 0, column.Count));

    /// <summary>The keys of a dictionary, in the smallest width that counts it.</summary>
    public void Keys(LowCardinalityColumn column) => Add(new Part(PartKind.Keys, column, 0, column.Count));

    /// <summary>The same byte <paramref name="count"/> times.</summary>
    public void Fill(byte value, int count) => Add(new Part(PartKind.Fill, null, value, count));

    /// <summary>Ends the layout.</summary>
    public void Complete() => EndLiteral();

    /// <summary>Forgets all, but keeps the memory.</summary>
    public void Clear()
    {
        _literals.ResetWrittenCount();
        _literalStart = 0;
        _parts.Clear();
    }

    /// <summary>
    /// Writes about <see cref="SliceBytes"/> of a part from <paramref name="from"/> on; returns where the next slice starts, or
    /// -1 after the last.
    /// </summary>
    public int WriteSlice(IBufferWriter<byte> output, int part, int from)
    {
        var (kind, column, start, count) = _parts[part];
        var to = kind switch
        {
            PartKind.Literal => WriteBytes(output, _literals.WrittenSpan.Slice(start, count), from, 1),
            PartKind.Values => WriteBytes(output, ((FixedWidthColumn)column!).Bytes, from, ((FixedWidthColumn)column).Width),
            PartKind.Lengths => WriteLengths(output, ((FixedColumn<ulong>)column!).Values, from),
            PartKind.Texts => TextSlices.Write(output, (StringColumn)column!, from, SliceBytes),
            PartKind.Keys => WriteKeys(output, (LowCardinalityColumn)column!, from),
            _ => WriteFill(output, (byte)start, from, count),
        };
        return to < count ? to : -1;
    }

    static int WriteBytes(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes, int from, int width)
    {
        var rest = bytes[(from * width)..];
        var rows = Math.Min(Math.Max(1, SliceBytes / width), rest.Length / width);
        output.Write(rest[..(rows * width)]);
        return from + rows;
    }

    static int WriteLengths(IBufferWriter<byte> output, ReadOnlySpan<ulong> ends, int from)
    {
        var rows = Math.Min(SliceBytes / sizeof(ulong), ends.Length - from);
        var span = output.GetSpan(rows * sizeof(ulong));
        var start = from == 0 ? 0 : ends[from - 1];
        for (var i = 0; i < rows; i++)
        {
            var end = ends[from + i];
            BinaryPrimitives.WriteUInt64LittleEndian(span[(i * sizeof(ulong))..], end - start);
            start = end;
        }

        output.Advance(rows * sizeof(ulong));
        return from + rows;
    }

    static int WriteKeys(IBufferWriter<byte> output, LowCardinalityColumn column, int from)
    {
        var width = column.KeyWidth;
        var rows = Math.Min(SliceBytes / sizeof(int), column.Count - from);
        KeySlices.Narrow(column.Keys.Values.Slice(from, rows), output.GetSpan(rows * width), width);
        output.Advance(rows * width);
        return from + rows;
    }

    static int WriteFill(IBufferWriter<byte> output, byte value, int from, int count)
    {
        var rows = Math.Min(SliceBytes, count - from);
        output.GetSpan(rows)[..rows].Fill(value);
        output.Advance(rows);
        return from + rows;
    }

    void Add(Part part)
    {
        EndLiteral();
        if (part.Count > 0)
        {
            _parts.Add(part);
        }
    }

    void EndLiteral()
    {
        var end = _literals.WrittenCount;
        if (end > _literalStart)
        {
            _parts.Add(new Part(PartKind.Literal, null, _literalStart, end - _literalStart));
            _literalStart = end;
        }
    }

    // Start is the position of a literal, the byte of a fill, and 0 for columns.
    readonly record struct Part(PartKind Kind, Column? Column, int Start, int Count);
}
