using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pipeline.Formats.Columns;

/// <summary>
/// A hash table from bytes to keys, which leaves the bytes with its owner: the owner walks the slots from <see cref="First"/> and
/// compares.
/// Open addressing, at most half full. Seeded per process: file contents cannot be made to collide.
/// </summary>
sealed class DictionaryIndex
{
    // The seeds are odd and random; a multiplication folded from 128 to 64 bits mixes well (the idea of wyhash and its kin).
    static readonly ulong s_seed = NewSeed();
    static readonly ulong s_secret = NewSeed();

    const int SmallestSize = 16;

    // A slot holds a key + 1, or 0 when free; the upper half of the hash stands beside it and spares most comparisons.
    (int KeyPlusOne, uint Tag)[] _slots = new (int, uint)[SmallestSize];
    ulong[] _hashes = new ulong[SmallestSize / 2];
    int _count;
    int _firstKey;

    public static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = s_seed ^ (ulong)bytes.Length;
        ulong last;
        if (bytes.Length >= sizeof(ulong))
        {
            // The last eight bytes are read on their own; where they overlap the eights before them nothing is lost.
            last = MemoryMarshal.Read<ulong>(bytes[^sizeof(ulong)..]);
            for (var rest = bytes; rest.Length > sizeof(ulong); rest = rest[sizeof(ulong)..])
            {
                hash = Mix(hash ^ MemoryMarshal.Read<ulong>(rest), s_secret);
            }
        }
        else if (bytes.Length >= sizeof(uint))
        {
            last = ((ulong)MemoryMarshal.Read<uint>(bytes) << 32) | MemoryMarshal.Read<uint>(bytes[^sizeof(uint)..]);
        }
        else
        {
            // One to three bytes: the first, the middle and the last are all of them.
            last = bytes.IsEmpty ? 0 : bytes[0] | ((ulong)bytes[bytes.Length / 2] << 8) | ((ulong)bytes[^1] << 16);
        }

        return Mix(hash ^ last, s_secret ^ 0x9E3779B97F4A7C15);
    }

    public int First(ulong hash) => (int)hash & (_slots.Length - 1);

    public int Next(int slot) => (slot + 1) & (_slots.Length - 1);

    /// <summary>The key in a slot, or -1 when its hash differs.</summary>
    public int KeyIn(int slot, ulong hash, out bool isFree)
    {
        var (key, tag) = _slots[slot];
        isFree = key == 0;
        return tag == (uint)(hash >> 32) ? key - 1 : -1;
    }

    /// <summary>Adds a key that is not there; keys come one after the other.</summary>
    public void Add(int key, ulong hash)
    {
        if (_count == 0)
        {
            _firstKey = key;
        }

        if (_count == _hashes.Length)
        {
            Grow();
        }

        _hashes[_count++] = hash;
        Place(key, hash);
    }

    public void Clear()
    {
        _count = 0;
        Array.Clear(_slots);
    }

    void Grow()
    {
        Array.Resize(ref _hashes, _hashes.Length * 2);
        _slots = new (int, uint)[_hashes.Length * 2];
        for (var i = 0; i < _count; i++)
        {
            Place(_firstKey + i, _hashes[i]);
        }
    }

    void Place(int key, ulong hash)
    {
        var slot = First(hash);
        while (_slots[slot].KeyPlusOne != 0)
        {
            slot = Next(slot);
        }

        _slots[slot] = (key + 1, (uint)(hash >> 32));
    }

    static ulong Mix(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    static ulong NewSeed()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return MemoryMarshal.Read<ulong>(bytes) | 1;
    }
}
