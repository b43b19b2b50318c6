using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Unicode;

namespace Pipeline.Formats.Json;

/// <summary>
/// Passes over the tokens of one record, 32 bytes at a time. Strict (RFC 8259, and UTF-8) but not complete: every <c>Pass…</c> takes the place of a
/// token and returns the place behind it, or <see cref="Nothing"/> for what is wrong and for what is rare, without saying which;
/// <see cref="JsonRowWriter"/> then reads the record with <see cref="System.Text.Json.Utf8JsonReader"/>. Places are passed and returned, not kept: so they
/// stay in registers. Invariant: vectors are loaded before the end of the record only, and single bytes at most <see cref="MostLevels"/> + 8 behind
/// it, where one bracket after the other closes; the caller checks that the last place is not behind the end.
/// </summary>
ref struct JsonScanner
{
    /// <summary>In place of a place: this is not passed here.</summary>
    public const int Nothing = -1;

    /// <summary>Bytes behind the record that may be read.</summary>
    public const int Slack = 128;

    const int StepBytes = 32;

    /// <summary>Arrays and objects in each other that are followed here: the stack stays small.</summary>
    const int MostLevels = 64;

    readonly ref byte _record;
    readonly int _end;
    readonly int _most;
    readonly JsonKeyTrail _nestedKeys;

    /// <param name="readable">The record, and at least <see cref="Slack"/> bytes more.</param>
    /// <param name="length">Bytes of the record, or of the window that begins with it.</param>
    /// <param name="maxDepth">Arrays and objects in each other, the record included.</param>
    /// <param name="nestedKeys">Of the records before; this one follows them, and adds to them.</param>
    public JsonScanner(ReadOnlySpan<byte> readable, int length, int maxDepth, JsonKeyTrail nestedKeys)
    {
        if (readable.Length - length < Slack)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "There are too few bytes behind the record.");
        }

        _record = ref MemoryMarshal.GetReference(readable);
        _end = length;
        _most = Math.Min(maxDepth, MostLevels);
        _nestedKeys = nestedKeys;
    }

    public readonly byte this[int at]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            Debug.Assert(at <= _end + MostLevels + 8, $"place {at} is too far behind the end at {_end}");
            return Unsafe.Add(ref _record, at);
        }
    }

    /// <summary>Space was passed. Whoever asks clears it before.</summary>
    public bool HasSpace { get; set; }

    /// <summary>An escape was passed. Whoever asks clears it before.</summary>
    public bool HasEscapes { get; set; }

    /// <summary>Whether a container may be this deep; the record has depth 1.</summary>
    public readonly bool Allows(int depth) => depth <= _most;

    public readonly ReadOnlySpan<byte> Bytes(int from, int to) => MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref _record, from), to - from);

    /// <summary>Whether these bytes are next.</summary>
    /// <param name="at">A place in the record.</param>
    /// <param name="expected">The bytes, and any up to the length of a vector.</param>
    /// <param name="mask">A bit for each byte that counts.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool IsNext(int at, Vector256<byte> expected, uint mask) =>
        at < _end && (Vector256.Equals(Vector256.LoadUnsafe(ref _record, (nuint)at), expected).ExtractMostSignificantBits() & mask) == mask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PassSpace(int at) => this[at] > (byte)' ' ? at : PassMoreSpace(at);

    /// <summary>Passes <c>true</c>, <c>false</c> or <c>null</c>.</summary>
    public readonly int PassWord(int at)
    {
        var word = at < _end ? Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref _record, at)) : 0;
        return word == Word("true"u8) || word == Word("null"u8) ? at + 4
            : word == Word("fals"u8) && this[at + 4] == (byte)'e' ? at + 5 : Nothing;
    }

    /// <summary>Passes a number of up to 31 digits before the exponent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly int PassNumber(int at)
    {
        if (at >= _end)
        {
            return Nothing;
        }

        at += this[at] == (byte)'-' ? 1 : 0;

        // A bit for each byte that is no digit: the first ends the integer, the one behind a point the fraction.
        var bytes = Vector256.LoadUnsafe(ref _record, (nuint)at);
        var others = Vector256.GreaterThan(bytes - Vector256.Create((byte)'0'), Vector256.Create((byte)9)).ExtractMostSignificantBits();
        var digits = BitOperations.TrailingZeroCount(others);
        if (digits is 0 or StepBytes || (this[at] == (byte)'0' && digits > 1))
        {
            return Nothing;
        }

        if (this[at + digits] == (byte)'.')
        {
            var all = BitOperations.TrailingZeroCount(others & (others - 1));
            if (all == StepBytes || all == digits + 1)
            {
                return Nothing;
            }

            digits = all;
        }

        at += digits;
        return at >= _end ? Nothing : (this[at] | 0x20) == 'e' ? PassExponent(at) : at;
    }

    /// <summary>Passes a string from behind its opening quote to behind its closing one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PassText(int at)
    {
        if (at < _end)
        {
            // Most are ASCII without escapes and end within a step: the first byte that is none of these is the quote.
            var bytes = Vector256.LoadUnsafe(ref _record, (nuint)at);
            var special = Special(bytes).ExtractMostSignificantBits() | bytes.ExtractMostSignificantBits();
            var quote = at + BitOperations.TrailingZeroCount(special);
            if (special != 0 && quote < _end && Unsafe.Add(ref _record, quote) == (byte)'"')
            {
                return quote + 1;
            }
        }

        return PassAnyText(at);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    int PassAnyText(int at)
    {
        var start = at;
        var isAscii = true;
        while (at < _end)
        {
            var bytes = Vector256.LoadUnsafe(ref _record, (nuint)at);
            var special = Special(bytes).ExtractMostSignificantBits();

            // The bits below the first special one.
            isAscii &= (bytes.ExtractMostSignificantBits() & (special - 1) & ~special) == 0;
            at += BitOperations.TrailingZeroCount(special);
            if (special == 0)
            {
                continue;
            }

            if (at >= _end)
            {
                return Nothing;
            }

            if (this[at] == (byte)'"')
            {
                return isAscii || Utf8.IsValid(Bytes(start, at)) ? at + 1 : Nothing;
            }

            at = PassEscape(at);
            if (at < 0)
            {
                return Nothing;
            }
        }

        return Nothing;
    }

    /// <summary>Passes an array or object.</summary>
    /// <param name="at">Its bracket or brace.</param>
    /// <param name="depth">Its own depth.</param>
    public int PassNested(int at, int depth)
    {
        if (at >= _end || !Allows(depth))
        {
            return Nothing;
        }

        var isObject = this[at] == (byte)'{';
        var close = isObject ? (byte)'}' : (byte)']';
        at = PassSpace(at + 1);
        if (this[at] == close)
        {
            return at + 1;
        }

        while (true)
        {
            at = isObject ? PassKey(at) : at;
            at = at < 0 ? at : PassValue(at, depth + 1);
            if (at < 0)
            {
                return Nothing;
            }

            at = PassSpace(at);
            if (this[at] != (byte)',')
            {
                return this[at] == close ? at + 1 : Nothing;
            }

            at = PassSpace(at + 1);
        }
    }

    /// <summary>Quotes, backslashes and what must not stand in a string.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<byte> Special(Vector256<byte> bytes) =>
        Vector256.Equals(bytes, Vector256.Create((byte)'"')) | Vector256.Equals(bytes, Vector256.Create((byte)'\\'))
            | Vector256.LessThan(bytes, Vector256.Create((byte)' '));

    static uint Word(ReadOnlySpan<byte> word) => MemoryMarshal.Read<uint>(word);

    int PassMoreSpace(int at)
    {
        HasSpace = true;

        // Most programs write one blank, or a line break and blanks.
        if (this[at] == (byte)' ' && this[at + 1] > (byte)' ')
        {
            return at + 1;
        }

        while (at < _end)
        {
            var bytes = Vector256.LoadUnsafe(ref _record, (nuint)at);
            var space = (Vector256.Equals(bytes, Vector256.Create((byte)' ')) | Vector256.Equals(bytes, Vector256.Create((byte)'\n'))
                | Vector256.Equals(bytes, Vector256.Create((byte)'\r')) | Vector256.Equals(bytes, Vector256.Create((byte)'\t'))).ExtractMostSignificantBits();
            at += BitOperations.TrailingZeroCount(~space);
            if (space != uint.MaxValue)
            {
                break;
            }
        }

        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    int PassKey(int at) => _nestedKeys.Next.IsNext(in this, at) ? PassSpace(at + _nestedKeys.Pass()) : PassOtherKey(at);

    [MethodImpl(MethodImplOptions.NoInlining)]
    int PassOtherKey(int at)
    {
        if (this[at] != (byte)'"')
        {
            return Nothing;
        }

        var hadEscapes = HasEscapes;
        HasEscapes = false;
        var end = PassText(at + 1);
        if (end < 0)
        {
            return Nothing;
        }

        // Written as programs do, and short.
        if (!HasEscapes && this[end] == (byte)':' && end + 1 - at <= StepBytes)
        {
            _nestedKeys.Follow(Vector256.LoadUnsafe(ref _record, (nuint)at), end + 1 - at);
        }

        HasEscapes |= hadEscapes;
        at = PassSpace(end);
        return this[at] == (byte)':' ? PassSpace(at + 1) : Nothing;
    }

    int PassValue(int at, int depth) => this[at] switch
    {
        (byte)'"' => PassText(at + 1),
        (byte)'[' or (byte)'{' => PassNested(at, depth),
        (byte)'-' or (>= (byte)'0' and <= (byte)'9') => PassNumber(at),
        _ => PassWord(at),
    };

    readonly int PassExponent(int at)
    {
        at += this[at + 1] is (byte)'+' or (byte)'-' ? 2 : 1;
        var digits = at;
        while (at < _end && char.IsAsciiDigit((char)this[at]))
        {
            at++;
        }

        return at > digits ? at : Nothing;
    }

    int PassEscape(int at)
    {
        HasEscapes = true;
        var length = JsonEscapes.LengthAt(Bytes(at, _end));
        return length > 0 ? at + length : Nothing;
    }
}
