namespace Pipeline.Formats.Typing;

/// <summary>
/// Reads values of one type from UTF-8 bytes. A struct, so that <see cref="FixedColumnTyper{T,TParser}"/> is compiled once per
/// parser with the
/// calls inlined.
/// </summary>
interface ITextParser<T>
    where T : unmanaged
{
    /// <summary>
    /// Reads the canonical form, fast. <see cref="TextPadding.Bytes"/> bytes behind the first may be read, whatever the length:
    /// the caller
    /// has checked that they exist. False when the text is anything else: then <see cref="TryParseAny"/> decides.
    /// </summary>
    bool TryParse(ref readonly byte text, int length, out T value);

    /// <summary>Reads every form that a dictated type takes; the value is exact or refused.</summary>
    RejectCode TryParseAny(ReadOnlySpan<byte> text, out T value);
}

/// <summary>The memory that fast parsers may read.</summary>
static class TextPadding
{
    /// <summary>Bytes from the start of a text that must be readable, and the longest text that goes the fast way.</summary>
    public const int Bytes = 48;
}
