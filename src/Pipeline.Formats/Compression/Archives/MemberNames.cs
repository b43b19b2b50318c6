using System.Text;

namespace Pipeline.Formats.Compression.Archives;

/// <summary>
/// Names in a zip file that are not marked as UTF-8: many programs write UTF-8 all the same; what is none is code page 437, as the format says
/// (APPNOTE D.1), whose letters of Western Europe are also those of 850, which Windows writes.
/// </summary>
sealed class MemberNames : Encoding
{
    static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    static readonly Encoding s_legacy = CodePagesEncodingProvider.Instance.GetEncoding(437)!;

    public static Encoding Encoding { get; } = new MemberNames();

    public override int GetByteCount(char[] chars, int index, int count) => s_utf8.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        s_utf8.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetCharCount(byte[] bytes, int index, int count) => Of(bytes.AsSpan(index, count)).GetCharCount(bytes, index, count);

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        Of(bytes.AsSpan(byteIndex, byteCount)).GetChars(bytes, byteIndex, byteCount, chars, charIndex);

    public override int GetMaxByteCount(int charCount) => s_utf8.GetMaxByteCount(charCount);

    public override int GetMaxCharCount(int byteCount) => byteCount + 1;

    static Encoding Of(ReadOnlySpan<byte> name) => System.Text.Unicode.Utf8.IsValid(name) ? s_utf8 : s_legacy;
}
