using System.Runtime.InteropServices;

namespace Pipeline.Formats.Columns;

/// <summary>Values of a fixed width: numbers, decimals (scaled integers), dates (days), timestamps (ticks of their scale), UUIDs, addresses.</summary>
public sealed class FixedColumn<T>(ColumnType type, int capacity = 0) : Column(type)
    where T : unmanaged
{
    T[] _values = capacity == 0 ? [] : new T[capacity];
    int _count;

    public override int Count => _count;

    public override unsafe long ByteSize => (long)_count * sizeof(T);

    /// <summary>The values so far; valid until the next append.</summary>
    public Span<T> Values => _values.AsSpan(0, _count);

    /// <summary>The values as they stand in a Native block (little-endian machine).</summary>
    public ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes(Values);

    public void Append(T value)
    {
        if (_count == _values.Length)
        {
            Grow(_count + 1);
        }

        _values[_count++] = value;
    }

    /// <summary>Room for <paramref name="rows"/> more values, to be filled by the caller: they hold what was there before.</summary>
    public Span<T> AppendSpan(int rows)
    {
        if (_values.Length - _count < rows)
        {
            Grow(_count + rows);
        }

        var room = _values.AsSpan(_count, rows);
        _count += rows;
        return room;
    }

    public override void AppendDefault() => Append(default);

    public override void RemoveRows(ReadOnlySpan<bool> remove)
    {
        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            if (!remove[i])
            {
                _values[kept++] = _values[i];
            }
        }

        _count = kept;
    }

    public override void Clear() => _count = 0;

    void Grow(int min) => Array.Resize(ref _values, Math.Max(min, Math.Max(256, _values.Length * 2)));
}
