namespace Pipeline.Formats.Columns;

/// <summary>Texts of exactly <see cref="FixedWidthColumn.Width"/> bytes, one after the other.</summary>
public sealed class FixedStringColumn(FixedStringType type) : FixedWidthColumn(type)
{
    byte[] _bytes = [];
    int _count;

    public override int Count => _count;

    public override int Width { get; } = type.Length;

    public override ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _count * Width);

    public ReadOnlySpan<byte> this[int row] => Bytes.Slice(row * Width, Width);

    /// <summary>
    /// Appends a text, filled up with zero bytes. The caller has checked that it is not longer than <see
    /// cref="FixedWidthColumn.Width"/>.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="text"/> is too long.</exception>
    public void Append(ReadOnlySpan<byte> text)
    {
        if (text.Length > Width)
        {
            throw new ArgumentException($"{text.Length} bytes do not fit {Type.Name}.", nameof(text));
        }

        var slot = AppendBytes(1);
        text.CopyTo(slot);
        slot[text.Length..].Clear();
    }

    public override Span<byte> AppendBytes(int rows)
    {
        var start = _count * Width;
        ColumnMemory.Reserve(ref _bytes, start, (long)rows * Width);
        _count += rows;
        return _bytes.AsSpan(start, rows * Width);
    }

    public override void ReserveLike(Column other) => ColumnMemory.Reserve(ref _bytes, _count * Width, (long)other.Count * Width);

    public override void AppendDefault() => AppendBytes(1).Clear();

    public override void RemoveRows(ReadOnlySpan<bool> remove)
    {
        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            if (!remove[i])
            {
                _bytes.AsSpan(i * Width, Width).CopyTo(_bytes.AsSpan(kept++ * Width));
            }
        }

        _count = kept;
    }

    public override void Clear() => _count = 0;
}
