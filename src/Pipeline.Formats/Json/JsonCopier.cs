using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using System.Text.Unicode;

namespace Pipeline.Formats.Json;

/// <summary>
/// Reads the tokens of one record and copies their text in the same pass, <see cref="Slack"/> bytes at a time. Strict (RFC 8259, and UTF-8) but not
/// complete: every <c>Try…</c> is false for what is wrong and for what is rare, and says nothing about which; <see cref="JsonRowWriter"/> then reads
/// the record with <see cref="System.Text.Json.Utf8JsonReader"/>. Invariants: <see cref="At"/> ≤ the end of the record; what is written is never more
/// than what was read.
/// </summary>
ref struct JsonCopier
{
    /// <summary>Bytes behind the record that may be read, and behind its copy that may be overwritten.</summary>
    public const int Slack = 32;

    /// <summary>Arrays and objects in each other that are followed here: the stack stays small.</summary>
    const int MostLevels = 64;

    readonly ref byte _from;
    readonly ref byte _to;
    readonly int _end;
    readonly int _most;

    /// <param name="record">The record, and at least <see cref="Slack"/> bytes more.</param>
    /// <param name="length">Bytes of the record.</param>
    /// <param name="target">Where values are copied to: room for the record and <see cref="Slack"/> more behind <paramref name="written"/>.</param>
    /// <param name="written">Bytes of the target that are in use.</param>
    /// <param name="maxDepth">Arrays and objects in each other, the record included.</param>
    public JsonCopier(ReadOnlySpan<byte> record, int length, Span<byte> target, int written, int maxDepth)
    {
        if (record.Length - length < Slack || target.Length - written - length < Slack)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "There is no room behind the record, or behind its copy.");
        }

        _from = ref MemoryMarshal.GetReference(record);
        _to = ref MemoryMarshal.GetReference(target);
        _end = length;
        _most = Math.Min(maxDepth, MostLevels);
        Written = written;
    }

    /// <summary>The next byte to read.</summary>
    public int At { get; set; }

    /// <summary>Bytes of the target in use.</summary>
    public int Written { get; private set; }

    /// <summary>Whether a container may be this deep; the record has depth 1.</summary>
    public readonly bool Allows(int depth) => depth <= _most;

    /// <summary>The next byte that is no space, which is not passed; 0 at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte Next()
    {
        var b = Unsafe.Add(ref _from, At);
        return b > (byte)' ' && At < _end ? b : PassSpace();
    }

    /// <summary>Passes a byte; false when another one is next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPass(byte expected)
    {
        var isNext = Next() == expected;
        At += isNext ? 1 : 0;
        return isNext;
    }

    /// <summary>Passes these bytes; false when others are next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPass(ReadOnlySpan<byte> expected)
    {
        if (_end - At < expected.Length || !MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref _from, At), expected.Length).SequenceEqual(expected))
        {
            return false;
        }

        At += expected.Length;
        return true;
    }

    /// <summary>Passes a string without escapes and gives what stands between its quotes, which is not known to be UTF-8.</summary>
    public bool TryPassPlainString(out ReadOnlySpan<byte> text)
    {
        var rest = MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref _from, At), _end - At);
        var end = rest.IsEmpty || rest[0] != (byte)'"' ? -1 : rest[1..].IndexOfAny((byte)'"', (byte)'\\');
        if (end < 0 || rest[end + 1] != (byte)'"')
        {
            text = default;
            return false;
        }

        text = rest.Slice(1, end);
        At += end + 2;
        return true;
    }

    /// <summary>Passes <c>null</c>.</summary>
    public bool TryPassNull()
    {
        var isNext = At + 4 <= _end && Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref _from, At)) == Word("null"u8);
        At += isNext ? 4 : 0;
        return isNext;
    }

    /// <summary>Copies a string at its opening quote: its text without quotes and escapes.</summary>
    public bool TryCopyText()
    {
        At++;
        return TryCopyToQuote(decoded: true);
    }

    /// <summary>Copies <c>true</c>, <c>false</c> or <c>null</c>.</summary>
    public bool TryCopyWord()
    {
        ref var at = ref Unsafe.Add(ref _from, At);
        var word = Unsafe.ReadUnaligned<uint>(ref at);
        var length = word == Word("true"u8) || word == Word("null"u8) ? 4
            : word == Word("fals"u8) && Unsafe.Add(ref at, 4) == (byte)'e' ? 5 : 0;
        if (length == 0 || At + length > _end)
        {
            return false;
        }

        Unsafe.WriteUnaligned(ref Unsafe.Add(ref _to, Written), Unsafe.ReadUnaligned<ulong>(ref at));
        At += length;
        Written += length;
        return true;
    }

    /// <summary>Copies a number as it stands. False for one of more than 31 digits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryCopyNumber()
    {
        ref var from = ref Unsafe.Add(ref _from, At);
        ref var to = ref Unsafe.Add(ref _to, Written);
        var sign = from == (byte)'-' ? 1 : 0;
        to = from;

        // A bit for each byte that is no digit: the first ends the integer, the one behind a point the fraction.
        var bytes = Vector256.LoadUnsafe(ref from, (nuint)sign);
        bytes.StoreUnsafe(ref to, (nuint)sign);
        var others = Vector256.GreaterThan(bytes - Vector256.Create((byte)'0'), Vector256.Create((byte)9)).ExtractMostSignificantBits();
        var digits = BitOperations.TrailingZeroCount(others);
        if (digits is 0 or Slack || (digits > 1 && Unsafe.Add(ref from, sign) == (byte)'0'))
        {
            return false;
        }

        if (Unsafe.Add(ref from, sign + digits) == (byte)'.')
        {
            others &= others - 1;
            var all = BitOperations.TrailingZeroCount(others);
            if (all == Slack || all == digits + 1)
            {
                return false;
            }

            digits = all;
        }

        var length = sign + digits;
        if (At + length >= _end)
        {
            return false;
        }

        At += length;
        Written += length;
        return (Unsafe.Add(ref _from, At) | 0x20) != 'e' || TryCopyExponent();
    }

    /// <summary>Copies an array or object without the space between its tokens, and otherwise as it stands.</summary>
    /// <param name="depth">Its own depth.</param>
    public bool TryCopyNested(int depth)
    {
        if (!Allows(depth))
        {
            return false;
        }

        var isObject = Unsafe.Add(ref _from, At) == (byte)'{';
        var close = isObject ? (byte)'}' : (byte)']';
        CopyByte();
        if (Next() == close)
        {
            CopyByte();
            return true;
        }

        while (true)
        {
            if (isObject && !TryCopyKey())
            {
                return false;
            }

            if (!TryCopyValue(Next(), depth + 1))
            {
                return false;
            }

            var next = Next();
            if (next != (byte)',' && next != close)
            {
                return false;
            }

            CopyByte();
            if (next == close)
            {
                return true;
            }

            Next();
        }
    }

    static uint Word(ReadOnlySpan<byte> word) => MemoryMarshal.Read<uint>(word);

    byte PassSpace()
    {
        for (; At < _end; At++)
        {
            var b = Unsafe.Add(ref _from, At);
            if (b is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            {
                return b;
            }
        }

        return 0;
    }

    void CopyByte() => Unsafe.Add(ref _to, Written++) = Unsafe.Add(ref _from, At++);

    bool TryCopyKey()
    {
        if (!TryCopyQuoted() || Next() != (byte)':')
        {
            return false;
        }

        CopyByte();
        return true;
    }

    bool TryCopyValue(byte first, int depth) => first switch
    {
        (byte)'"' => TryCopyQuoted(),
        (byte)'[' or (byte)'{' => TryCopyNested(depth),
        (byte)'-' or (>= (byte)'0' and <= (byte)'9') => TryCopyNumber(),
        _ => TryCopyWord(),
    };

    /// <summary>Copies a string with its quotes and escapes.</summary>
    bool TryCopyQuoted()
    {
        if (Next() != (byte)'"')
        {
            return false;
        }

        CopyByte();
        if (!TryCopyToQuote(decoded: false))
        {
            return false;
        }

        Unsafe.Add(ref _to, Written++) = (byte)'"';
        return true;
    }

    /// <summary>Copies up to the closing quote and passes it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    bool TryCopyToQuote(bool decoded)
    {
        var start = At;
        var at = start;
        var written = Written;
        var isAscii = true;
        while (at < _end)
        {
            var bytes = Vector256.LoadUnsafe(ref _from, (nuint)at);
            bytes.StoreUnsafe(ref _to, (nuint)written);
            var special = (Vector256.Equals(bytes, Vector256.Create((byte)'"')) | Vector256.Equals(bytes, Vector256.Create((byte)'\\'))
                | Vector256.LessThan(bytes, Vector256.Create((byte)' '))).ExtractMostSignificantBits();
            var high = bytes.ExtractMostSignificantBits();
            var plain = BitOperations.TrailingZeroCount(special);

            // The bits below the first special one.
            isAscii &= (high & (special - 1) & ~special) == 0;
            at += plain;
            written += plain;
            if (special == 0)
            {
                continue;
            }

            if (at >= _end)
            {
                return false;
            }

            if (Unsafe.Add(ref _from, at) == (byte)'"')
            {
                (At, Written) = (at + 1, written);
                return isAscii || Utf8.IsValid(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref _from, start), at - start));
            }

            if (!TryCopyEscape(ref at, ref written, decoded))
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>False for a surrogate: only the reader pairs them. Control characters end here, too.</summary>
    readonly bool TryCopyEscape(ref int at, ref int written, bool decoded)
    {
        ref var from = ref Unsafe.Add(ref _from, at);
        ref var to = ref Unsafe.Add(ref _to, written);
        var letter = Unsafe.Add(ref from, 1);
        var length = letter == (byte)'u' ? 6 : 2;
        if (from != (byte)'\\' || at + length > _end)
        {
            return false;
        }

        var unit = letter switch
        {
            (byte)'"' or (byte)'\\' or (byte)'/' => (char)letter,
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            (byte)'u' => Unit(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref from, 2), 4)),
            _ => NoUnit,
        };
        if (!Rune.TryCreate(unit, out var rune))
        {
            return false;
        }

        at += length;
        if (decoded)
        {
            written += rune.EncodeToUtf8(MemoryMarshal.CreateSpan(ref to, length));
        }
        else
        {
            Unsafe.CopyBlockUnaligned(ref to, ref from, (uint)length);
            written += length;
        }

        return true;
    }

    /// <summary>For what is no escape: half of a pair, which is no character either.</summary>
    const char NoUnit = '\uDFFF';

    static char Unit(ReadOnlySpan<byte> digits)
    {
        var value = 0;
        foreach (var digit in digits)
        {
            var hex = digit switch
            {
                >= (byte)'0' and <= (byte)'9' => digit - '0',
                >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
                >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
                _ => -1,
            };
            if (hex < 0)
            {
                return NoUnit;
            }

            value = (value << 4) | hex;
        }

        return (char)value;
    }

    bool TryCopyExponent()
    {
        CopyByte();
        if (Unsafe.Add(ref _from, At) is (byte)'+' or (byte)'-')
        {
            CopyByte();
        }

        var digits = At;
        while (At < _end && Unsafe.Add(ref _from, At) is >= (byte)'0' and <= (byte)'9')
        {
            CopyByte();
        }

        return At > digits && At < _end;
    }
}
