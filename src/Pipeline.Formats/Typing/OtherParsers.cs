using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Typing;

/// <summary>
/// Booleans. Inferred columns take one spelling of true and false; dictated ones also 1/0, yes/no, t/f, y/n in any case.
/// </summary>
readonly struct BoolParser(CellForm cell) : ITextParser<byte>
{
    const uint LowerTrue = 0x65757274; // "true"
    const uint LowerFals = 0x736C6166; // "fals"

    readonly (uint True, uint Fals, byte E) _words = cell switch
    {
        CellForm.BoolTitle => (LowerTrue ^ 0x20, LowerFals ^ 0x20, (byte)'e'),
        CellForm.BoolUpper => (LowerTrue ^ 0x20202020, LowerFals ^ 0x20202020, (byte)'E'),
        _ => (LowerTrue, LowerFals, (byte)'e'),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ref readonly byte text, int length, out byte value)
    {
        var word = Unsafe.ReadUnaligned<uint>(in text);
        value = length == 4 ? (byte)1 : (byte)0;
        return length == 4
            ? word == _words.True
            : length == 5 & word == _words.Fals & Unsafe.Add(ref Unsafe.AsRef(in text), 4) == _words.E;
    }

    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out byte value)
    {
        text = text.Trim(" \t"u8);
        value = 0;
        foreach (var word in s_true)
        {
            if (Ascii.EqualsIgnoreCase(text, word))
            {
                value = 1;
                return RejectCode.None;
            }
        }

        foreach (var word in s_false)
        {
            if (Ascii.EqualsIgnoreCase(text, word))
            {
                return RejectCode.None;
            }
        }

        return RejectCode.NotABoolean;
    }

    static readonly string[] s_true = ["true", "1", "yes", "t", "y"];
    static readonly string[] s_false = ["false", "0", "no", "f", "n"];
}

/// <summary>Booleans of an inferred column that writes them as letters of one case.</summary>
readonly struct LetterParser(CellForm cell) : ITextParser<byte>
{
    readonly byte _true = cell == CellForm.TLower ? (byte)'t' : (byte)'T';
    readonly byte _false = cell == CellForm.TLower ? (byte)'f' : (byte)'F';

    public bool TryParse(ref readonly byte text, int length, out byte value)
    {
        value = text == _true ? (byte)1 : (byte)0;
        return length == 1 && (value == 1 || text == _false);
    }

    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out byte value) => default(BoolParser).TryParseAny(text, out value);
}

readonly struct UuidParser : ITextParser<UInt128>
{
    public bool TryParse(ref readonly byte text, int length, out UInt128 value) =>
        UuidText.TryParse(MemoryMarshal.CreateReadOnlySpan(in text, length), out value);

    /// <summary>Also braces and blanks around it, and 32 digits without dashes.</summary>
    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out UInt128 value)
    {
        text = text.Trim(" \t"u8);
        if (UuidText.TryParse(text, out value))
        {
            return RejectCode.None;
        }

        Span<char> chars = stackalloc char[40];
        if (text.Length is 32 or 38 && Ascii.ToUtf16(text, chars, out var length) == System.Buffers.OperationStatus.Done
            && (Guid.TryParseExact(chars[..length], "N", out var id) || Guid.TryParseExact(chars[..length], "B", out id)))
        {
            value = UuidType.ToValue(id);
            return RejectCode.None;
        }

        return RejectCode.NotAUuid;
    }
}

readonly struct IPv4Parser : ITextParser<uint>
{
    public bool TryParse(ref readonly byte text, int length, out uint value) =>
        TryParseAny(MemoryMarshal.CreateReadOnlySpan(in text, length), out value) == RejectCode.None;

    /// <summary>Four decimal numbers without leading zeros, which some programs read as octal.</summary>
    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out uint value)
    {
        text = text.Trim(" \t"u8);
        value = 0;
        for (var part = 0; part < 4; part++)
        {
            var end = part == 3 ? text.Length : text.IndexOf((byte)'.');
            if (end is < 1 or > 3 || !IntegerText.TryParseScalar<byte>(text[..end], out var number))
            {
                return RejectCode.NotAnIpAddress;
            }

            value = (value << 8) | number;
            text = part == 3 ? [] : text[(end + 1)..];
        }

        return RejectCode.None;
    }
}

readonly struct IPv6Parser : ITextParser<UInt128>
{
    public bool TryParse(ref readonly byte text, int length, out UInt128 value) =>
        TryParseAny(MemoryMarshal.CreateReadOnlySpan(in text, length), out value) == RejectCode.None;

    /// <summary>IPv4 addresses are mapped, as ClickHouse does.</summary>
    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out UInt128 value)
    {
        text = text.Trim(" \t"u8);
        value = default;
        if (default(IPv4Parser).TryParseAny(text, out var v4) == RejectCode.None)
        {
            value = IPv6Type.ToValue(IPv4Type.ToAddress(v4));
            return RejectCode.None;
        }

        // A scope ("%eth0") is not part of an address that travels.
        if (text.Length is < 2 or > 45 || text.IndexOfAny("%[]/"u8) >= 0 || text.IndexOf((byte)':') < 0
            || !IPAddress.TryParse(text, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return RejectCode.NotAnIpAddress;
        }

        value = IPv6Type.ToValue(address);
        return RejectCode.None;
    }
}

/// <summary>Names of an enumeration, or their numbers; only ever dictated.</summary>
readonly struct EnumParser<T>(EnumType type) : ITextParser<T>
    where T : unmanaged, System.Numerics.IBinaryInteger<T>
{
    readonly (byte[] Name, T Value)[] _members =
        [.. type.Members.Select(m => (Encoding.UTF8.GetBytes(m.Name), T.CreateTruncating(m.Value)))];

    public bool TryParse(ref readonly byte text, int length, out T value)
    {
        var name = MemoryMarshal.CreateReadOnlySpan(in text, length);
        foreach (var member in _members)
        {
            if (name.SequenceEqual(member.Name))
            {
                value = member.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    public RejectCode TryParseAny(ReadOnlySpan<byte> text, out T value)
    {
        value = default;
        if (text.Length == 0)
        {
            return RejectCode.NotAnEnumValue;
        }

        if (TryParse(in text[0], text.Length, out value))
        {
            return RejectCode.None;
        }

        if (!IntegerText.TryParseScalar<short>(text, out var number))
        {
            return RejectCode.NotAnEnumValue;
        }

        foreach (var member in _members)
        {
            if (short.CreateTruncating(member.Value) == number)
            {
                value = member.Value;
                return RejectCode.None;
            }
        }

        return RejectCode.NotAnEnumValue;
    }
}
