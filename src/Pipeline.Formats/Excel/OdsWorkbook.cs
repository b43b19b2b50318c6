using System.Xml;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>
/// An OpenDocument spreadsheet (ODF 1.0 to 1.3): <c>.ods</c> and its template, or the flat form, one XML file (<c>.fods</c>). All of its sheets are one
/// part, which is streamed: looking for a sheet reads those before it.
/// </summary>
sealed class OdsWorkbook : Workbook
{
    /// <summary>The part of the sheets.</summary>
    public const string Content = "content.xml";

    readonly OoxmlPackage? _package;
    readonly Stream? _flat;
    readonly FormatLimits _limits;
    readonly List<ExcelSheet> _sheets = [];
    OdsRows? _rows;

    /// <param name="package">Becomes the workbook's.</param>
    /// <param name="limits">What it may cost.</param>
    /// <exception cref="BadFileException">It is encrypted, damaged, or has no cells.</exception>
    public OdsWorkbook(OoxmlPackage package, FormatLimits limits)
    {
        (_package, _limits) = (package, limits);
        CheckEncryption(package);
        ReadSheets();
    }

    /// <param name="flat">One XML file; stays the caller's.</param>
    /// <param name="limits">What it may cost.</param>
    /// <exception cref="BadFileException">It is damaged, or has no cells.</exception>
    public OdsWorkbook(Stream flat, FormatLimits limits)
    {
        (_flat, _limits) = (flat, limits);
        ReadSheets();
    }

    public override IReadOnlyList<ExcelSheet> Sheets => _sheets;

    // Moments are written out.
    public override bool Is1904 => false;

    public override SheetRows OpenRows(int sheet) => _rows = new OdsRows(Open(), sheet, _limits);

    public override IReadOnlyList<ExcelMerge> ReadMerges(int sheet) => _rows!.Merges;

    public override void Dispose() => _package?.Dispose();

    Markup Open()
    {
        if (_package is not null)
        {
            return new Markup(_package.Open(Content)!, Content, _limits);
        }

        _flat!.Position = 0;
        return new Markup(_flat, "the file", _limits, leaveOpen: true);
    }

    static void CheckEncryption(OoxmlPackage package)
    {
        using var manifest = package.OpenHeldXml("META-INF/manifest.xml");
        while (manifest?.Read() == true)
        {
            if (manifest is { NodeType: XmlNodeType.Element, LocalName: "encryption-data" })
            {
                throw new BadFileException(RejectCode.EncryptedFile, "The spreadsheet is protected by a password: save it without one.");
            }
        }
    }

    void ReadSheets()
    {
        using var xml = Open();
        var hidden = new HashSet<string>(StringComparer.Ordinal);
        var style = "";
        var isSpreadsheet = false;
        while (xml.Read())
        {
            if (xml.NodeType != XmlNodeType.Element)
            {
                continue;
            }

            switch (xml.LocalName)
            {
                case "style":
                    style = xml.GetAttribute("name", OdsNames.Style) ?? "";
                    break;
                case "table-properties" when xml.GetAttribute("display", OdsNames.Table) == "false" && hidden.Count < _limits.MaxSheets:
                    hidden.Add(style);
                    break;
                case "spreadsheet" when xml.NamespaceURI == OdsNames.Office:
                    isSpreadsheet = true;
                    break;
                case "table" when isSpreadsheet && xml.NamespaceURI == OdsNames.Table && xml.Depth == OdsRows.SheetDepth:
                    CheckSheets(_sheets.Count + 1, _limits);
                    _sheets.Add(new ExcelSheet(
                        xml.GetAttribute("name", OdsNames.Table) ?? "", hidden.Contains(xml.GetAttribute("style-name", OdsNames.Table) ?? "")));
                    break;
            }
        }
    }
}

/// <summary>Namespaces of ODF.</summary>
static class OdsNames
{
    public const string Office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0";
    public const string Style = "urn:oasis:names:tc:opendocument:xmlns:style:1.0";
    public const string Table = "urn:oasis:names:tc:opendocument:xmlns:table:1.0";
    public const string Text = "urn:oasis:names:tc:opendocument:xmlns:text:1.0";
    public const string LibreOffice = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0";
}
