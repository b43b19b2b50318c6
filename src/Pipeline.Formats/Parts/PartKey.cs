using System.Buffers;
using System.Runtime.InteropServices;
using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Parts;

/// <summary>
/// The sorting key of a part: one column of a fixed width, whose rows come in order. It gives <c>primary.idx</c>: the key of the first row of each granule, then
/// that of the last row. One task.
/// </summary>
abstract class PartKey
{
    /// <summary>Null: rows of such a column are not known to be in order.</summary>
    public static PartKey? For(Column column) => column switch
    {
        FixedColumn<ushort> => new PartKey<ushort>(),
        FixedColumn<uint> => new PartKey<uint>(),
        FixedColumn<int> => new PartKey<int>(),
        FixedColumn<long> => new PartKey<long>(),
        _ => null,
    };

    /// <summary>Whether the rows are in order and none comes before the last one of the part.</summary>
    public abstract bool Follows(Column column);

    /// <summary>Takes up the rows of a granule.</summary>
    public abstract void Append(Column column);

    public abstract void WriteTo(IBufferWriter<byte> index);
}

sealed class PartKey<T> : PartKey
    where T : unmanaged, IComparable<T>
{
    readonly List<T> _firsts = [];
    T _last;

    public override bool Follows(Column column)
    {
        ReadOnlySpan<T> keys = ((FixedColumn<T>)column).Values;
        var before = _firsts.Count > 0 ? _last : keys[0];
        foreach (var key in keys)
        {
            if (key.CompareTo(before) < 0)
            {
                return false;
            }

            before = key;
        }

        return true;
    }

    public override void Append(Column column)
    {
        var keys = ((FixedColumn<T>)column).Values;
        _firsts.Add(keys[0]);
        _last = keys[^1];
    }

    public override void WriteTo(IBufferWriter<byte> index)
    {
        foreach (var key in _firsts)
        {
            Write(index, key);
        }

        Write(index, _last);
    }

    static void Write(IBufferWriter<byte> index, T key) =>
        index.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in key)));
}
