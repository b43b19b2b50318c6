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

        await IsRefusedAsync(workbook, RejectCode.FieldTooLong, "32,767 characters");
    }

    [Fact]
    public Task Read_LongTextInUtf16_IsRefusedThoughItsBytesLookLikeTags()
    {
        // Every character has the byte of '<' in both halves.
        var text = Sheet.Replace("<c><v>1</v></c>", $"<c t=\"inlineStr\"><is><t>{new string('\u3C3C', 3000)}</t></is></c>", StringComparison.Ordinal);

        return IsRefusedAsync(
            Workbook(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(text)).ToArray(), Strings), RejectCode.FieldTooLong, "limits.max_workbook_text_bytes",
            FormatLimits.Default with { MaxWorkbookTextBytes = 4096 });
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", true)]
    [InlineData("iso-8859-1", false)]
    public async Task Read_SheetInAnotherEncoding_IsRead(string name, bool mark)
    {
        var encoding = Encoding.GetEncoding(name);
        var text = $"<?xml version=\"1.0\" encoding=\"{name[..Math.Min(10, name.Length)].Replace("BE", "", StringComparison.Ordinal)}\"?>" + Sheet;
        byte[] bytes = [.. mark ? encoding.GetPreamble() : [], .. encoding.GetBytes(text)];

        (await RowsAsync(Workbook(bytes, Strings))).ShouldBe(2);
    }

    [Theory]
    [InlineData("iso-2022-jp")]
    [InlineData("utf-32")]
    public Task Read_SheetInAnEncodingThatHidesTags_IsRefused(string name)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        return IsRefusedAsync(
            Workbook(Encoding.GetEncoding(name).GetBytes($"<?xml version=\"1.0\" encoding=\"{name}\"?>" + Sheet), Strings), RejectCode.CorruptFile, "UTF-8 or UTF-16");
    }

    [Fact]
    public Task Read_RowOfMoreCellsThanColumnsAreAllowed_IsRefused() => IsRefusedAsync(
        Workbook(Sheet.Replace("<c><v>1</v></c>", string.Concat(Enumerable.Repeat("<c><v>1</v></c>", 20_000)), StringComparison.Ordinal), Strings),
        RejectCode.TooManyColumns, "limits.max_columns");

    [Fact]
    public Task Read_DeepXml_IsRefused() => IsRefusedAsync(
        Workbook(Sheet.Replace("<sheetData>", string.Concat(Enumerable.Repeat("<a>", 1000)) + "<sheetData>", StringComparison.Ordinal), Strings),
        RejectCode.LimitExceeded, "limits.max_nesting_depth");

    [Fact]
    public Task Read_EndlessNames_AreNotKept() => IsRefusedAsync(
        Workbook(Sheet.Replace("<sheetData>", string.Concat(Enumerable.Range(0, 150_000).Select(i => $"<n{i}/>")) + "<sheetData>", StringComparison.Ordinal), Strings),
        RejectCode.CorruptFile, "100,000 names");

    [Fact]
    public Task Read_MoreSheetsThanTheLimit_IsRefused() => IsRefusedAsync(
        Sheets(12), RejectCode.LimitExceeded, "limits.max_sheets", FormatLimits.Default with { MaxSheets = 10 });

    [Fact]
    public async Task Read_AsManySheetsAsTheLimit_IsRead() =>
        (await RowsAsync(Sheets(10), FormatLimits.Default with { MaxSheets = 10 })).ShouldBe(1);

    [Fact]
    public Task Read_FormatsThatDoNotFitInMemory_AreRefused() => IsRefusedAsync(
        new WorkbookBuilder(false, [.. Enumerable.Range(0, 5000).Select(i => $"0.00\"{i}\"")]).Sheet("S", [["a"], [1]]).ToArray(), RejectCode.LimitExceeded,
        "limits.max_shared_string_bytes", FormatLimits.Default with { MaxSharedStringBytes = 1 << 20 });

    [Fact]
    public Task Read_SheetThatGrowsMoreThanTheRatio_IsRefused() => IsRefusedAsync(
        Workbook(Sheet.Replace("<sheetData>", new string(' ', 66 << 20) + "<sheetData>", StringComparison.Ordinal), Strings), RejectCode.LimitExceeded,
        "limits.max_compression_ratio", FormatLimits.Default with { MaxCompressionRatio = 100, MaxWorkbookTextBytes = 200 << 20 });

    [Theory]
    [InlineData("<r><t>", "</t></r>")]
    [InlineData("<t>", "</t>")]
    public Task Read_StringOfManyRuns_IsBoundedAsAWhole(string start, string end) => IsRefusedAsync(
        Workbook(Sheet, $"<sst {Main}><si>{string.Concat(Enumerable.Repeat(start + new string('x', 1000) + end, 9000))}</si></sst>"),
        RejectCode.FieldTooLong, "limits.max_workbook_text_bytes");

    [Fact]
    public Task Read_ValueInManyPieces_IsBoundedAsAWhole() => IsRefusedAsync(
        Workbook(Sheet.Replace("<v>1</v>", $"<v>{string.Concat(Enumerable.Repeat("1<!---->", 1_000_000))}</v>", StringComparison.Ordinal), Strings),
        RejectCode.FieldTooLong, "limits.max_workbook_text_bytes", FormatLimits.Default with { MaxWorkbookTextBytes = 500_000 });

    // Quadratic work on it takes minutes.
    [Fact]
    public async Task Read_TextOfEscapes_TakesNoLongerThanOthers() => (await RowsAsync(
        Workbook(Sheet, Strings.Replace(">x<", $">{string.Concat(Enumerable.Repeat("_x0041_", 1_000_000))}<", StringComparison.Ordinal)))).ShouldBe(2);

    [Fact]
    public async Task Read_SheetWithoutAPlace_IsDamage() => await IsRefusedAsync(
        Workbook(Sheet, Strings, sheetId: "rId7"), RejectCode.CorruptFile, "its sheet 'S'");

    [Fact]
    public async Task Read_RowThatRepeatsALongString_IsRejectedAndTheOthersRead()
    {
        var strings = Strings.Replace(">x<", $">{new string('x', 4000)}<", StringComparison.Ordinal);
        var wide = string.Concat(Enumerable.Repeat("<c t=\"s\"><v>0</v></c>", 30));
        var rows = string.Concat(Enumerable.Range(0, 40).Select(i => $"<row><c><v>{i}</v></c><c><v>1</v></c></row>"));
        var sheet = Sheet.Replace("</sheetData>", $"{rows}<row>{wide}</row></sheetData>", StringComparison.Ordinal);

        var read = await ReadRows.AllAsync(new ExcelFormat(), Workbook(sheet, strings), new FormatOptions { Limits = FormatLimits.Default with { MaxRecordBytes = 100_000 } });

        read.Faults.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            f => f.Code.ShouldBe(RejectCode.RecordTooLong), f => f.Record.ShouldBe(read.Rows.Count), f => f.Message.ShouldContain("limits.max_record_bytes"));
        read.Rows.Count.ShouldBeGreaterThan(40);
    }

    [Fact]
    public async Task Read_CellAboveTheFieldLimit_CostsItsRow()
    {
        var read = await ReadRows.AllAsync(
            new ExcelFormat(), WorkbookBuilder.OneSheet(["id", "text"], [1, "a"], [2, new string('b', 200)], [3, "c"]),
            new FormatOptions { Limits = FormatLimits.Default with { MaxFieldBytes = 100 } });

        read.Faults.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            f => f.Code.ShouldBe(RejectCode.FieldTooLong), f => f.Record.ShouldBe(2), f => f.Message.ShouldContain("limits.max_field_bytes"));
    }

    [Fact]
    public Task Read_SheetThatRepeatsAStringBeyondItsLimit_IsRefused() => IsRefusedAsync(
        Workbook(
            Sheet.Replace("</sheetData>", string.Concat(Enumerable.Repeat("<row><c t=\"s\"><v>0</v></c></row>", 2000)) + "</sheetData>", StringComparison.Ordinal),
            Strings.Replace(">x<", $">{new string('x', 4000)}<", StringComparison.Ordinal)),
        RejectCode.LimitExceeded, "limits.max_workbook_part_bytes", FormatLimits.Default with { MaxWorkbookPartBytes = 1 << 20 });

    static byte[] Sheets(int count) =>
        Enumerable.Range(0, count).Aggregate(new WorkbookBuilder(), (b, i) => b.Sheet($"S{i}", [["a"], [1]])).ToArray();

    static async Task IsRefusedAsync(byte[] workbook, RejectCode code, string said, FormatLimits? limits = null)
    {
        var bad = await Should.ThrowAsync<BadFileException>(() => RowsAsync(workbook, limits));

        bad.Code.ShouldBe(code);
        bad.Message.ShouldContain(said);
    }

    static async Task<int> RowsAsync(byte[] workbook, FormatLimits? limits = null)
    {
        var options = FormatOptions.Default with { Limits = limits ?? FormatLimits.Default };
        await using var reader = await new ExcelFormat().OpenAsync(new MemoryStream(workbook), options, CancellationToken.None);
        using var block = FieldBlock.Create(reader.ColumnNames.Count, FormatOptions.Default);
        var rows = 0;
        while (await reader.ReadAsync(block, CancellationToken.None))
        {
            rows += block.RowCount;
        }

        return rows;
    }

    static byte[] Workbook(string sheet, string strings, string sheetId = "rId1") => Workbook(Encoding.UTF8.GetBytes(sheet), strings, sheetId);

    static byte[] Workbook(byte[] sheet, string strings, string sheetId = "rId1")
    {
        var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, "[Content_Types].xml", "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>");
            Add(zip, "_rels/.rels", Links(("rId1", "officeDocument", "xl/workbook.xml")));
            Add(zip, "xl/workbook.xml", $"<workbook {Main} xmlns:r=\"{Relations}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"{sheetId}\"/></sheets></workbook>");
            Add(zip, "xl/_rels/workbook.xml.rels", Links(("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "sharedStrings", "sharedStrings.xml")));
            Add(zip, "xl/worksheets/sheet1.xml", sheet);
            Add(zip, "xl/sharedStrings.xml", strings);
        }

        return bytes.ToArray();
    }

    static string Links(params (string Id, string Type, string Target)[] links) =>
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
        + string.Concat(links.Select(l => $"<Relationship Id=\"{l.Id}\" Type=\"{Relations}/{l.Type}\" Target=\"{l.Target}\"/>")) + "</Relationships>";

    static void Add(ZipArchive zip, string name, string text) => Add(zip, name, Encoding.UTF8.GetBytes(text));

    static void Add(ZipArchive zip, string name, byte[] content)
    {
        using var part = zip.CreateEntry(name).Open();
        part.Write(content);
    }
}
