using System.Buffers;

namespace Pipeline.Formats.Records;

/// <summary>
/// A record that does not have the shape of its file. Its fields are in the block all the same, padded or cut to the columns.
/// </summary>
/// <param name="Row">Index of the row in the block.</param>
/// <param name="Code">What is wrong.</param>
/// <param name="Message">What, where and what to do, without cell contents.</param>
/// <param name="Overflow">The fields beyond the last column, decoded: the block has no room for them, but nothing is dropped
/// unseen.</param>
public readonly record struct RowFault(int Row, RejectCode Code, string Message, IReadOnlyList<byte[]>? Overflow = null);

/// <summary>
/// A run of records cut into fields, column by column: what every text-like format (delimited, JSON, Excel) hands to typing.
/// Invariants: every field lies inside <see cref="Text"/>; every column has <see cref="RowCount"/> fields; record numbers rise by
/// one; the boundaries of blocks depend on the file and the settings only, never on how reads were cut.
/// Owned by whoever created it, refilled by <see cref="RecordReader.ReadAsync"/>: nothing in it outlives the next read.
/// </summary>
public sealed class FieldBlock(int columnCount, int maxRows) : IDisposable
{
    /// <summary>
    /// Cells of a default block: 8 MiB of <see cref="Field"/>s, so that a table of 10,000 columns does not take gigabytes.
    /// </summary>
    const int DefaultCells = 1 << 20;

    readonly Field[][] _columns = [.. Enumerable.Range(0, columnCount).Select(_ => ArrayPool<Field>.Shared.Rent(maxRows))];
    byte[]? _rented;
    bool _isDisposed;

    /// <summary>
    /// A block of <see cref="FormatOptions.BlockRows"/> rows, fewer for very wide tables. A pure function of its arguments.
    /// </summary>
    public static FieldBlock Create(int columnCount, FormatOptions options) =>
        new(columnCount, Math.Clamp(DefaultCells / Math.Max(1, columnCount), 16, Math.Max(16, options.BlockRows)));

    /// <summary>
    /// The bytes that fields point into. Readers may set it to a buffer of their own or use <see cref="RentText"/>.
    /// </summary>
    public byte[] Text { get; set; } = [];

    public int ColumnCount => _columns.Length;

    /// <summary>The most rows a block may hold.</summary>
    public int MaxRows { get; } = maxRows;

    /// <summary>Rows in this block; set by the reader.</summary>
    public int RowCount { get; set; }

    /// <summary>1-based number of the first data record of this block within the file (the header is not a record).</summary>
    public long FirstRecord { get; set; }

    /// <summary>1-based line on which each record starts (records, for formats without lines).</summary>
    public long[] Lines { get; } = ArrayPool<long>.Shared.Rent(maxRows);

    /// <summary>Byte offset of each record within the decompressed content; -1 where the format has none.</summary>
    public long[] ByteOffsets { get; } = ArrayPool<long>.Shared.Rent(maxRows);

    /// <summary>Records of this block whose shape is wrong, in row order.</summary>
    public List<RowFault> Faults { get; } = [];

    /// <summary>Some fields may be <see cref="FieldKind.String"/>; set by the reader.</summary>
    public bool HasStrings { get; set; }

    /// <summary>Fields of one column; the first <see cref="RowCount"/> are valid.</summary>
    public Field[] Column(int index) => _columns[index];

    /// <summary>All columns, for readers that fill them record by record.</summary>
    internal Field[][] Columns => _columns;

    public ReadOnlySpan<byte> Bytes(Field field) => Text.AsSpan(field.Offset, field.Length);

    /// <summary>Empties the block for the next read; keeps its memory.</summary>
    public void Reset(long firstRecord)
    {
        RowCount = 0;
        FirstRecord = firstRecord;
        Faults.Clear();
    }

    /// <summary>
    /// Makes <see cref="Text"/> a pooled buffer of at least this many bytes, keeping the first <paramref name="keepBytes"/>.
    /// </summary>
    public byte[] RentText(int minBytes, int keepBytes = 0)
    {
        if (_rented is null || _rented.Length < minBytes)
        {
            var grown = ArrayPool<byte>.Shared.Rent(minBytes);
            Text.AsSpan(0, keepBytes).CopyTo(grown);
            Return();
            _rented = grown;
        }

        Text = _rented;
        return _rented;
    }

    /// <summary>Gives the memory back: thousands of small files take turns with it. Nobody may use the block any more.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        Text = [];
        Return();
        foreach (var column in _columns)
        {
            ArrayPool<Field>.Shared.Return(column);
        }

        ArrayPool<long>.Shared.Return(Lines);
        ArrayPool<long>.Shared.Return(ByteOffsets);
    }

    void Return()
    {
        if (_rented is { } rented)
        {
            _rented = null;
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
