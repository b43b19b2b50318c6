namespace Pipeline.Formats.Columns;

/// <summary>Texts as bytes and end offsets: one copy from the file, one into the block.</summary>
public sealed class StringColumn(ColumnType type) : Column(type)
{
    byte[] _bytes = [];
    int[] _ends = [];
    int _count;
    int _end;

    public override int Count => _count;

    /// <summary>The texts and a length byte each; longer lengths take a byte or two more.</summary>
    public override long ByteSize => (long)_end + _count;

    /// <summary>All bytes, one text after the other.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _end);

    /// <summary>Where each text ends in <see cref="Bytes"/>.</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, _count);

    public ReadOnlySpan<byte> this[int row]
    {
        get
        {
            var start = row == 0 ? 0 : _ends[row - 1];
            return _bytes.AsSpan(start, _ends[row] - start);
        }
    }

    /// <exception cref="InvalidOperationException">The texts together would outgrow one array (2 GiB).</exception>
    public void Append(ReadOnlySpan<byte> text) => text.CopyTo(AppendSpan(text.Length));

    /// <summary>
    /// Room for a text of <paramref name="length"/> bytes, to be filled by the caller: it holds what was there before.
    /// </summary>
    /// <exception cref="InvalidOperationException">The texts together would outgrow one array (2 GiB).</exception>
    public Span<byte> AppendSpan(int length)
    {
        ColumnMemory.Reserve(ref _bytes, _end, length);
        ColumnMemory.Reserve(ref _ends, _count, 1);
        var room = _bytes.AsSpan(_end, length);
        _end += length;
        _ends[_count++] = _end;
        return room;
    }

    /// <summary>
    /// Room for <paramref name="rows"/> texts of <paramref name="bytes"/> bytes together, to be filled by the caller: with the texts, and with where
    /// each ends in <see cref="Bytes"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The texts together would outgrow one array (2 GiB).</exception>
    public Span<byte> AppendRows(int rows, long bytes, out Span<int> ends)
    {
        ColumnMemory.Reserve(ref _bytes, _end, bytes);
        ColumnMemory.Reserve(ref _ends, _count, rows);
        var room = _bytes.AsSpan(_end, (int)bytes);
        ends = _ends.AsSpan(_count, rows);
        _end += room.Length;
        _count += rows;
        return room;
    }

    public override void AppendDefault() => AppendSpan(0);

    public override void AppendAll(Column other)
    {
        var texts = (StringColumn)other;
        var before = _end;
        texts.Bytes.CopyTo(AppendRows(texts.Count, texts.Bytes.Length, out var ends));
        for (var i = 0; i < ends.Length; i++)
        {
            ends[i] = texts._ends[i] + before;
        }
    }

    public override void ReserveLike(Column other)
    {
        var texts = (StringColumn)other;
        ColumnMemory.Reserve(ref _bytes, _end, texts._end);
        ColumnMemory.Reserve(ref _ends, _count, texts._count);
    }

    public override void RemoveRows(ReadOnlySpan<bool> remove)
    {
        int kept = 0, end = 0, start = 0;
        for (var i = 0; i < _count; i++)
        {
            // The start of a row is the end of the row before it, read before that slot is overwritten (kept <= i).
            var next = _ends[i];
            if (!remove[i])
            {
                _bytes.AsSpan(start, next - start).CopyTo(_bytes.AsSpan(end));
                end += next - start;
                _ends[kept++] = end;
            }

            start = next;
        }

        _count = kept;
        _end = end;
    }

    public override void Clear()
    {
        _count = 0;
        _end = 0;
    }

    /// <summary>Lengthens the text appended last; returns the room added.</summary>
    internal Span<byte> ExtendLast(int length)
    {
        ColumnMemory.Reserve(ref _bytes, _end, length);
        var room = _bytes.AsSpan(_end, length);
        _end += length;
        _ends[_count - 1] = _end;
        return room;
    }
}
