namespace Pipeline.Formats.Excel;

/// <summary>What the first bytes of a would-be workbook are.</summary>
enum ExcelSignature
{
    None,
    Ooxml,
    OpenDocument,
    FlatOpenDocument,
    OtherZip,
    Compound,
    Biff,
    Markup,
}

static class ExcelSignatures
{
    /// <summary>Bytes of the head that are enough: the root of a flat OpenDocument file names some thirty namespaces before its kind.</summary>
    public const int HeadBytes = 8 << 10;

    /// <summary>
    /// What these bytes are. The start of a bare BIFF file is weak evidence, so it needs the name too, or the record that
    /// follows.
    /// </summary>
    public static ExcelSignature Of(ReadOnlySpan<byte> head, bool named)
    {
        if (head.StartsWith("PK\x03\x04"u8))
        {
            // Its kind is stored as text, first in the file or elsewhere; that of a template begins with it.
            return head.IndexOf("application/vnd.oasis.opendocument.spreadsheet"u8) >= 0 ? ExcelSignature.OpenDocument
                : ContainsPart(head) ? ExcelSignature.Ooxml
                : ExcelSignature.OtherZip;
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]))
        {
            return ExcelSignature.Compound;
        }

        // BOF of BIFF2 to 5: record 0x0009, 0x0209, 0x0409 or 0x0809, length 4 to 8.
        if (head.Length >= 8 && head[0] == 9 && head[1] is 0 or 2 or 4 or 8 && head[2] is >= 4 and <= 8 && head[3] == 0)
        {
            return ExcelSignature.Biff;
        }

        // A page, an XML spreadsheet of 2003 (whatever its name), a flat OpenDocument file, or a web archive.
        head = head[..Math.Min(head.Length, HeadBytes)];
        if (named && head.StartsWith("MIME-Version:"u8))
        {
            return ExcelSignature.Markup;
        }

        var start = head.IndexOfAnyExcept("\uFEFF \t\r\n"u8);
        if (start < 0 || head[start] != (byte)'<')
        {
            return ExcelSignature.None;
        }

        return head.IndexOf("mimetype=\"application/vnd.oasis.opendocument.spreadsheet"u8) >= 0 ? ExcelSignature.FlatOpenDocument
            : named || head.IndexOf(Spreadsheet2003) >= 0 ? ExcelSignature.Markup
            : ExcelSignature.None;
    }

    /// <summary>What content of the kind <see cref="ExcelSignature.Markup"/> is, with its article.</summary>
    public static string NameOfMarkup(ReadOnlySpan<byte> head) =>
        head[..Math.Min(head.Length, HeadBytes)].IndexOf(Spreadsheet2003) >= 0 ? "an XML spreadsheet of Excel 2003"
        : head.StartsWith("MIME-Version:"u8) ? "a web archive (MHTML) under a workbook's name"
        : "a web page or XML file under a workbook's name";

    static ReadOnlySpan<byte> Spreadsheet2003 => "urn:schemas-microsoft-com:office:spreadsheet"u8;

    // The parts of a workbook in any case; some writers use backslashes.
    static bool ContainsPart(ReadOnlySpan<byte> head)
    {
        while (head.Length > 3)
        {
            var at = head.IndexOfAny("xX"u8);
            if (at < 0 || at + 2 >= head.Length)
            {
                return false;
            }

            head = head[at..];
            if ((head[1] | 0x20) == 'l' && head[2] is (byte)'/' or (byte)'\\')
            {
                return true;
            }

            head = head[1..];
        }

        return false;
    }
}
