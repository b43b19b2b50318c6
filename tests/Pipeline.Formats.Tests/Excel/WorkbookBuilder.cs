using System.Globalization;
using System.IO.Compression;
using System.Security;
using System.Text;

namespace Pipeline.Formats.Tests.Excel;

/// <summary>
/// Writes small XML workbooks. A cell is null, a text, a number, a bool, <c>(number, format id)</c>, or an <see cref="Error"/>;
/// the formats are
/// those given, from id 164 on, beside the built-in ones.
/// </summary>
sealed class WorkbookBuilder(bool is1904 = false, params string[] formats)
{
    public static readonly object Error = new();

    /// <summary>A cell as it stands in the XML, but for its reference.</summary>
    public sealed record RawCell(string Attributes, string Content);

    /// <summary>A formula that was never calculated.</summary>
    public static readonly object Formula = new();

    readonly List<(string Name, object?[][] Rows, string State, string[] Merges)> _sheets = [];

    public WorkbookBuilder Sheet(string name, object?[][] rows, string state = "visible", params string[] merges)
    {
        _sheets.Add((name, rows, state, merges));
        return this;
    }

    public static byte[] OneSheet(params object?[][] rows) => new WorkbookBuilder().Sheet("Sheet1", rows).ToArray();

    public byte[] ToArray()
    {
        var target = new MemoryStream();
        using (var zip = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true))
        {
            const string Package = "http://schemas.openxmlformats.org/package/2006/relationships";
            const string Types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
            const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
            Put(zip, "[Content_Types].xml", "<Types/>");
            Put(zip, "_rels/.rels", $"<Relationships xmlns='{Package}'>" +
                $"<Relationship Id='r1' Type='{Types}/officeDocument' Target='xl/workbook.xml'/></Relationships>");
            var names = _sheets.Select((s, i) =>
                $"<sheet name='{SecurityElement.Escape(s.Name)}' sheetId='{i + 1}' state='{s.State}' r:id='s{i}'/>");
            Put(zip, "xl/workbook.xml",
                $"<workbook xmlns='{Main}' xmlns:r='{Types}'><workbookPr date1904='{(is1904 ? 1 : 0)}'/>" +
                $"<sheets>{string.Concat(names)}</sheets>" +
                "<extLst><ext><x:workbookPr xmlns:x='http://schemas.microsoft.com/office/spreadsheetml/2010/11/main' chartTrackingRefBase='1'/></ext></extLst></workbook>");
            var parts = _sheets.Select((_, i) =>
                $"<Relationship Id='s{i}' Type='{Types}/worksheet' Target='worksheets/sheet{i}.xml'/>");
            Put(zip, "xl/_rels/workbook.xml.rels", $"<Relationships xmlns='{Package}'>{string.Concat(parts)}" +
                $"<Relationship Id='st' Type='{Types}/styles' Target='styles.xml'/></Relationships>");
            var codes = formats.Select((f, i) => $"<numFmt numFmtId='{164 + i}' formatCode='{SecurityElement.Escape(f)}'/>");
            var styles = Enumerable.Range(0, 164 + formats.Length).Select(i => $"<xf numFmtId='{i}'/>");
            Put(zip, "xl/styles.xml", $"<styleSheet xmlns='{Main}'><numFmts>{string.Concat(codes)}</numFmts>" +
                $"<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs><cellXfs>{string.Concat(styles)}</cellXfs></styleSheet>");
            for (var i = 0; i < _sheets.Count; i++)
            {
                Put(zip, $"xl/worksheets/sheet{i}.xml",
                    $"<worksheet xmlns='{Main}'><sheetData>{string.Concat(_sheets[i].Rows.Select(Row))}</sheetData>" +
                    $"<mergeCells>{string.Concat(_sheets[i].Merges.Select(m => $"<mergeCell ref='{m}'/>"))}</mergeCells></worksheet>");
            }
        }

        return target.ToArray();
    }

    static string Row(object?[] cells, int row) =>
        $"<row r='{row + 1}'>{string.Concat(cells.Select((c, i) => Cell(c, $"{Letters(i)}{row + 1}")))}</row>";

    static string Cell(object? value, string at) => value switch
    {
        null => "",
        RawCell raw => $"<c r='{at}' {raw.Attributes}>{raw.Content}</c>",
        string text => $"<c r='{at}' t='inlineStr'><is><t xml:space='preserve'>{SecurityElement.Escape(text)}</t></is></c>",
        bool b => $"<c r='{at}' t='b'><v>{(b ? 1 : 0)}</v></c>",
        (double n, int format) => $"<c r='{at}' s='{format}'><v>{n.ToString("R", CultureInfo.InvariantCulture)}</v></c>",
        IFormattable n => $"<c r='{at}'><v>{n.ToString(null, CultureInfo.InvariantCulture)}</v></c>",
        _ when value == Formula => $"<c r='{at}'><f>1+1</f></c>",
        _ => $"<c r='{at}' t='e'><v>#N/A</v></c>",
    };

    static string Letters(int column) => column < 26 ? $"{(char)('A' + column)}" : Letters((column / 26) - 1)
        + (char)('A' + (column % 26));

    static void Put(ZipArchive zip, string name, string text)
    {
        using var stream = zip.CreateEntry(name).Open();
        stream.Write(Encoding.UTF8.GetBytes(text));
    }
}
