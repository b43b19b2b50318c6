using System.Runtime.Intrinsics;

namespace Pipeline.Formats.Json;

/// <summary>A member's start as programs write it, <c>"key":</c>, to be compared in one step.</summary>
readonly struct JsonKeyStart
{
    readonly Vector256<byte> _bytes;
    readonly uint _mask;

    /// <param name="key">The key without escapes. One that needs some, or is longer than a step, is never next.</param>
    public JsonKeyStart(ReadOnlySpan<byte> key)
    {
        byte[] bytes = [(byte)'"', .. key, (byte)'"', (byte)':'];
        Length = bytes.Length;
        Array.Resize(ref bytes, Math.Max(bytes.Length, Vector256<byte>.Count));
        _bytes = Vector256.Create(bytes);
        _mask = Length <= Vector256<byte>.Count && key.IndexOfAny((byte)'"', (byte)'\\') < 0 && key.IndexOfAnyInRange((byte)0, (byte)31) < 0
            ? uint.MaxValue >> (Vector256<byte>.Count - Length)
            : 0;
    }

    /// <param name="bytes">The start, and any bytes behind it.</param>
    /// <param name="length">Its bytes; no more than a vector has. The key has no escapes.</param>
    public JsonKeyStart(Vector256<byte> bytes, int length)
    {
        Length = length;
        _mask = uint.MaxValue >> (Vector256<byte>.Count - length);
        _bytes = bytes;
    }

    /// <summary>Whether these bytes begin with it.</summary>
    public bool IsStartOf(Vector256<byte> bytes) => _mask != 0 && (Vector256.Equals(bytes, _bytes).ExtractMostSignificantBits() & _mask) == _mask;

    /// <summary>Bytes of the start.</summary>
    public int Length { get; }

    public bool IsNext(in JsonScanner scanner, int at) => _mask != 0 && scanner.IsNext(at, _bytes, _mask);
}
