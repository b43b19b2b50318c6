using System.Globalization;
using System.Text;
using System.Xml;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>Streams the rows of an XML sheet.</summary>
sealed class XlsxRows(Stream stream, SharedStrings strings, ExcelMoment[] moments, FormatLimits limits) : SheetRows
{
    /// <summary>Of the widest integers that a table has, with a sign.</summary>
    const int MaxDigits = 39;

    readonly Markup _xml = new(stream, "a sheet", limits);
    readonly TextPieces _text = new("a sheet", limits);

    bool _inData;

    public override bool Read()
    {
        Cells.Clear();
        while (_xml.Read())
        {
            switch (_xml.NodeType, _xml.LocalName)
            {
                case (XmlNodeType.Element, "sheetData"):
                    _inData = !_xml.IsEmptyElement;
                    break;
                case (XmlNodeType.EndElement, "sheetData"):
                    _inData = false;
                    break;
                case (XmlNodeType.Element, "row") when _inData:
                    RowNumber = long.TryParse(_xml.GetAttribute("r"), CultureInfo.InvariantCulture, out var number) ? number
                        : RowNumber + 1;
                    if (!_xml.IsEmptyElement)
                    {
                        ReadCells();
                        if (Cells.Count > 0)
                        {
                            return true;
                        }
                    }

                    break;
            }
        }

        return false;
    }

    public override void Dispose() => _xml.Dispose();

    void ReadCells()
    {
        var depth = _xml.Depth;
        var next = 0;
        var sorted = true;
        while (_xml.Read() && !(_xml.NodeType == XmlNodeType.EndElement && _xml.Depth == depth))
        {
            if (_xml is not { NodeType: XmlNodeType.Element, LocalName: "c" })
            {
                continue;
            }

            var column = _xml.GetAttribute("r") is not { Length: > 0 } reference ? next
                : ColumnOf(reference) ?? throw new BadFileException(
                    RejectCode.CorruptFile, $"A cell of row {RowNumber:N0} has a reference that no sheet has: its columns are A to XFD.", RowNumber);
            next = column + 1;
            if (Cells.Count > limits.MaxColumns)
            {
                throw new BadFileException(RejectCode.TooManyColumns,
                    $"Row {RowNumber:N0} has more cells than the limit of {limits.MaxColumns:N0} columns; raise limits.max_columns if that is meant.", RowNumber);
            }

            if (ReadCell(column) is { } cell)
            {
                sorted &= Cells.Count == 0 || Cells[^1].Column < column;
                Cells.Add(cell);
            }
        }

        if (!sorted)
        {
            // A cell that is written twice keeps its last value.
            var distinct = Cells.GroupBy(c => c.Column).OrderBy(g => g.Key).Select(g => g.Last()).ToList();
            Cells.Clear();
            Cells.AddRange(distinct);
        }
    }

    ExcelCell? ReadCell(int column)
    {
        var type = _xml.GetAttribute("t") ?? "n";
        var moment = int.TryParse(_xml.GetAttribute("s"), CultureInfo.InvariantCulture, out var style) && style >= 0
            && style < moments.Length
            ? moments[style]
            : ExcelMoment.None;
        if (_xml.IsEmptyElement)
        {
            return null;
        }

        string? value = null;
        byte[]? inline = null;
        var isFormula = false;
        var depth = _xml.Depth;
        while (_xml.Read() && !(_xml.NodeType == XmlNodeType.EndElement && _xml.Depth == depth))
        {
            // Extensions have elements of these names too, deeper.
            if (_xml.NodeType == XmlNodeType.Element && _xml.Depth == depth + 1)
            {
                if (_xml.LocalName == "v")
                {
                    value = ReadText();
                }
                else if (_xml.LocalName == "f")
                {
                    isFormula = true;
                }
                else if (_xml.LocalName == "is")
                {
                    inline = Encoding.UTF8.GetBytes(XlsxText.ReadRich(_xml, _text));
                }
            }
        }

        // An empty text is a value; nothing at all is a formula that was never calculated.
        if (isFormula && string.IsNullOrEmpty(value) && inline is null && type != "str")
        {
            UncalculatedFormulas++;
        }

        return ToCell(column, type, value, inline, moment);
    }

    ExcelCell? ToCell(int column, string type, string? value, byte[]? inline, ExcelMoment moment)
    {
        if (inline is not null)
        {
            return inline.Length == 0 ? null : new ExcelCell(column, ExcelCellKind.Text, 0, inline, ExcelMoment.None);
        }

        if (string.IsNullOrEmpty(value))
        {
            return null;
        }

        switch (type)
        {
            case "s":
                return int.TryParse(value.AsSpan().Trim(), CultureInfo.InvariantCulture, out var index) && index >= 0
                    && index < strings.Count
                    ? strings[index] is { IsEmpty: false } text ? new ExcelCell(column, ExcelCellKind.Text, 0, text, ExcelMoment.None) : null
                    : throw new BadFileException(RejectCode.CorruptFile,
                        $"A cell of row {RowNumber:N0} refers to a string that the workbook does not have.", RowNumber);
            case "b":
                return new ExcelCell(column, ExcelCellKind.Boolean, value.Trim() is "1" or "true" ? 1 : 0, null,
                    ExcelMoment.None);
            case "e":
                return new ExcelCell(column, ExcelCellKind.Error, 0, null, ExcelMoment.None);
            case "d":
                return new ExcelCell(column, ExcelCellKind.IsoMoment, 0, Encoding.UTF8.GetBytes(value.Trim()), ExcelMoment.None);
            case "str" or "inlineStr":
                return new ExcelCell(column, ExcelCellKind.Text, 0, XlsxText.Utf8(value), ExcelMoment.None);
            default:
                if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && !double.IsFinite(number))
                {
                    return new ExcelCell(column, ExcelCellKind.Error, 0, null, ExcelMoment.None);
                }

                return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
                    ? new ExcelCell(column, ExcelCellKind.Number, number, IsWrittenOut(value, number) ? Encoding.UTF8.GetBytes(value) : null, moment)
                    : new ExcelCell(column, ExcelCellKind.Text, 0, XlsxText.Utf8(value), ExcelMoment.None);
        }
    }

    // Excel writes large numbers with an exponent and fifteen digits. Digits that are all written out come from a program that knew each of them, and
    // a double would not keep them.
    static bool IsWrittenOut(string value, double number) =>
        Math.Abs(number) >= ExcelCell.FirstInexact && value.Length <= MaxDigits && !value.AsSpan(value[0] == '-' ? 1 : 0).ContainsAnyExceptInRange('0', '9');

    // Text of an element without children; leaves the reader on its end.
    string ReadText()
    {
        if (_xml.IsEmptyElement)
        {
            return "";
        }

        var depth = _xml.Depth;
        while (_xml.Read() && !(_xml.NodeType == XmlNodeType.EndElement && _xml.Depth == depth))
        {
            if (_xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace
                or XmlNodeType.Whitespace)
            {
                _text.Add(_xml.Value);
            }
        }

        return _text.Take();
    }

    /// <summary>A range such as <c>B2:D2</c>; null when it is none.</summary>
    public static ExcelMerge? RangeOf(string? reference)
    {
        var ends = reference?.Split(':') ?? [];
        return ends.Length == 2 && ColumnOf(ends[0]) is { } first && ColumnOf(ends[1]) is { } last
            && RowOf(ends[0]) is { } top && RowOf(ends[1]) is { } bottom
            ? new ExcelMerge(top, bottom, first, last)
            : null;
    }

    static long? RowOf(string reference) =>
        long.TryParse(reference.AsSpan().TrimStart("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz$"), CultureInfo.InvariantCulture, out var row)
            ? row : null;

    /// <summary>0-based column of a reference such as <c>AB12</c>; null when there is none.</summary>
    static int? ColumnOf(string? reference)
    {
        var column = 0;
        foreach (var c in reference ?? "")
        {
            var letter = (c | 0x20) - 'a' + 1;
            if (letter is < 1 or > 26)
            {
                break;
            }

            column = column * 26 + letter;

            // XFD, the last column there is.
            if (column > 16_384)
            {
                return null;
            }
        }

        return column == 0 ? null : column - 1;
    }
}
