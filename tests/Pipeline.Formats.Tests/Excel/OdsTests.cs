using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Formats.Excel;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Excel;

/// <summary>OpenDocument spreadsheets: cells, repetition, hidden sheets, limits; real ones beside their twins.</summary>
public sealed class OdsTests
{
    const string Header = "<r><c s>id</c><c s>v</c></r>";

    static readonly ExcelFormat s_format = new();

    /// <summary>They have the name of an <c>.xlsx</c> beside them, and other cells.</summary>
    static readonly string[] s_otherContents = ["/issues.ods", "/date.ods"];

    [Theory]
    [InlineData("<c t='float' v='12.5'>12,50</c>", "12.5")]
    [InlineData("<c t='float' v='9007199254740991'>9E15</c>", "9007199254740991")]
    [InlineData("<c t='percentage' v='0.125'>12.5%</c>", "0.125")]
    [InlineData("<c t='currency' v='-3'>-3 €</c>", "-3")]
    [InlineData("<c t='boolean' b='true'>WAHR</c>", "true")]
    [InlineData("<c t='boolean' b='false'>FALSCH</c>", "false")]
    [InlineData("<c t='date' d='2021-02-03'>03.02.21</c>", "2021-02-03")]
    [InlineData("<c t='date' d='2021-02-03T00:00:00'>03.02.21</c>", "2021-02-03")]
    [InlineData("<c t='date' d='2021-02-03T04:05:06'>03.02.21</c>", "2021-02-03 04:05:06")]
    [InlineData("<c t='time' m='PT11H30M00S'>11:30</c>", "11:30:00")]
    [InlineData("<c t='time' m='PT36H00M00S'>36:00</c>", "36:00:00")]
    [InlineData("<c s>plain</c>", "plain")]
    [InlineData("<c s>007</c>", "007")]
    [InlineData("<c s>a<text:s text:c='3'/>b<text:tab/>c<text:line-break/><text:span>d</text:span></c>", "a   b\tc\nd")]
    [InlineData("<c s>one</text:p><text:p>two</c>", "one\ntwo")]
    [InlineData("<c s>said<!-- not --></text:p><office:annotation><text:p>a comment</text:p></office:annotation><text:p>more</c>", "said\nmore")]
    [InlineData("<c t='string' calcext:value-type='error'>#N/A</c>", null)]
    [InlineData("<c f='of:=1+1' x='1'></c>", null)]
    public async Task Read_Cell_IsWhatTheFileSays(string cell, string? expected)
    {
        var read = await ReadRows.AllAsync(s_format, Book($"{Header}<r><c t='float' v='1'>1</c>{cell}</r><r><c t='float' v='2'>2</c><c t='float' v='3'>3</c></r>"));

        read.Columns.ShouldBe(["id", "v"]);
        read.Rows[0].ShouldBe(["1", expected]);
        read.Warnings.Select(w => w.Code).ShouldBe(
            cell.Contains("error", StringComparison.Ordinal) ? ["error_cells"] : cell.Contains("of:=", StringComparison.Ordinal) ? ["uncalculated_formulas"] : []);
    }

    [Fact]
    public async Task Read_RepeatedRowsAndCells_AreThereAsOftenAsTheySay()
    {
        var book = Book(
            "<r><c s>a</c><c s>b</c><c s>c</c></r><r n='3'><c t='float' v='1' n='2'>1</c><c t='float' v='7'>7</c><c n='16381'/></r><r n='5'><c n='16384'/></r>"
            + "<r><c n='2'/><c t='float' v='9'>9</c></r><r n='1048566'><c n='16384'/></r>");

        var read = await ReadRows.AllAsync(s_format, book, new FormatOptions { BlockRows = 2 });

        read.Text.ShouldBe("1|1|7\n1|1|7\n1|1|7\n∅|∅|9");
        read.Lines.ShouldBe([2, 3, 4, 10]);
    }

    [Fact]
    public async Task Read_Sheets_AreAllThereAndHiddenOnesKnown()
    {
        var book = Book("<r><c s>a</c></r><r><c t='float' v='1'>1</c></r>", "<r><c s>b</c></r><r><c t='float' v='2'>2</c></r>", "");

        (await ExcelWorkbook.ReadSheetsAsync(new MemoryStream(book), FormatLimits.Default, CancellationToken.None)).Select(s => (s.Name, s.IsHidden))
            .ShouldBe([("S0", false), ("S1", true), ("S2", false)]);
        (await ReadRows.AllAsync(s_format, book, new FormatOptions { Sheet = "S1" })).Text.ShouldBe("2");
        (await ExcelWorkbook.ReadDataSheetsAsync(new MemoryStream(book), FormatLimits.Default, CancellationToken.None)).Select(s => s.Name).ShouldBe(["S0"]);
    }

    [Fact]
    public async Task Read_NamesUnderMergedGroups_AreJoined()
    {
        var book = Book(
            "<r><c s>id</c><c s w='2'>2023</c><k/></r><r><k/><c s>Q1</c><c s>Q2</c></r><r><c t='float' v='1'>1</c><c t='float' v='2'>2</c><c t='float' v='3'>3</c></r>"
            + "<r><c t='float' v='2'>1</c><c t='float' v='2'>2</c><c t='float' v='3'>3</c></r>");

        (await ReadRows.AllAsync(s_format, book)).Columns.ShouldBe(["id", "2023 Q1", "2023 Q2"]);
    }

    [Fact]
    public async Task Read_ValuesUnderAMergedCell_AreValues()
    {
        var book = Book("<r><c s>id</c><c s>place</c></r><r><c t='float' v='1'>1</c><c s>Ulm</c></r>"
            + "<r><c t='float' v='2'>2</c><table:covered-table-cell t='string'><text:p>Bonn</text:p></table:covered-table-cell></r>");

        (await ReadRows.AllAsync(s_format, book)).Text.ShouldBe("1|Ulm\n2|Bonn");
    }

    [Theory]
    [InlineData("<r><c t='float' v='1' n='16384'>1</c></r>", RejectCode.TooManyColumns, "limits.max_columns")]
    [InlineData("<r><c s>a<text:s text:c='999999999'/></c></r>", RejectCode.FieldTooLong, "limits.max_workbook_text_bytes")]
    [InlineData("<r n='10000000'><c t='float' v='1' n='1000'>1</c></r>", RejectCode.LimitExceeded, "limits.max_workbook_part_bytes", 1 << 20)]
    [InlineData("<r n='2000000000'><c t='float' v='1'>1</c></r>", RejectCode.CorruptFile, "more rows")]
    public async Task Read_MoreThanItMayBe_IsRefused(string rows, RejectCode code, string said, long most = 8L << 30)
    {
        var bad = await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(
            s_format, Book(rows), new FormatOptions { Limits = FormatLimits.Default with { MaxWorkbookPartBytes = most } }));

        (bad.Code, bad.Message.Contains(said, StringComparison.Ordinal)).ShouldBe((code, true), bad.Message);
    }

    [Fact]
    public async Task Open_ProtectedByAPassword_IsRefusedWithThatReason() =>
        (await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, Zip("\x01\x02",
            "<manifest:manifest xmlns:manifest='m'><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>")))).Code
            .ShouldBe(RejectCode.EncryptedFile);

    [Fact]
    public async Task Open_ContentCutOrMissing_IsCorrupt()
    {
        var whole = Encoding.UTF8.GetString(Unzip(Book("<r><c s>a</c></r>")));

        (await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, Zip(whole[..^40])))).Code.ShouldBe(RejectCode.CorruptFile);
        (await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, Zip(null)))).Code.ShouldBe(RejectCode.CorruptFile);
    }

    [Theory]
    [InlineData("mimetype", "application/vnd.oasis.opendocument.spreadsheet-template")]
    [InlineData("meta.xml", "<x/>", "mimetype", "application/vnd.oasis.opendocument.spreadsheet")]
    [InlineData("meta.xml", "<x/>")]
    public async Task Read_KindElsewhereOrNowhere_IsReadByItsContent(params string[] parts)
    {
        var book = Zip(Content("<r><c s>id</c></r><r><c t='float' v='1'>1</c></r>"), null, parts);

        (await ReadRows.AllAsync(s_format, book)).Text.ShouldBe("1");
        s_format.Detect(new FormatProbe("a.ods", book, true)).Confidence.ShouldBeGreaterThan(0.5);
        s_format.Detect(new FormatProbe("a", book, true)).Confidence.ShouldBe(parts.Contains("mimetype") ? 0.95 : 0);
    }

    [Fact]
    public async Task Read_FlatFile_IsRead()
    {
        // A chart that lies on the sheet holds a document of its own.
        var flat = Content(
            "<table:shapes><draw:object xmlns:draw='d'><office:document><office:body><office:chart><table:table><r><c s>no</c></r></table:table></office:chart>"
            + "</office:body></office:document><draw:x/></draw:object></table:shapes><r><c s>id</c></r><r><c t='float' v='1'>1</c></r>",
            "<r><c s>b</c></r><r><c t='float' v='2'>2</c></r>");
        var book = Encoding.UTF8.GetBytes(flat.Replace("<office:document-content", "<office:document", StringComparison.Ordinal)
            .Replace("</office:document-content", "</office:document", StringComparison.Ordinal)
            .Replace(" xmlns:style", " office:mimetype=\"application/vnd.oasis.opendocument.spreadsheet\" xmlns:style", StringComparison.Ordinal));

        foreach (var bytes in (int[])[int.MaxValue, 5])
        {
            (await ReadRows.AllAsync(s_format, book, null, bytes)).Text.ShouldBe("1");
        }

        (await ReadRows.AllAsync(s_format, book, new FormatOptions { Sheet = "S1" })).Text.ShouldBe("2");
        s_format.Detect(new FormatProbe("a.xml", book, true)).Confidence.ShouldBe(0.95);
        (await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, book[..^20]))).Code.ShouldBe(RejectCode.CorruptFile);
    }

    [SkippableFact]
    public async Task Read_SpreadsheetsAndTheirTwins_AreTheSame()
    {
        var others = Fixture.All("xlsx").Where(f => f.Expect == "load").ToLookup(f => Path.ChangeExtension(f.Path, null));
        var different = new List<string?>();
        foreach (var file in Fixture.All("ods").Where(f => f.Expect == "load"))
        {
            if (others[Path.ChangeExtension(file.Path, null)].FirstOrDefault() is { } twin && !s_otherContents.Any(file.Path.EndsWith))
            {
                different.Add((await ReadRows.AllAsync(s_format, file.Content)).Text == (await ReadRows.AllAsync(s_format, twin.Content)).Text ? null : file.Path);
            }
        }

        different.OfType<string>().ShouldBeEmpty();
        different.Count.ShouldBeGreaterThan(2);
    }

    // Short for ODF: r is a row, c a cell (s: a text, t: its type, v, b, d, m: its value, n: repeated, w: spanned, f: formula), k a covered cell.
    static byte[] Book(params string[] sheets) => Zip(Content(sheets));

    static string Content(params string[] sheets)
    {
        var tables = sheets.Select((rows, i) => $"<table:table table:name='S{i}' table:style-name='ta{i}'>" + rows
            .Replace("<r", "<table:table-row", StringComparison.Ordinal).Replace("</r>", "</table:table-row>", StringComparison.Ordinal)
            .Replace("<k/>", "<table:covered-table-cell/>", StringComparison.Ordinal)
            .Replace("<c s", "<c t='string'", StringComparison.Ordinal)
            .Replace("</c>", "</text:p></table:table-cell>", StringComparison.Ordinal)
            .Replace("<c ", "<table:table-cell ", StringComparison.Ordinal)
            .Replace(" t='", " office:value-type='", StringComparison.Ordinal).Replace(" v='", " office:value='", StringComparison.Ordinal)
            .Replace(" b='", " office:boolean-value='", StringComparison.Ordinal).Replace(" d='", " office:date-value='", StringComparison.Ordinal)
            .Replace(" m='", " office:time-value='", StringComparison.Ordinal).Replace(" f='", " table:formula='", StringComparison.Ordinal)
            .Replace(" w='", " table:number-columns-spanned='", StringComparison.Ordinal)
            .Replace("<table:table-row n='", "<table:table-row table:number-rows-repeated='", StringComparison.Ordinal)
            .Replace(" n='", " table:number-columns-repeated='", StringComparison.Ordinal) + "</table:table>");
        var text = string.Concat(tables);
        text = Regex.Replace(text, "<table:table-cell [^>]*[^/]>", "$0<text:p>", RegexOptions.NonBacktracking);
        return "<?xml version='1.0' encoding='UTF-8'?><office:document-content xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0'"
            + " xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0'"
            + " xmlns:style='urn:oasis:names:tc:opendocument:xmlns:style:1.0' xmlns:calcext='urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0'>"
            + "<office:automatic-styles><style:style style:name='ta0'><style:table-properties table:display='true'/></style:style>"
            + "<style:style style:name='ta1'><style:table-properties table:display='false'/></style:style></office:automatic-styles>"
            + $"<office:body><office:spreadsheet>{text}</office:spreadsheet></office:body></office:document-content>";
    }

    static byte[] Zip(string? content, string? manifest = null, params string[] parts)
    {
        var target = new MemoryStream();
        using (var zip = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var part in (parts.Length > 0 ? parts : ["mimetype", "application/vnd.oasis.opendocument.spreadsheet"]).Chunk(2))
            {
                Put(zip, part[0], part[1], CompressionLevel.NoCompression);
            }

            if (content is not null)
            {
                Put(zip, "content.xml", content, CompressionLevel.Fastest);
            }

            if (manifest is not null)
            {
                Put(zip, "META-INF/manifest.xml", manifest, CompressionLevel.Fastest);
            }
        }

        return target.ToArray();
    }

    static byte[] Unzip(byte[] book)
    {
        using var zip = new ZipArchive(new MemoryStream(book));
        var content = new MemoryStream();
        using var part = zip.GetEntry("content.xml")!.Open();
        part.CopyTo(content);
        return content.ToArray();
    }

    static void Put(ZipArchive zip, string name, string text, CompressionLevel level)
    {
        using var part = zip.CreateEntry(name, level).Open();
        part.Write(Encoding.UTF8.GetBytes(text));
    }
}
