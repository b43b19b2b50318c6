namespace Pipeline.Formats.Excel;

/// <summary>What the first bytes of a would-be workbook are.</summary>
enum ExcelSignature
{
    None,
    Ooxml,
    OpenDocument,
    OtherZip,
    Compound,
    Biff,
    Markup,
}

static class ExcelSignatures
{
    /// <summary>
    /// What these bytes are. The start of a bare BIFF file is weak evidence, so it needs the name too, or the record that
    /// follows.
    /// </summary>
    public static ExcelSignature Of(ReadOnlySpan<byte> head, bool named)
    {
        if (head.StartsWith("PK\x03\x04"u8))
        {
            return head[..Math.Min(head.Length, 200)].IndexOf("mimetypeapplication/vnd.oasis.opendocument.spreadsheet"u8) >= 0
                ? ExcelSignature.OpenDocument
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

        // A page, an XML spreadsheet of 2003 (whatever its name), or a web archive.
        var start = head.IndexOfAnyExcept("\uFEFF \t\r\n"u8);
        var isMarkup = start >= 0 && head[start] == (byte)'<'
            && (named || head[..Math.Min(head.Length, 2000)].IndexOf("urn:schemas-microsoft-com:office:spreadsheet"u8) >= 0);
        return isMarkup || (named && head.StartsWith("MIME-Version:"u8)) ? ExcelSignature.Markup : ExcelSignature.None;
    }

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
