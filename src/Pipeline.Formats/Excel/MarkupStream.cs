using System.Text;
using Pipeline.Formats.Compression;

namespace Pipeline.Formats.Excel;

/// <summary>
/// XML whose texts and tags are short enough to be held in memory: an XML reader takes a text, or a tag with its attributes, as a whole, however long it
/// is. In UTF-8, UTF-16 or a code page of single bytes, so that it can be told where a tag starts. Does not own the stream it wraps beyond disposing it.
/// </summary>
sealed class MarkupStream(Stream xml, string part, FormatLimits limits, bool leaveOpen) : ForwardStream
{
    /// <summary>An XML declaration ends before this.</summary>
    const int HeadBytes = 256;

    static readonly string[] s_encodings = ["UTF-8", "UTF8", "UTF-16", "US-ASCII", "ASCII", "ISO-8859-", "WINDOWS-125"];

    // Bytes since the last '<', which no text and no attribute can hold.
    long _run;
    bool _isOpen;

    // UTF-16: the byte of a unit that is the character's own, 0 or 1, for characters below 256; -1: bytes are units.
    int _lowByte = -1;
    long _position;
    byte _half;

    public override int Read(Span<byte> buffer)
    {
        int read;
        if (_isOpen)
        {
            read = xml.Read(buffer);
        }
        else
        {
            read = xml.ReadAtLeast(buffer, Math.Min(buffer.Length, HeadBytes), throwOnEndOfStream: false);
            _lowByte = LowByte(buffer[..read]);
            _isOpen = true;
        }

        if (_lowByte < 0)
        {
            var first = buffer[..read].IndexOf((byte)'<');
            Add(first < 0 ? read : first);
            _run = first < 0 ? _run : read - 1 - buffer[..read].LastIndexOf((byte)'<');
        }
        else
        {
            CountUnits(buffer[..read]);
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !leaveOpen)
        {
            xml.Dispose();
        }

        base.Dispose(disposing);
    }

    void CountUnits(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if ((_position++ & 1) == 0)
            {
                _half = b;
                continue;
            }

            var (low, high) = _lowByte == 0 ? (_half, b) : (b, _half);
            if (low == '<' && high == 0)
            {
                _run = 0;
            }
            else
            {
                Add(2);
            }
        }
    }

    void Add(int bytes)
    {
        _run += bytes;
        if (_run > limits.MaxWorkbookTextBytes)
        {
            throw Markup.TooLong(part, limits);
        }
    }

    // By the byte order mark or by the zero beside the first '<', as XML readers tell; else the declaration names the encoding.
    int LowByte(ReadOnlySpan<byte> head)
    {
        if (head.Length >= 4 && (head[..2].SequenceEqual((ReadOnlySpan<byte>)[0, 0]) || head[2..4].SequenceEqual((ReadOnlySpan<byte>)[0, 0])))
        {
            throw InOtherEncoding("UTF-32");
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith("<\0"u8))
        {
            return 0;
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) || head.StartsWith("\0<"u8))
        {
            return 1;
        }

        var end = head.IndexOf("?>"u8);
        var declaration = Encoding.ASCII.GetString(head[..Math.Max(0, end)]);
        var at = declaration.IndexOf("encoding", StringComparison.Ordinal);
        var name = at < 0 ? null : declaration[(at + "encoding".Length)..].Split('"', '\'') is { Length: > 1 } parts ? parts[1] : null;
        return name is null || s_encodings.Any(e => name.StartsWith(e, StringComparison.OrdinalIgnoreCase)) ? -1 : throw InOtherEncoding(name);
    }

    InvalidDataException InOtherEncoding(string name) =>
        new($"{part} is written in {string.Concat(name.Take(40).Where(char.IsAsciiLetterOrDigit))}, and not in UTF-8 or UTF-16 as workbooks are");
}
