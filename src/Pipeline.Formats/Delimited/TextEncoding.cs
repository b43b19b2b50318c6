using System.Globalization;
using System.Text;

namespace Pipeline.Formats.Delimited;

/// <summary>The encoding of a text: named by a byte order mark, or given away by its bytes.</summary>
/// <param name="Name">As registered with IANA, in lower case.</param>
/// <param name="BomBytes">Length of the mark.</param>
/// <param name="Decoder">Null for UTF-8, which needs none.</param>
sealed record TextEncoding(string Name, int BomBytes, Encoding? Decoder)
{
    public static TextEncoding Utf8 { get; } = new("utf-8", 0, null);

    /// <summary>One byte in so many is a zero, at least, in tables of UTF-16: delimiters, digits and line breaks have one.</summary>
    const int LeastZeros = 32;

    /// <summary>One byte in so many is beyond ASCII, at least, in text of ideographs: in ASCII with damage none is.</summary>
    const int LeastHigh = 8;

    /// <summary>Why, where it is not said by a mark.</summary>
    public string? Evidence { get; init; }

    /// <summary>The line that decided.</summary>
    public long? Line { get; init; }

    /// <summary>Bytes that are not of this encoding become U+FFFD, and their records are refused: a guess must not cost the file.</summary>
    public bool Replaces { get; init; }

    /// <summary>The bytes seen so far are ASCII: the rest of the file decides.</summary>
    public bool IsOpen { get; init; }

    public static TextEncoding Detect(ReadOnlySpan<byte> head, bool isWhole) => head switch
    {
        [0xEF, 0xBB, 0xBF, ..] => new("utf-8", 3, null),
        [0xFF, 0xFE, 0x00, 0x00, ..] => Utf32(bigEndian: false, 4),
        [0x00, 0x00, 0xFE, 0xFF, ..] => Utf32(bigEndian: true, 4),
        [0xFF, 0xFE, ..] => Utf16(bigEndian: false, 2),
        [0xFE, 0xFF, ..] => Utf16(bigEndian: true, 2),
        [0x84, 0x31, 0x95, 0x33, ..] => Gb18030(),
        _ => WideWithoutMark(head) ?? EncodingEvidence.Detect(head, isWhole),
    };

    /// <summary>A head as UTF-8, leniently: for looking at, not for loading.</summary>
    public ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> head)
    {
        head = head[BomBytes..];
        if (Decoder is null)
        {
            return head;
        }

        var lenient = (Encoding)Decoder.Clone();
        lenient.DecoderFallback = DecoderFallback.ReplacementFallback;
        return Encoding.UTF8.GetBytes(lenient.GetString(head.Span[..(head.Length & ~3)]));
    }

    static TextEncoding Gb18030() => new(
        "gb18030", 4, CodePagesEncodingProvider.Instance.GetEncoding("gb18030", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!);

    static TextEncoding Utf16(bool bigEndian, int bom) => new(
        bigEndian ? "utf-16be" : "utf-16le", bom, new UnicodeEncoding(bigEndian, byteOrderMark: false, throwOnInvalidBytes: true));

    static TextEncoding Utf32(bool bigEndian, int bom) => new(
        bigEndian ? "utf-32be" : "utf-32le", bom, new UTF32Encoding(bigEndian, byteOrderMark: false, throwOnInvalidCharacters: true));

    /// <summary>
    /// UTF-16 and UTF-32 without a mark: the high bytes of delimiters, digits and line breaks are zeros, always at the same places.
    /// </summary>
    static TextEncoding? WideWithoutMark(ReadOnlySpan<byte> head)
    {
        var sample = head[..Math.Min(head.Length & ~3, 64 << 10)];
        if (sample.Length < 16 || !sample.Contains((byte)0))
        {
            return null;
        }

        Span<int> zeros = stackalloc int[4];
        for (var i = 0; i < sample.Length; i++)
        {
            zeros[i & 3] += sample[i] == 0 ? 1 : 0;
        }

        var quarter = sample.Length / 4;
        const string Mark = "There is no byte order mark; zeros at every other byte show the encoding.";
        if (zeros[3] == quarter && zeros[2] > quarter * 0.9 && zeros[0] == 0)
        {
            return Utf32(bigEndian: false, 0) with { Evidence = Mark };
        }

        if (zeros[0] == quarter && zeros[1] > quarter * 0.9 && zeros[3] == 0)
        {
            return Utf32(bigEndian: true, 0) with { Evidence = Mark };
        }

        var (even, odd) = (zeros[0] + zeros[2], zeros[1] + zeros[3]);
        if (odd > quarter * 2 * 0.3 && even < odd * 0.02)
        {
            return Utf16(bigEndian: false, 0) with { Evidence = Mark };
        }

        if (even > quarter * 2 * 0.3 && odd < even * 0.02)
        {
            return Utf16(bigEndian: true, 0) with { Evidence = Mark };
        }

        // Text of ideographs has few characters of ASCII, and some of its letters end with a zero byte: it must be text in whole.
        var wide = Utf16(even > odd, 0);
        return Math.Max(even, odd) * LeastZeros >= sample.Length && CountHigh(sample) * LeastHigh >= sample.Length && HoldsText(sample, wide.Decoder!)
            ? wide with { Evidence = Mark } : null;
    }

    static int CountHigh(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        foreach (var b in bytes)
        {
            count += b >> 7;
        }

        return count;
    }

    /// <summary>Whether bytes are lines of letters, digits and marks in an encoding, and nothing else.</summary>
    static bool HoldsText(ReadOnlySpan<byte> bytes, Encoding encoding)
    {
        // A pair of surrogates that the sample cuts in half says nothing.
        var lenient = (Encoding)encoding.Clone();
        lenient.DecoderFallback = DecoderFallback.ReplacementFallback;
        var text = lenient.GetString(bytes);
        var breaks = 0;
        for (var i = 0; i < text.Length - 1; i++)
        {
            breaks += text[i] == '\n' ? 1 : 0;
            if ((char.IsControl(text[i]) && text[i] is not ('\r' or '\n' or '\t'))
                || char.GetUnicodeCategory(text, i) is UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse || text[i] == '\uFFFD')
            {
                return false;
            }

            i += char.IsHighSurrogate(text[i]) ? 1 : 0;
        }

        return breaks > 0;
    }
}
