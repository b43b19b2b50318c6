using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pipeline.Formats.Parts;

/// <summary>
/// CityHash128 as its version 1.0.2 computes it: the checksum of ClickHouse's compressed blocks and of the files of its parts. Later versions give other values.
/// </summary>
static class CityHash128
{
    const ulong K0 = 0xC3A5C85C97CB3127;
    const ulong K1 = 0xB492B66FBE98F273;
    const ulong K2 = 0x9AE16A3B2F90404F;
    const ulong K3 = 0xC949D7C7509E6557;
    const ulong Mix = 0x9DDFEA08EB382D69;

    public static Hash128 Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= 16)
        {
            return Of(bytes[16..], new Hash128(At(bytes, 0) ^ K3, At(bytes, 8)));
        }

        return bytes.Length >= 8
            ? Of([], new Hash128(At(bytes, 0) ^ ((ulong)bytes.Length * K0), At(bytes, bytes.Length - 8) ^ K1))
            : Of(bytes, new Hash128(K0, K1));
    }

    /// <summary>Goes on from the hash of what stands before.</summary>
    public static Hash128 Of(ReadOnlySpan<byte> bytes, Hash128 seed)
    {
        if (bytes.Length < 128)
        {
            return OfFew(bytes, seed);
        }

        var x = seed.Low;
        var y = seed.High;
        var z = (ulong)bytes.Length * K1;
        var v0 = (Rotate(y ^ K1, 49) * K1) + At(bytes, 0);
        var v1 = (Rotate(v0, 42) * K1) + At(bytes, 8);
        var w0 = (Rotate(y + z, 35) * K1) + x;
        var w1 = Rotate(x + At(bytes, 88), 53) * K1;

        ref var at = ref MemoryMarshal.GetReference(bytes);
        var length = bytes.Length;
        do
        {
            Round(ref at, ref x, ref y, ref z, ref v0, ref v1, ref w0, ref w1);
            Round(ref Unsafe.Add(ref at, 64), ref z, ref y, ref x, ref v0, ref v1, ref w0, ref w1);
            at = ref Unsafe.Add(ref at, 128);
            length -= 128;
        }
        while (length >= 128);

        y += (Rotate(w0, 37) * K0) + z;
        x += Rotate(v0 + z, 49) * K0;
        for (var done = 32; done - 32 < length; done += 32)
        {
            var chunk = bytes[(bytes.Length - done)..];
            y = (Rotate(y - x, 42) * K0) + v1;
            w0 += At(chunk, 16);
            x = (Rotate(x, 49) * K0) + w0;
            w0 += v0;
            Weak(ref MemoryMarshal.GetReference(chunk), ref v0, ref v1);
        }

        x = Combine(x, v0);
        y = Combine(y, w0);
        return new Hash128(Combine(x + v1, w1) + y, Combine(x + w1, y + v1));
    }

    // 64 bytes; the next ones are taken with x and z changing places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Round(ref byte at, ref ulong x, ref ulong y, ref ulong z, ref ulong v0, ref ulong v1, ref ulong w0, ref ulong w1)
    {
        x = Rotate(x + y + v0 + At(ref at, 16), 37) * K1;
        y = Rotate(y + v1 + At(ref at, 48), 42) * K1;
        x ^= w1;
        y ^= v0;
        z = Rotate(z ^ w0, 33);
        (v0, v1) = (v1 * K1, x + w0);
        Weak(ref at, ref v0, ref v1);
        (w0, w1) = (z + w1, y);
        Weak(ref Unsafe.Add(ref at, 32), ref w0, ref w1);
    }

    // 32 bytes into a state of two words.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Weak(ref byte at, ref ulong a, ref ulong b)
    {
        var last = At(ref at, 24);
        a += At(ref at, 0);
        b = Rotate(b + a + last, 21);
        var before = a;
        a += At(ref at, 8);
        a += At(ref at, 16);
        b += Rotate(a, 44) + before;
        a += last;
    }

    static Hash128 OfFew(ReadOnlySpan<byte> bytes, Hash128 seed)
    {
        var length = (ulong)bytes.Length;
        var (a, b) = seed;
        ulong c, d;
        if (bytes.Length <= 16)
        {
            a = Shift(a * K1) * K1;
            c = (b * K1) + OfSixteen(bytes);
            d = Shift(a + (bytes.Length >= 8 ? At(bytes, 0) : c));
        }
        else
        {
            c = Combine(At(bytes, bytes.Length - 8) + K1, a);
            d = Combine(b + length, c + At(bytes, bytes.Length - 16));
            a += d;
            for (var at = 0; at < bytes.Length - 16; at += 16)
            {
                a = (a ^ (Shift(At(bytes, at) * K1) * K1)) * K1;
                b ^= a;
                c = (c ^ (Shift(At(bytes, at + 8) * K1) * K1)) * K1;
                d ^= c;
            }
        }

        a = Combine(a, c);
        b = Combine(d, b);
        return new Hash128(a ^ b, Combine(b, a));
    }

    static ulong OfSixteen(ReadOnlySpan<byte> bytes)
    {
        var length = bytes.Length;
        switch (length)
        {
            case > 8:
                var last = At(bytes, length - 8);
                return Combine(At(bytes, 0), Rotate(last + (ulong)length, length)) ^ last;
            case >= 4:
                return Combine((ulong)length + ((ulong)MemoryMarshal.Read<uint>(bytes) << 3), MemoryMarshal.Read<uint>(bytes[(length - 4)..]));
            case > 0:
                var y = (uint)(bytes[0] + (bytes[length >> 1] << 8));
                var z = (uint)(length + (bytes[length - 1] << 2));
                return Shift((y * K2) ^ (z * K3)) * K2;
            default:
                return K2;
        }
    }

    static ulong Combine(ulong low, ulong high)
    {
        var a = (low ^ high) * Mix;
        a ^= a >> 47;
        var b = (high ^ a) * Mix;
        b ^= b >> 47;
        return b * Mix;
    }

    static ulong Shift(ulong value) => value ^ (value >> 47);

    static ulong Rotate(ulong value, int by) => BitOperations.RotateRight(value, by);

    static ulong At(ReadOnlySpan<byte> bytes, int at) => MemoryMarshal.Read<ulong>(bytes[at..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong At(ref byte bytes, int at) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref bytes, at));
}

/// <summary>Two words, the low one first.</summary>
readonly record struct Hash128(ulong Low, ulong High);
