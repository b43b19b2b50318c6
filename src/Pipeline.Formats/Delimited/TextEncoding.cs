using System.Text;

namespace Pipeline.Formats.Delimited;

/// <summary>The encoding that a byte order mark names.</summary>
sealed record TextEncoding(string Name, int BomBytes, Encoding? Decoder)
{
    /// <summary>UTF-8 needs no decoder; everything else is transcoded, strictly.</summary>
    public static TextEncoding Detect(ReadOnlySpan<byte> head) => head switch
    {
        [0xEF, 0xBB, 0xBF, ..] => new("utf-8", 3, null),
        [0xFF, 0xFE, 0x00, 0x00, ..] =>
            new("utf-32le", 4, new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: true)),
        [0x00, 0x00, 0xFE, 0xFF, ..] =>
            new("utf-32be", 4, new UTF32Encoding(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true)),
        [0xFF, 0xFE, ..] =>
            new("utf-16le", 2, new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true)),
        [0xFE, 0xFF, ..] =>
            new("utf-16be", 2, new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true)),
        _ => new("utf-8", 0, null),
    };
}
