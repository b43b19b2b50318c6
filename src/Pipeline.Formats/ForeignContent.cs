using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats;

/// <summary>Files that are something else: told by their first bytes, so that the refusal can say what it is and what to do.</summary>
/// <param name="What">What the file is, with its article: <c>a PNG picture</c>.</param>
/// <param name="ToDo">How its data, if any, gets here: a sentence.</param>
public sealed record ForeignContent(string What, string ToDo)
{
    /// <summary>What the refusal is: of another kind, unless it is a damaged file of a kind that is read.</summary>
    public RejectCode Code { get; init; } = RejectCode.UnsupportedFormat;

    const string NoTable = "There is no table in it: drop the data itself, as CSV, JSON, Excel or Parquet.";
    const string ExportIt = "Open it in the program it is from, and export the table as CSV, JSON, Excel or Parquet.";
    const string OpenAndSave = "Open it in Excel or LibreOffice, and save it as .xlsx or as CSV.";
    const string ExportQuery = "Export the tables or query results as CSV or JSON lines with the program of that database.";
    const string ExportScreen = "It is made for reading: run the query again with the output as CSV or TSV (psql --csv, mysql --batch, FORMAT CSVWithNames).";
    const string Unpack = "Decompress it with the program that made it, or compress it anew with gzip, zstd or xz.";
    const string CompressedTwice = "Decompress it once.";
    const string SavePage = "It may be an error page that was saved in place of a file: get the file again; or copy the table into a spreadsheet and save it as .xlsx.";
    const string ConvertXml = "XML is not supported: convert its records to CSV or to JSON, one object a line.";

    /// <summary>Where markup is looked for: prologs and comments above the first element take a few KiB.</summary>
    const int MarkupBytes = 64 << 10;

    static readonly SearchValues<char> s_nameEnds = SearchValues.Create(" \t\r\n/>");
    static readonly SearchValues<char> s_cellSigns = SearchValues.Create(",;|\"");

    // Offset, bytes. None of them begins a text by chance: the short ones must be followed by a zero soon.
    static readonly (int Offset, byte[] Bytes, bool IsShort, ForeignContent Content)[] s_signatures =
    [
        (0, [0x89, .. "PNG\r\n"u8], false, new("a PNG picture", NoTable)),
        (0, [0xFF, 0xD8, 0xFF], false, new("a JPEG picture", NoTable)),
        (0, [.. "GIF87a"u8], false, new("a GIF picture", NoTable)),
        (0, [.. "GIF89a"u8], false, new("a GIF picture", NoTable)),
        (0, [.. "BM"u8], true, new("a bitmap picture", NoTable)),
        (0, [.. "II*\0"u8], false, new("a TIFF picture", NoTable)),
        (0, [.. "MM\0*"u8], false, new("a TIFF picture", NoTable)),
        (0, [0, 0, 1, 0], true, new("an icon", NoTable)),
        (8, [.. "WEBP"u8], false, new("a WebP picture", NoTable)),
        (8, [.. "WAVE"u8], false, new("a WAV recording", NoTable)),
        (8, [.. "AVI "u8], false, new("an AVI film", NoTable)),
        (4, [.. "ftyp"u8], true, new("a film or recording (MP4, MOV, HEIC)", NoTable)),
        (0, [0x1A, 0x45, 0xDF, 0xA3], false, new("a Matroska or WebM film", NoTable)),
        (0, [.. "ID3"u8], true, new("an MP3 recording", NoTable)),
        (0, [.. "OggS\0"u8], false, new("an Ogg recording", NoTable)),
        (0, [.. "fLaC\0"u8], false, new("a FLAC recording", NoTable)),
        (0, [.. "%PDF-"u8], false, new("a PDF document", "Tables cannot be read out of PDF: export the data from where the document was made.")),
        (0, [.. "%!PS"u8], false, new("a PostScript document", NoTable)),
        (0, [.. "ID;PWXL;"u8], false, new("a SYLK sheet", OpenAndSave)),
        (0, [.. "ID;PSCALC3"u8], false, new("a SYLK sheet", OpenAndSave)),
        (0, [.. "ID;PGnumeric;"u8], false, new("a SYLK sheet", OpenAndSave)),
        (0, [.. "ID;PCALCOOO"u8], false, new("a SYLK sheet", OpenAndSave)),
        (0, [.. "TABLE\n0,1\n"u8], false, new("a DIF sheet", OpenAndSave)),
        (0, [.. "TABLE\r\n0,1\r\n"u8], false, new("a DIF sheet", OpenAndSave)),
        (0, [0, 0, 2, 0, 6, 4, 6, 0], false, new("a Lotus 1-2-3 sheet", OpenAndSave)),
        (0, [0, 0, 0x1A, 0, 0, 0x10, 4, 0], false, new("a Lotus 1-2-3 sheet", OpenAndSave)),
        (0, [.. "{\\rtf"u8], false, new("an RTF document", ExportIt)),
        (0, [0x7F, .. "ELF"u8], false, new("a program for Linux", NoTable)),
        (0, [.. "MZ"u8], true, new("a program for Windows", NoTable)),
        (0, [0xCA, 0xFE, 0xBA, 0xBE], false, new("a program (Java or macOS)", NoTable)),
        (0, [0xCF, 0xFA, 0xED, 0xFE], false, new("a program for macOS", NoTable)),
        (0, [.. "\0asm"u8], false, new("a WebAssembly program", NoTable)),
        (0, [.. "#!/"u8], false, new("a script", NoTable)),
        (0, [.. "SQLite format 3\0"u8], false, new("an SQLite database", "Export its tables as CSV: sqlite3 -header -csv FILE \"SELECT * FROM t\" > t.csv")),
        (4, [.. "Standard Jet DB"u8], false, new("an Access database", ExportQuery)),
        (4, [.. "Standard ACE DB"u8], false, new("an Access database", ExportQuery)),
        (0, [.. "PGDMP"u8], false, new("a PostgreSQL dump", ExportQuery)),
        (0, [.. "-- MySQL dump"u8], false, new("an SQL dump", ExportQuery)),
        (0, [.. "-- MariaDB dump"u8], false, new("an SQL dump", ExportQuery)),
        (0, [.. "--\n-- PostgreSQL database dump"u8], false, new("an SQL dump", ExportQuery)),
        (8, [.. "DUCK"u8], false, new("a DuckDB database", ExportQuery)),
        (0, [0x89, .. "HDF\r\n"u8], false, new("an HDF5 file", ExportIt)),
        (0, [.. "CDF\x01"u8], false, new("a NetCDF file", ExportIt)),
        (0, [.. "$FL2@(#)"u8], false, new("an SPSS file", ExportIt)),
        (0, [.. "<stata_dta>"u8], false, new("a Stata file", ExportIt)),
        (0, [0x71, 2, 1, 0], false, new("a Stata file", ExportIt)),
        (0, [0x72, 2, 1, 0], false, new("a Stata file", ExportIt)),
        (0, [0x73, 2, 1, 0], false, new("a Stata file", ExportIt)),
        (12, [0xC2, 0xEA, 0x81, 0x60, 0xB3, 0x14, 0x11, 0xCF], false, new("a SAS data set", ExportIt)),
        (0, [.. "HEADER RECORD*******LIB"u8], false, new("a SAS transport file", ExportIt)),
        (0, [.. "MATLAB 5.0 MAT-file"u8], false, new("a MATLAB file", ExportIt)),
        (0, [0, 0, 0x27, 0x0A, 0, 0, 0, 0], false, new("the shapes of a map", "Convert it to CSV or GeoJSON with the program it is from, or with ogr2ogr.")),
        (0, [.. "RDX3\n"u8], false, new("an R data file", "In R: write.csv(x, \"x.csv\", row.names = FALSE)")),
        (0, [0x93, .. "NUMPY"u8], false, new("a NumPy array", "In Python: numpy.savetxt, or pandas.DataFrame(a).to_parquet.")),
        (0, [0x80, 0x04, 0x95], false, new("a Python pickle", "Pickles are programs and are not opened: in Python, to_parquet or to_csv.")),
        (0, [.. "┌"u8], false, new("a table drawn with lines for a screen", ExportScreen)),
        (0, [.. "╔"u8], false, new("a table drawn with lines for a screen", ExportScreen)),
        (0, [.. "┏"u8], false, new("a table drawn with lines for a screen", ExportScreen)),
        (0, [.. "╭"u8], false, new("a table drawn with lines for a screen", ExportScreen)),
        (0, [.. "-[ RECORD 1 ]"u8], false, new("a query result of psql, a value a line", ExportScreen)),
        (0, [.. "*************************** 1. row"u8], false, new("a query result of mysql, a value a line", ExportScreen)),
        (0, [.. "-----BEGIN "u8], false, new("a key or a certificate", "It is no data: remove it from here.")),
        (0, [.. "bplist00"u8], false, new("a property list", NoTable)),
        (0, [0x02, 0x21, 0x4C, 0x18], false, new("compressed in the old format of lz4", "Decompress it with lz4 -d, or compress it anew with gzip, zstd or lz4.")),
        (0, [0x5D, 0, 0], true, new("compressed in the old format of LZMA", Unpack)),
        (0, [.. "LZIP\x01"u8], false, new("compressed with lzip", Unpack)),
        (0, [0x1F, 0x9D], true, new("compressed with the old compress of Unix", Unpack)),
        (0, [0x89, .. "LZO\0"u8], false, new("compressed with lzop", Unpack)),
        (0, [0xFF, 6, 0, 0, .. "sNaPpY"u8], false, new("compressed with snappy", Unpack)),

        // What is compressed once is decompressed before anybody looks here.
        (0, [0x1F, 0x8B, 8], false, new("compressed twice, at least, and inside it is gzip", CompressedTwice)),
        (0, [0x28, 0xB5, 0x2F, 0xFD], false, new("compressed twice, at least, and inside it is zstd", CompressedTwice)),
        (0, [0xFD, .. "7zXZ\0"u8], false, new("compressed twice, at least, and inside it is xz", CompressedTwice)),
        (0, [.. "BZh91AY&SY"u8], false, new("compressed twice, at least, and inside it is bzip2", CompressedTwice)),

        // One that is sound was taken apart before.
        (257, [.. "ustar"u8], false, new("a tar archive whose beginning is damaged", "Copy or download it again.") { Code = RejectCode.CorruptFile }),
    ];

    // The first bytes of what is compressed, and the names that such a file has.
    static readonly (byte[] Start, string[] Suffixes)[] s_compressed =
    [
        ([0x1F, 0x8B, 8], [".gz", ".gzip", ".tgz", ".bgz"]),
        ([0x28, 0xB5, 0x2F, 0xFD], [".zst", ".zstd"]),
        ([0xFD, .. "7zXZ\0"u8], [".xz", ".txz"]),
        ([.. "BZh91AY&SY"u8], [".bz2", ".bz", ".tbz2"]),
        ([0x04, 0x22, 0x4D, 0x18], [".lz4"]),
    ];

    /// <summary>What the content is; null when it may be a table.</summary>
    public static ForeignContent? Of(FormatProbe probe)
    {
        var head = probe.Head.Span;
        foreach (var (offset, bytes, isShort, content) in s_signatures)
        {
            if (head.Length >= offset + bytes.Length && head[offset..].StartsWith(bytes) && (!isShort || head[..Math.Min(head.Length, 64)].Contains((byte)0)))
            {
                return content;
            }
        }

        if (IsDbase(head))
        {
            return new ForeignContent("a dBASE table", OpenAndSave);
        }

        if (probe.IsWhole && IsStartOfCompressed(head, probe.FileName))
        {
            return new ForeignContent("no more than the first bytes of a compressed file", "It is truncated: copy or download it again.")
            {
                Code = RejectCode.CorruptFile,
            };
        }

        return head.TrimStart(MarksAndBlanks) is [(byte)'<', ..] ? OfMarkup(Text(head), probe.IsWhole && head.Length <= MarkupBytes) : null;
    }

    // A version, a date, and a header of 32 bytes a field, which ends with a line end. Versions that are letters are left to texts.
    static bool IsDbase(ReadOnlySpan<byte> head)
    {
        if (head.Length < 33 || head[0] is not (0x03 or 0x30 or 0x31 or 0x83 or 0x8B or 0xF5) || head[2] is 0 or > 12 || head[3] is 0 or > 31)
        {
            return false;
        }

        var header = BinaryPrimitives.ReadUInt16LittleEndian(head[8..]);
        return header is > 32 and var end && (end > head.Length || head[end - 1] is 0x0D or 0) && head[12] == 0 && head[13] == 0;
    }

    // The byte order marks of UTF-8 and UTF-16, what UTF-16 adds to ASCII, and blanks.
    static ReadOnlySpan<byte> MarksAndBlanks => [0xEF, 0xBB, 0xBF, 0xFE, 0xFF, 0, (byte)' ', (byte)'\t', (byte)'\r', (byte)'\n'];

    static bool IsStartOfCompressed(ReadOnlySpan<byte> content, string fileName)
    {
        foreach (var (start, suffixes) in s_compressed)
        {
            if (content.Length > 0 && content.Length <= start.Length && start.AsSpan().StartsWith(content)
                && Array.Exists(suffixes, s => fileName.EndsWith(s, StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return false;
    }

    // HTML and XML; not a table whose first cell happens to hold markup.
    static ForeignContent? OfMarkup(string text, bool isWhole)
    {
        text = text.TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        if (text.Length < 3 || text[0] != '<')
        {
            return null;
        }

        if (text.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase))
        {
            return text.Contains("progid=\"Excel.Sheet\"", StringComparison.Ordinal) || text.Contains("office:spreadsheet", StringComparison.Ordinal)
                ? new ForeignContent("a workbook saved as XML", "Open it in Excel and save it as .xlsx.")
                : text.Contains("<svg", StringComparison.OrdinalIgnoreCase) ? new ForeignContent("an SVG picture", NoTable)
                : text.Contains("<html", StringComparison.OrdinalIgnoreCase) ? Page
                : new ForeignContent("an XML document", ConvertXml);
        }

        if (text.StartsWith("<!DOCTYPE html", StringComparison.OrdinalIgnoreCase) || IsTag(text, "html") || IsTag(text, "head") || IsTag(text, "body"))
        {
            return Page;
        }

        if (text.StartsWith("<!--", StringComparison.Ordinal) || text.StartsWith("<!DOCTYPE", StringComparison.OrdinalIgnoreCase))
        {
            return text.Contains("<html", StringComparison.OrdinalIgnoreCase) ? Page : new ForeignContent("an XML document", ConvertXml);
        }

        return IsDocument(text, isWhole) ? IsTag(text, "table") ? Page : new ForeignContent("an XML document", ConvertXml) : null;
    }

    // No prolog: one element that holds another one right away, or that ends where the text ends.
    static bool IsDocument(string text, bool isWhole)
    {
        var nameEnd = text.AsSpan(1).IndexOfAny(s_nameEnds) + 1;
        var tagEnd = text.IndexOf('>', StringComparison.Ordinal);
        if (nameEnd < 2 || tagEnd < 0 || !char.IsLetter(text[1]) || text.AsSpan(1, nameEnd - 1).ContainsAny(s_cellSigns) || (isWhole && !text.TrimEnd().EndsWith('>')))
        {
            return false;
        }

        var close = text.LastIndexOf($"</{text.AsSpan(1, nameEnd - 1)}", StringComparison.Ordinal);
        return text.AsSpan(tagEnd + 1).TrimStart().StartsWith('<') || (isWhole && close >= 0 && text.AsSpan(close + 1).IndexOf('<') < 0);
    }

    static ForeignContent Page { get; } = new("an HTML page", SavePage);

    static bool IsTag(string text, string name) =>
        text.Length > name.Length + 1 && text.AsSpan(1).StartsWith(name, StringComparison.OrdinalIgnoreCase) && text[name.Length + 1] is ' ' or '>' or '\n' or '\r';

    // Markup is told by its ASCII part, whatever the encoding.
    static string Text(ReadOnlySpan<byte> head)
    {
        head = head[..Math.Min(head.Length, MarkupBytes)];
        return head switch
        {
            [0xFF, 0xFE, ..] or [(byte)'<', 0, ..] => Encoding.Unicode.GetString(head),
            [0xFE, 0xFF, ..] or [0, (byte)'<', ..] => Encoding.BigEndianUnicode.GetString(head),
            _ => Encoding.UTF8.GetString(head),
        };
    }
}
