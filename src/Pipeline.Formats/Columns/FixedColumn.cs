using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pipeline.Formats.Columns;

/// <summary>
/// Values of a fixed width: numbers, decimals (scaled integers), dates (days), timestamps (ticks of their scale), UUIDs,
/// addresses.
/// </summary>
public sealed class FixedColumn<T>(ColumnType type, int capacity = 0, T defaultValue = default) : FixedWidthColumn(type)
    where T : unmanaged
{
    T[] _values = capacity == 0 ? [] : new T[capacity];
    int _count;

    public override int Count => _count;

    public override int Width => Unsafe.SizeOf<T>();

    /// <summary>The values so far; valid until the next append.</summary>
    public Span<T> Values => _values.AsSpan(0, _count);

    public override ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes(Values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(T value)
    {
        var values = _values;
        var count = _count;
        if ((uint)count < (uint)values.Length)
        {
            values[count] = value;
            _count = count + 1;
        }
        else
        {
            AppendSlow(value);
        }
    }

    /// <summary>
    /// Room for <paramref name="rows"/> more values, to be filled by the caller: they hold what was there before.
    /// </summary>
    public Span<T> AppendSpan(int rows)
    {
        ColumnMemory.Reserve(ref _values, _count, rows);
        var room = _values.AsSpan(_count, rows);
        _count += rows;
        return room;
    }

    /// <summary>Makes room for so many more values, for whoever appends them one by one.</summary>
    public void Reserve(int rows) => ColumnMemory.Reserve(ref _values, _count, rows);

    public override void ReserveLike(Column other) => Reserve(other.Count);

    public override Span<byte> AppendBytes(int rows) => MemoryMarshal.AsBytes(AppendSpan(rows));

    public override void AppendDefault() => Append(defaultValue);

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

    /// <summary>Keeps the first <paramref name="rows"/> rows.</summary>
    internal void Truncate(int rows) => _count = rows;

    [MethodImpl(MethodImplOptions.NoInlining)]
    void AppendSlow(T value) => AppendSpan(1)[0] = value;
}
