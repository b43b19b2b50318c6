using System.Globalization;
using System.Text;
using System.Xml;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>
/// Streams the rows of a sheet of an OpenDocument spreadsheet. Rows and cells that are written once and repeated are given as often as they say; blank
/// ones, by which sheets are filled up to their last row and column, cost nothing. Owns the XML.
/// </summary>
sealed class OdsRows : SheetRows
{
    /// <summary>Depth of a sheet: document, body, spreadsheet.</summary>
    public const int SheetDepth = 3;

    /// <summary>Rows of a sheet at most: those of LibreOffice's largest ones.</summary>
    const long MaxRows = 1 << 24;

    readonly Markup _xml;
    readonly FormatLimits _limits;
    long _next = 1;
    long _repeats;
    bool _ended;

    public OdsRows(Markup xml, int sheet, FormatLimits limits)
    {
        (_xml, _limits) = (xml, limits);
        try
        {
            // Charts and forms may hold tables too, deeper down.
            while (_xml.Read())
            {
                if (IsElement("table", OdsNames.Table) && _xml.Depth == SheetDepth && sheet-- == 0)
                {
                    _ended = _xml.IsEmptyElement;
                    return;
                }
            }

            _ended = true;
        }
        catch
        {
            _xml.Dispose();
            throw;
        }
    }

    /// <summary>Merged cells of the rows read so far.</summary>
    public List<ExcelMerge> Merges { get; } = [];

    public override bool Read()
    {
        if (_repeats > 0)
        {
            _repeats--;
            RowNumber++;
            return true;
        }

        Cells.Clear();
        while (!_ended && _xml.Read())
        {
            if (_xml.NodeType == XmlNodeType.EndElement && _xml.Depth == SheetDepth)
            {
                _ended = true;
            }
            else if (IsElement("shapes", OdsNames.Table))
            {
                SkipElement();
            }
            else if (IsElement("table-row", OdsNames.Table))
            {
                RowNumber = _next;
                _repeats = Repeated("number-rows-repeated") - 1;
                _next += _repeats + 1;
                ReadCells();
                if (Cells.Count > 0)
                {
                    return _next - 1 <= MaxRows ? true : throw new InvalidDataException("a sheet has more rows than any program makes");
                }
            }
        }

        _repeats = 0;
        return false;
    }

    public override void Dispose() => _xml.Dispose();

    // Charts that lie on the sheet hold the tables of their values, in flat files right here.
    void SkipElement()
    {
        var (depth, ended) = (_xml.Depth, _xml.IsEmptyElement);
        while (!ended && _xml.Read())
        {
            ended = _xml.NodeType == XmlNodeType.EndElement && _xml.Depth == depth;
        }
    }

    bool IsElement(string name, string space) => _xml.NodeType == XmlNodeType.Element && _xml.LocalName == name && _xml.NamespaceURI == space;

    long Repeated(string name) =>
        long.TryParse(_xml.GetAttribute(name, OdsNames.Table), CultureInfo.InvariantCulture, out var count) ? Math.Clamp(count, 1, int.MaxValue) : 1;

    void ReadCells()
    {
        if (_xml.IsEmptyElement)
        {
            return;
        }

        var depth = _xml.Depth;
        var column = 0L;
        while (_xml.Read() && !(_xml.NodeType == XmlNodeType.EndElement && _xml.Depth == depth))
        {
            if (_xml.NodeType != XmlNodeType.Element || _xml.NamespaceURI != OdsNames.Table || _xml.LocalName is not ("table-cell" or "covered-table-cell"))
            {
                continue;
            }

            var count = Repeated("number-columns-repeated");
            if (ReadCell(column) is { } cell)
            {
                for (var i = 0; i < count; i++)
                {
                    if (Cells.Count >= _limits.MaxColumns)
                    {
                        throw new BadFileException(RejectCode.TooManyColumns,
                            $"Row {RowNumber:N0} has more cells than the limit of {_limits.MaxColumns:N0} columns; raise limits.max_columns if that is meant.", RowNumber);
                    }

                    Cells.Add(cell with { Column = (int)(column + i) });
                }
            }

            column = Math.Min(column + count, int.MaxValue / 2);
        }
    }

    // Leaves the reader on the end of the cell. What a merged cell covers may have a value, unseen; it counts, as in Excel's own files.
    ExcelCell? ReadCell(long column)
    {
        var type = _xml.GetAttribute("value-type", OdsNames.Office);
        var value = _xml.GetAttribute("value", OdsNames.Office);
        var moment = _xml.GetAttribute(type == "time" ? "time-value" : "date-value", OdsNames.Office);
        var boolean = _xml.GetAttribute("boolean-value", OdsNames.Office);
        var text = _xml.GetAttribute("string-value", OdsNames.Office);
        var isError = _xml.GetAttribute("value-type", OdsNames.LibreOffice) == "error";
        var isFormula = _xml.GetAttribute("formula", OdsNames.Table) is not null;
        AddMerge((int)column);
        var shown = ReadText();
        if (isError)
        {
            return new ExcelCell(0, ExcelCellKind.Error, 0, null, ExcelMoment.None);
        }

        if (isFormula && type is null && shown.Length == 0)
        {
            UncalculatedFormulas++;
        }

        return type switch
        {
            "float" or "percentage" or "currency" when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) =>
                new ExcelCell(0, ExcelCellKind.Number, number, null, ExcelMoment.None),
            "boolean" when boolean is not null => new ExcelCell(0, ExcelCellKind.Boolean, boolean == "true" ? 1 : 0, null, ExcelMoment.None),
            "date" when moment is not null => new ExcelCell(0, ExcelCellKind.IsoMoment, 0, Encoding.UTF8.GetBytes(Day(moment.Trim())), ExcelMoment.None),
            "time" when moment is not null => Time(XmlConvert.ToTimeSpan(moment).TotalDays),

            // A number that the file says it has and does not write is a text, and so is what has no type.
            _ => (text is null ? shown : text) is { Length: > 0 } written
                ? new ExcelCell(0, ExcelCellKind.Text, 0, Encoding.UTF8.GetBytes(written), ExcelMoment.None)
                : null,
        };
    }

    // Excel writes days as midnights.
    static string Day(string moment) => moment.EndsWith("T00:00:00", StringComparison.Ordinal) ? moment[..^"T00:00:00".Length] : moment;

    static ExcelCell Time(double days) => new(0, ExcelCellKind.Number, days, null, days is >= 0 and < 1 ? ExcelMoment.Time : ExcelMoment.Duration);

    void AddMerge(int column)
    {
        var columns = Repeated("number-columns-spanned");
        var rows = Repeated("number-rows-spanned");
        if ((columns > 1 || rows > 1) && Merges.Count < ExcelTable.SampleRows * 64)
        {
            Merges.Add(new ExcelMerge(RowNumber, RowNumber + rows - 1, column, (int)Math.Min(column + columns - 1, int.MaxValue / 2)));
        }
    }

    // The paragraphs of a cell, a line each. Comments, pictures and tables in it are none of it.
    string ReadText()
    {
        if (_xml.IsEmptyElement)
        {
            return "";
        }

        var depth = _xml.Depth;
        var text = new StringBuilder();
        var paragraphs = 0;
        var skipped = int.MaxValue;
        while (_xml.Read() && !(_xml.NodeType == XmlNodeType.EndElement && _xml.Depth == depth))
        {
            if (_xml.Depth > skipped)
            {
                continue;
            }

            skipped = int.MaxValue;
            switch (_xml.NodeType)
            {
                case XmlNodeType.Element when _xml.NamespaceURI == OdsNames.Text:
                    AddElement(text, _xml.Depth == depth + 1 ? paragraphs++ : -1);
                    break;
                case XmlNodeType.Element:
                    skipped = _xml.IsEmptyElement ? int.MaxValue : _xml.Depth;
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace when _xml.Depth > depth + 1:
                    text.Append(_xml.Value);
                    break;
            }

            if (text.Length > _limits.MaxWorkbookTextBytes)
            {
                throw new BadFileException(RejectCode.FieldTooLong,
                    $"A text of row {RowNumber:N0} is longer than the limit of {_limits.MaxWorkbookTextBytes:N0} bytes; raise limits.max_workbook_text_bytes if that is meant.", RowNumber);
            }
        }

        return text.ToString();
    }

    void AddElement(StringBuilder text, int paragraph)
    {
        switch (_xml.LocalName)
        {
            case "p" or "h" when paragraph > 0:
            case "line-break":
                text.Append('\n');
                break;
            case "tab":
                text.Append('\t');
                break;
            case "s":
                var blanks = int.TryParse(_xml.GetAttribute("c", OdsNames.Text), CultureInfo.InvariantCulture, out var count) ? count : 1;
                text.Append(' ', Math.Clamp(blanks, 0, _limits.MaxWorkbookTextBytes + 1 - Math.Min(text.Length, _limits.MaxWorkbookTextBytes)));
                break;
        }
    }
}
