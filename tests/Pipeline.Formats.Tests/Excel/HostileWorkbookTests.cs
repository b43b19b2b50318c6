using System.IO.Compression;
using System.Text;
using Pipeline.Formats.Excel;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Excel;

/// <summary>Workbooks made to cost more than they say, and to reach for what is not theirs.</summary>
public sealed class HostileWorkbookTests
{
    const string Main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    const string Relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    const string Sheet = $"<worksheet {Main}><sheetData><row><c t=\"s\"><v>0</v></c><c><v>1</v></c></row>"
        + "<row><c t=\"s\"><v>0</v></c><c><v>2</v></c></row></sheetData></worksheet>";

    const string Strings = $"<sst {Main}><si><t>x</t></si></sst>";

    static readonly string s_laughs = "<!DOCTYPE lolz [<!ENTITY lol1 \"lol\">"
        + string.Concat(Enumerable.Range(2, 8).Select(i => $"<!ENTITY lol{i} \"{string.Concat(Enumerable.Repeat($"&lol{i - 1};", 10))}\">")) + "]>";

    [Fact]
    public async Task Read_HarmlessWorkbook_HasItsRows() => (await RowsAsync(Workbook(Sheet, Strings))).ShouldBe(2);

    [Fact]
    public Task Read_EntitiesInTheStrings_AreNotExpanded() =>
        IsRefusedAsync(Workbook(Sheet, s_laughs + $"<sst {Main}><si><t>&lol9;</t></si></sst>"), RejectCode.CorruptFile, "document type");

    [Fact]
    public Task Read_EntitiesInTheSheet_AreNotExpanded() =>
        IsRefusedAsync(Workbook(s_laughs + Sheet.Replace("<v>1</v>", "<v>&lol9;</v>", StringComparison.Ordinal), Strings), RejectCode.CorruptFile, "document type");

    [Fact]
    public Task Read_EntityOfAFile_IsNotOpened() => IsRefusedAsync(
        Workbook(Sheet, $"<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><sst {Main}><si><t>&f;</t></si></sst>"), RejectCode.CorruptFile, "document type");

    [Theory]
    [InlineData("text")]
    [InlineData("attribute")]
    [InlineData("string")]
    public async Task Read_OneCellOfTensOfMegabytes_IsRefusedBeforeItIsHeld(string where)
    {
        var noise = new char[12 << 20];
        var random = new Random(1);
        for (var i = 0; i < noise.Length; i++)
        {
            noise[i] = (char)random.Next('a', 'z' + 1);
        }

        var text = new string(noise);
        var workbook = where switch
        {
            "text" => Workbook(Sheet.Replace("<c><v>1</v></c>", $"<c t=\"inlineStr\"><is><t>{text}</t></is></c>", StringComparison.Ordinal), Strings),
            "attribute" => Workbook(Sheet.Replace("<c><v>1</v></c>", $"<c r=\"{text}\"><v>1</v></c>", StringComparison.Ordinal), Strings),
            _ => Workbook(Sheet, Strings.Replace(">x<", $">{text}<", StringComparison.Ordinal)),
        };

        await IsRefusedAsync(workbook, RejectCode.RecordTooLong, "32,767 characters");
    }

    [Fact]
    public Task Read_RowOfMoreCellsThanASheetHasColumns_IsRefused() => IsRefusedAsync(
        Workbook(Sheet.Replace("<c><v>1</v></c>", string.Concat(Enumerable.Repeat("<c><v>1</v></c>", 20_000)), StringComparison.Ordinal), Strings),
        RejectCode.TooManyColumns, "16,384");

    static async Task IsRefusedAsync(byte[] workbook, RejectCode code, string said)
    {
        var bad = await Should.ThrowAsync<BadFileException>(() => RowsAsync(workbook));

        bad.Code.ShouldBe(code);
        bad.Message.ShouldContain(said);
    }

    static async Task<int> RowsAsync(byte[] workbook)
    {
        await using var reader = await new ExcelFormat().OpenAsync(new MemoryStream(workbook), FormatOptions.Default, CancellationToken.None);
        using var block = FieldBlock.Create(reader.ColumnNames.Count, FormatOptions.Default);
        var rows = 0;
        while (await reader.ReadAsync(block, CancellationToken.None))
        {
            rows += block.RowCount;
        }

        return rows;
    }

    static byte[] Workbook(string sheet, string strings)
    {
        var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, "[Content_Types].xml", "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>");
            Add(zip, "_rels/.rels", Links(("rId1", "officeDocument", "xl/workbook.xml")));
            Add(zip, "xl/workbook.xml", $"<workbook {Main} xmlns:r=\"{Relations}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>");
            Add(zip, "xl/_rels/workbook.xml.rels", Links(("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "sharedStrings", "sharedStrings.xml")));
            Add(zip, "xl/worksheets/sheet1.xml", sheet);
            Add(zip, "xl/sharedStrings.xml", strings);
        }

        return bytes.ToArray();
    }

    static string Links(params (string Id, string Type, string Target)[] links) =>
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
        + string.Concat(links.Select(l => $"<Relationship Id=\"{l.Id}\" Type=\"{Relations}/{l.Type}\" Target=\"{l.Target}\"/>")) + "</Relationships>";

    static void Add(ZipArchive zip, string name, string text)
    {
        using var part = zip.CreateEntry(name).Open();
        part.Write(Encoding.UTF8.GetBytes(text));
    }
}
