using System.Globalization;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>
/// XML whose texts and tags are short enough to be held in memory: an XML reader takes a text, or a tag with its attributes, as a whole, however long it
/// is. Excel itself ends at 32,767 characters a cell. Does not own the stream it wraps beyond disposing it.
/// </summary>
sealed class MarkupStream(Stream xml, string part) : ForwardStream
{
    /// <summary>The longest text or tag. A hundred times what Excel takes, and some tens of megabytes inside the XML reader.</summary>
    const int MaxRunBytes = 8 << 20;

    // Bytes since the last '<', which no text and no attribute can hold.
    long _run;

    public override int Read(Span<byte> buffer)
    {
        var read = xml.Read(buffer);
        var first = buffer[..read].IndexOf((byte)'<');
        _run += first < 0 ? read : first;
        if (_run > MaxRunBytes)
        {
            throw new BadFileException(RejectCode.RecordTooLong, string.Create(
                CultureInfo.InvariantCulture, $"A cell or a text in {part} of the workbook is longer than {MaxRunBytes:N0} bytes; Excel takes 32,767 characters."));
        }

        _run = first < 0 ? _run : read - 1 - buffer[..read].LastIndexOf((byte)'<');
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            xml.Dispose();
        }

        base.Dispose(disposing);
    }
}
