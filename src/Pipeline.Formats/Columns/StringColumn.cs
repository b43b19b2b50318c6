namespace Pipeline.Formats.Columns;

/// <summary>Texts as bytes and end offsets: one copy from the file, one into the block.</summary>
public sealed class StringColumn(ColumnType type) : Column(type)
{
    byte[] _bytes = [];
    int[] _ends = [];
    int _count;

    public override int Count => _count;

    public override long ByteSize => (_count == 0 ? 0 : _ends[_count - 1]) + _count;

    /// <summary>All bytes, one text after the other.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _count == 0 ? 0 : _ends[_count - 1]);

    /// <summary>Where each text ends in <see cref="Bytes"/>.</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, _count);

    public ReadOnlySpan<byte> this[int row] => _bytes.AsSpan(Start(row), _ends[row] - Start(row));

    public void Append(ReadOnlySpan<byte> text)
    {
        var start = _count == 0 ? 0 : _ends[_count - 1];
        if (_bytes.Length - start < text.Length)
        {
            Array.Resize(ref _bytes, Math.Max(start + text.Length, Math.Max(4096, _bytes.Length * 2)));
        }

        if (_count == _ends.Length)
        {
            Array.Resize(ref _ends, Math.Max(256, _ends.Length * 2));
        }

        text.CopyTo(_bytes.AsSpan(start));
        _ends[_count++] = start + text.Length;
    }

    public override void AppendDefault() => Append([]);

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
    }

    public override void Clear() => _count = 0;

    int Start(int row) => row == 0 ? 0 : _ends[row - 1];
}
