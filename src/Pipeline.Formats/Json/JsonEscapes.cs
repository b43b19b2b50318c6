using System.Text;

namespace Pipeline.Formats.Json;

/// <summary>Escapes of JSON strings (RFC 8259, section 7).</summary>
static class JsonEscapes
{
    const int UnitLength = 6;

    /// <summary>The length of the escape that the text begins with, a pair of surrogates as one; 0 when it is none, or half of a pair.</summary>
    public static int LengthAt(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2 || text[0] != (byte)'\\')
        {
            return 0;
        }

        if (text[1] != (byte)'u')
        {
            return "\"\\/bfnrt"u8.Contains(text[1]) ? 2 : 0;
        }

        return Unit(text) is not { } unit ? 0
            : !char.IsSurrogate(unit) ? UnitLength
            : Unit(text[UnitLength..]) is { } low && char.IsSurrogatePair(unit, low) ? 2 * UnitLength
            : 0;
    }

    /// <summary>Puts characters in place of escapes, which are known to be sound. Returns the new length, which is never more.</summary>
    public static int Decode(Span<byte> text)
    {
        int at = 0, length = 0;
        for (int plain; (plain = text[at..].IndexOf((byte)'\\')) >= 0;)
        {
            text.Slice(at, plain).CopyTo(text[length..]);
            var escape = text[(at + plain)..];
            at += plain + LengthAt(escape);
            length += plain;
            length += Character(escape).EncodeToUtf8(text[length..]);
        }

        text[at..].CopyTo(text[length..]);
        return text.Length - at + length;
    }

    static Rune Character(ReadOnlySpan<byte> escape) => escape[1] switch
    {
        (byte)'b' => new Rune('\b'),
        (byte)'f' => new Rune('\f'),
        (byte)'n' => new Rune('\n'),
        (byte)'r' => new Rune('\r'),
        (byte)'t' => new Rune('\t'),
        (byte)'u' when Unit(escape) is { } unit => char.IsSurrogate(unit) ? new Rune(unit, Unit(escape[UnitLength..])!.Value) : new Rune(unit),
        var itself => new Rune((char)itself),
    };

    /// <summary>The unit of <c>\uXXXX</c>; null for anything else.</summary>
    static char? Unit(ReadOnlySpan<byte> escape)
    {
        if (escape.Length < UnitLength || !escape.StartsWith("\\u"u8))
        {
            return null;
        }

        var value = 0;
        foreach (var digit in escape[2..UnitLength])
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return null;
            }

            value = (value << 4) | (digit <= (byte)'9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return (char)value;
    }
}
