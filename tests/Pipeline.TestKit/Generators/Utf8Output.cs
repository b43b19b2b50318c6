using System.Runtime.CompilerServices;

namespace Pipeline.TestKit.Generators;

/// <summary>
/// Buffered UTF-8 text and little-endian binary onto a stream: no strings, no allocation after the buffer. Does not own the
/// stream. Every append writes at most <see cref="LongestAppend"/> bytes, longer spans go through in pieces.
/// </summary>
public sealed class Utf8Output(Stream stream) : IDisposable
{
    const int LongestAppend = 64;
    readonly byte[] _buffer = new byte[256 * 1024];
    int _used;

    /// <summary>Bytes appended so far, flushed or not.</summary>
    public long Written { get; private set; }

    public void Dispose() => Flush();

    public void Flush()
    {
        stream.Write(_buffer, 0, _used);
        Written += _used;
        _used = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Byte(byte value)
    {
        Ensure();
        _buffer[_used++] = value;
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        while (value.Length > 0)
        {
            Ensure();
            var piece = Math.Min(value.Length, _buffer.Length - _used);
            value[..piece].CopyTo(_buffer.AsSpan(_used));
            _used += piece;
            value = value[piece..];
        }
    }

    public void Integer(long value)
    {
        if (value < 0)
        {
            Byte((byte)'-');
        }

        Digits(value < 0 ? (ulong)-value : (ulong)value, 1);
    }

    /// <summary>Decimal digits with leading zeros up to <paramref name="width"/> (1 to 20).</summary>
    public void Digits(ulong value, int width)
    {
        Span<byte> digits = stackalloc byte[20];
        var at = digits.Length;
        do
        {
            var rest = value / 10;
            digits[--at] = (byte)('0' + (value - (rest * 10)));
            value = rest;
        }
        while (value != 0);

        while (digits.Length - at < width)
        {
            digits[--at] = (byte)'0';
        }

        Bytes(digits[at..]);
    }

    /// <summary><paramref name="unscaled"/> × 10^-<paramref name="scale"/> with all digits of the scale (1 to 18).</summary>
    public void Fixed(long unscaled, int scale)
    {
        if (unscaled < 0)
        {
            Byte((byte)'-');
            unscaled = -unscaled;
        }

        var unit = PowersOfTen.Of(scale);
        Digits((ulong)(unscaled / unit), 1);
        Byte((byte)'.');
        Digits((ulong)(unscaled % unit), scale);
    }

    /// <summary><c>yyyy-MM-dd</c> of a day counted from 1970-01-01.</summary>
    public void Date(int day)
    {
        var date = DateOnly.FromDayNumber(719_162 + day);
        Digits((ulong)date.Year, 4);
        Byte((byte)'-');
        Digits((ulong)date.Month, 2);
        Byte((byte)'-');
        Digits((ulong)date.Day, 2);
    }

    /// <summary><c>yyyy-MM-dd HH:mm:ss</c> of Unix seconds.</summary>
    public void Timestamp(long seconds)
    {
        Date((int)(seconds / 86_400));
        var second = (ulong)(seconds % 86_400);
        Byte((byte)' ');
        Digits(second / 3600, 2);
        Byte((byte)':');
        Digits(second / 60 % 60, 2);
        Byte((byte)':');
        Digits(second % 60, 2);
    }

    /// <summary>The 36 characters of a UUID of these two halves, most significant first.</summary>
    public void Uuid(ulong high, ulong low)
    {
        Hex(high >> 32, 8);
        Byte((byte)'-');
        Hex(high >> 16, 4);
        Byte((byte)'-');
        Hex(high, 4);
        Byte((byte)'-');
        Hex(low >> 48, 4);
        Byte((byte)'-');
        Hex(low, 12);
    }

    /// <summary>The low <paramref name="size"/> bytes of a number, least significant first.</summary>
    public void LittleEndian(ulong value, int size)
    {
        Ensure();
        for (var i = 0; i < size; i++)
        {
            _buffer[_used++] = (byte)(value >> (8 * i));
        }
    }

    /// <summary>LEB128, as ClickHouse writes lengths.</summary>
    public void VarUInt(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            Byte((byte)(value | 0x80));
        }

        Byte((byte)value);
    }

    void Hex(ulong value, int digits)
    {
        Ensure();
        for (var shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        {
            _buffer[_used++] = "0123456789abcdef"u8[(int)(value >> shift) & 15];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Ensure()
    {
        if (_buffer.Length - _used < LongestAppend)
        {
            Flush();
        }
    }
}

/// <summary>10^0 to 10^18.</summary>
static class PowersOfTen
{
    static readonly long[] s_powers = [.. Enumerable.Range(0, 19).Select(n => Enumerable.Repeat(10L, n).Aggregate(1L, (a, b) => a * b))];

    public static long Of(int exponent) => s_powers[exponent];
}
