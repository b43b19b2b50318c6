using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Pipeline.Formats.Json;

/// <summary>Text of tokens as UTF-8 bytes.</summary>
static class JsonText
{
    /// <summary>
    /// Writes the text of a string or property name without its escapes. False when it is not Unicode: bytes that are no UTF-8,
    /// or half of
    /// a surrogate pair. <paramref name="target"/> must have room for the escaped text, which is never shorter.
    /// </summary>
    public static bool TryUnescape(ref Utf8JsonReader reader, Span<byte> target, out int length)
    {
        var raw = reader.ValueSpan;
        length = 0;
        if (!Utf8.IsValid(raw))
        {
            return false;
        }

        if (!reader.ValueIsEscaped)
        {
            raw.CopyTo(target);
            length = raw.Length;
            return true;
        }

        if (HasLoneSurrogate(raw))
        {
            return false;
        }

        length = reader.CopyString(target);
        return true;
    }

    /// <summary>The text of a string or name for people: what is not Unicode in it shows as U+FFFD.</summary>
    public static string ToDisplay(ref Utf8JsonReader reader)
    {
        var text = new byte[reader.ValueSpan.Length];
        return TryUnescape(ref reader, text, out var length)
            ? Encoding.UTF8.GetString(text, 0, length)
            : Encoding.UTF8.GetString(reader.ValueSpan);
    }

    /// <summary>True when an escape of a surrogate stands alone. The escapes themselves are known to be well formed.</summary>
    public static bool HasLoneSurrogate(ReadOnlySpan<byte> escaped)
    {
        for (var i = escaped.IndexOf((byte)'\\'); i >= 0 && i + 1 < escaped.Length;)
        {
            var next = i + 2;
            if (escaped[i + 1] == (byte)'u')
            {
                var unit = Hex(escaped[(i + 2)..]);
                next = i + 6;
                if (char.IsLowSurrogate((char)unit))
                {
                    return true;
                }

                if (char.IsHighSurrogate((char)unit))
                {
                    var rest = escaped[next..];
                    if (!rest.StartsWith("\\u"u8) || !char.IsLowSurrogate((char)Hex(rest[2..])))
                    {
                        return true;
                    }

                    next += 6;
                }
            }

            var step = escaped[next..].IndexOf((byte)'\\');
            i = step < 0 ? -1 : next + step;
        }

        return false;
    }

    static int Hex(ReadOnlySpan<byte> digits)
    {
        var value = 0;
        for (var i = 0; i < 4; i++)
        {
            value = (value << 4) | (digits[i] <= (byte)'9' ? digits[i] - '0' : (digits[i] | 0x20) - 'a' + 10);
        }

        return value;
    }
}
