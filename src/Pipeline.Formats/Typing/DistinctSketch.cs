using System.Buffers;
using System.Buffers.Binary;

namespace Pipeline.Formats.Typing;

/// <summary>Counts distinct texts up to a limit, by 64-bit hash; beyond it, only that there are more. Its table is pooled: whoever disposes it may still ask for the count.</summary>
sealed class DistinctSketch : IDisposable
{
    /// <summary>Dictionaries of more texts than this gain little in ClickHouse (its own advice is below ten thousand).</summary>
    public const int Limit = 1000;

    /// <summary>A small file's column has few texts: their table is what most of its memory would be.</summary>
    const int FirstSlots = 64;

    // The first _length are the table: a power of two, at most half full.
    ulong[] _slots = [];
    int _length;
    int _count;

    /// <summary>Distinct texts, or more than <see cref="Limit"/>.</summary>
    public int Count => _count;

    /// <summary>False: this text was counted before. True: it was not, or there are more than are told apart.</summary>
    public bool Add(ReadOnlySpan<byte> text) => _count > Limit || Add(Hash(text));

    public void Merge(DistinctSketch other)
    {
        foreach (var hash in other._slots.AsSpan(0, other._length))
        {
            if (hash != 0 && _count <= Limit)
            {
                _ = Add(hash);
            }
        }

        _count = other._count > Limit ? other._count : _count;
    }

    bool Add(ulong hash)
    {
        if (_count * 2 >= _length)
        {
            Grow();
        }

        var slot = SlotOf(hash);
        if (_slots[slot] != 0)
        {
            return false;
        }

        _slots[slot] = hash;
        _count++;
        return true;
    }

    void Grow()
    {
        var (old, length) = (_slots, _length);
        _length = Math.Max(FirstSlots, length * 4);
        _slots = ArrayPool<ulong>.Shared.Rent(_length);
        _slots.AsSpan(0, _length).Clear();
        foreach (var hash in old.AsSpan(0, length))
        {
            if (hash != 0)
            {
                _slots[SlotOf(hash)] = hash;
            }
        }

        ArrayPool<ulong>.Shared.Return(old);
    }

    public void Dispose()
    {
        ArrayPool<ulong>.Shared.Return(_slots);
        (_slots, _length) = ([], 0);
    }

    // Where the hash is, or belongs.
    int SlotOf(ulong hash)
    {
        var mask = _length - 1;
        var slot = (int)(hash >> 32) & mask;
        while (_slots[slot] != 0 && _slots[slot] != hash)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    /// <summary>
    /// Multiply and fold, eight bytes at a time. Never 0. Not for hostile input: a collision only makes a count too small.
    /// </summary>
    static ulong Hash(ReadOnlySpan<byte> text)
    {
        var hash = 0x9E3779B97F4A7C15 ^ (ulong)text.Length;
        while (text.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(text));
            text = text[8..];
        }

        ulong tail = 0;
        foreach (var b in text)
        {
            tail = (tail << 8) | b;
        }

        return Mix(hash ^ tail) | 1;
    }

    static ulong Mix(ulong value)
    {
        var high = Math.BigMul(value, 0xD6E8FEB86659FD93, out var low);
        return high ^ low;
    }
}
