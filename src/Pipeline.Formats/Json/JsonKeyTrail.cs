using System.Runtime.Intrinsics;

namespace Pipeline.Formats.Json;

/// <summary>
/// Which key follows which in arrays and objects that are passed over as a whole: mostly the one that followed it the last time. Whoever guesses by it
/// compares the bytes; a wrong guess costs that. One task.
/// </summary>
sealed class JsonKeyTrail
{
    /// <summary>Keys that are known; with more than these, documents are of many kinds, and it begins anew.</summary>
    const int MostKeys = 64;

    readonly JsonKeyStart[] _keys = new JsonKeyStart[MostKeys];

    // The key that followed this one the last time.
    readonly byte[] _next = new byte[MostKeys];

    // Key 0 is none: that of the start.
    int _count = 1;
    int _last;

    /// <summary>The key that is expected.</summary>
    public ref readonly JsonKeyStart Next => ref _keys[_next[_last]];

    /// <summary>The expected key came. Returns its length, with quotes and colon.</summary>
    public int Pass()
    {
        _last = _next[_last];
        return _keys[_last].Length;
    }

    /// <summary>Another key came than expected.</summary>
    /// <param name="bytes">Its start, and any bytes behind it.</param>
    /// <param name="length">Its length, with quotes and colon.</param>
    public void Follow(Vector256<byte> bytes, int length)
    {
        var known = 1;
        while (known < _count && !_keys[known].IsStartOf(bytes))
        {
            known++;
        }

        if (known == MostKeys)
        {
            Array.Clear(_next);
            (_count, _last, known) = (1, 0, 1);
        }

        if (known == _count)
        {
            _keys[_count++] = new JsonKeyStart(bytes, length);
        }

        _next[_last] = (byte)known;
        _last = known;
    }
}
