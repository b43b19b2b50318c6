using System.Globalization;
using System.Xml;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>
/// A workbook in an OOXML package: <c>.xlsx</c> and <c>.xlsm</c> (transitional and strict XML) or <c>.xlsb</c> (binary records).
/// In memory are
/// the shared strings and the number formats; sheets are streamed.
/// </summary>
sealed class OoxmlWorkbook : Workbook
{
    /// <summary>Half a second of reading.</summary>
    const long MostBytesForMerges = 64 << 20;

    readonly OoxmlPackage _package;
    readonly bool _isBinary;
    readonly List<ExcelSheet> _sheets = [];
    readonly List<string> _parts = [];
    readonly List<string> _otherTabs = [];
    readonly Dictionary<string, (string Type, string Target)> _relations;
    readonly FormatLimits _limits;
    SharedStrings? _strings;
    ExcelMoment[]? _moments;
    bool _is1904;

    /// <param name="package">Becomes the workbook's.</param>
    /// <param name="main">Its part that lists the sheets.</param>
    /// <param name="limits">What it may cost.</param>
    public OoxmlWorkbook(OoxmlPackage package, string main, FormatLimits limits)
    {
        _limits = limits;
        _package = package;
        _isBinary = main.EndsWith(".bin", StringComparison.OrdinalIgnoreCase);
        _relations = _package.Relations(main);
        if (_isBinary)
        {
            XlsbParts.ReadWorkbook(_package.OpenHeld(main)!, AddSheet, out _is1904);
        }
        else
        {
            ReadWorkbook(main);
        }
    }

    /// <summary>The part that lists the sheets; null in a package of something else.</summary>
    public static string? MainPart(OoxmlPackage package)
    {
        var main = package.Relations("").Values.FirstOrDefault(r => r.Type == "officeDocument").Target
            ?? package.PartNames.FirstOrDefault(n => n.EndsWith("xl/workbook.xml", StringComparison.OrdinalIgnoreCase)
                || n.EndsWith("xl/workbook.bin", StringComparison.OrdinalIgnoreCase));
        return main is not null && package.Has(main) ? main : null;
    }

    public override IReadOnlyList<ExcelSheet> Sheets => _sheets;

    public override IReadOnlyList<string> OtherTabs => _otherTabs;

    public override bool Is1904 => _is1904;

    public override SheetRows OpenRows(int sheet)
    {
        _strings ??= ReadStrings();
        _moments ??= ReadMoments();
        var stream = _package.Open(_parts[sheet]) ?? throw new BadFileException(
            RejectCode.CorruptFile, $"The workbook has no cells for its sheet '{_sheets[sheet].Name}': a part is missing.");
        return _isBinary ? new XlsbRows(stream, _strings, _moments) : new XlsxRows(stream, _strings, _moments, _limits);
    }

    public override IReadOnlyList<ExcelMerge> ReadMerges(int sheet)
    {
        // They stand behind the cells, so the sheet is walked through once more.
        if (_package.LengthOf(_parts[sheet]) > Math.Min(MostBytesForMerges, _limits.MaxHeldPartBytes))
        {
            return [];
        }

        var merges = new List<ExcelMerge>();
        if (_isBinary)
        {
            XlsbParts.ReadMerges(_package.Open(_parts[sheet])!, merges.Add);
            return merges;
        }

        using var xml = _package.OpenHeldXml(_parts[sheet]);
        while (xml?.Read() == true)
        {
            if (xml is { NodeType: XmlNodeType.Element, LocalName: "mergeCell" } && XlsxRows.RangeOf(xml.GetAttribute("ref")) is { } range)
            {
                merges.Add(range);
            }
        }

        return merges;
    }

    public override void Dispose()
    {
        _strings?.Release();
        _strings = null;
        _package.Dispose();
    }

    void AddSheet(string name, string relation, bool isHidden)
    {
        CheckSheets(_sheets.Count + _otherTabs.Count + 1, _limits);

        if (!_relations.TryGetValue(relation, out var target))
        {
            throw new BadFileException(RejectCode.CorruptFile, $"The workbook does not say where its sheet '{name}' is: it is damaged.");
        }

        // Chart and dialog sheets have no cells; old macro sheets have, but they are programs.
        if (target.Type == "worksheet")
        {
            _sheets.Add(new ExcelSheet(name, isHidden));
            _parts.Add(target.Target);
        }
        else
        {
            _otherTabs.Add(name);
        }
    }

    void ReadWorkbook(string part)
    {
        using var xml = _package.OpenHeldXml(part)!;
        while (xml.Read())
        {
            if (xml.NodeType != XmlNodeType.Element)
            {
                continue;
            }

            // Extensions have an element of this name too.
            if (xml is { LocalName: "workbookPr", Depth: 1 })
            {
                _is1904 = xml.GetAttribute("date1904") is "1" or "true";
            }
            else if (xml.LocalName == "sheet" && RelationId(xml) is { } relation)
            {
                AddSheet(xml.GetAttribute("name") ?? "", relation, xml.GetAttribute("state") is "hidden" or "veryHidden");
            }
        }
    }

    // r:id, whose namespace differs between transitional and strict files.
    static string? RelationId(Markup xml)
    {
        string? id = null;
        while (xml.MoveToNextAttribute())
        {
            if (xml.LocalName == "id" && xml.NamespaceURI.EndsWith("/relationships", StringComparison.Ordinal))
            {
                id = xml.Value;
            }
        }

        xml.MoveToElement();
        return id;
    }

    string? PartOfType(string type) => _relations.Values.FirstOrDefault(r => r.Type == type).Target;

    SharedStrings ReadStrings()
    {
        var strings = new SharedStrings(_limits);
        if (PartOfType("sharedStrings") is not { } part || !_package.Has(part))
        {
            return strings;
        }

        if (_isBinary)
        {
            XlsbParts.ReadStrings(_package.Open(part)!, strings);
            return strings;
        }

        using var xml = new Markup(_package.Open(part)!, part, _limits);
        var text = new TextPieces(part, _limits);
        while (xml.Read())
        {
            if (xml is { NodeType: XmlNodeType.Element, LocalName: "si" })
            {
                strings.Add(XlsxText.ReadRich(xml, text));
            }
        }

        return strings;
    }

    ExcelMoment[] ReadMoments()
    {
        if (PartOfType("styles") is not { } part || !_package.Has(part))
        {
            return [];
        }

        var codes = new Dictionary<int, string>();
        var formats = new List<int>();
        if (_isBinary)
        {
            XlsbParts.ReadStyles(_package.OpenHeld(part)!, codes, formats);
        }
        else
        {
            ReadStyles(part, codes, formats);
        }

        return [.. formats.Select(id => codes.TryGetValue(id, out var code) ? ExcelMoments.OfCode(code)
            : ExcelMoments.OfBuiltIn(id))];
    }

    void ReadStyles(string part, Dictionary<int, string> codes, List<int> formats)
    {
        using var xml = _package.OpenHeldXml(part)!;
        var inCellFormats = false;
        while (xml.Read())
        {
            switch (xml.NodeType, xml.LocalName)
            {
                case (XmlNodeType.Element, "numFmt") when int.TryParse(xml.GetAttribute("numFmtId"),
                    CultureInfo.InvariantCulture, out var id):
                    // Differential formats further below may use the same ids; cells never use those.
                    codes.TryAdd(id, xml.GetAttribute("formatCode") ?? "");
                    break;
                case (XmlNodeType.Element, "cellXfs"):
                    inCellFormats = !xml.IsEmptyElement;
                    break;
                case (XmlNodeType.EndElement, "cellXfs"):
                    inCellFormats = false;
                    break;
                case (XmlNodeType.Element, "xf") when inCellFormats:
                    formats.Add(int.TryParse(xml.GetAttribute("numFmtId"), CultureInfo.InvariantCulture, out var format) ? format
                        : 0);
                    break;
            }
        }
    }
}
