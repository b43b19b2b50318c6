using System.IO.Compression;
using System.Text;
using Pipeline.Formats.Excel;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Excel;

public sealed class ExcelFormatTests
{
    static readonly ExcelFormat s_format = new();

    [Fact]
    public async Task Read_TableBelowTitlesAndBesideBlanks_IsFound()
    {
        var book = WorkbookBuilder.OneSheet(
            [], ["Quarterly report"], [null, "as of today"], [],
            [null, null, "id", "name", null, "price"],
            [null, null, 1, "Ann", null, 1.5],
            [],
            [null, null, 2, null, null, 2],
            [null, null, 3, "Bob", null, 0.1],
            [], ["Source: the ledger"], ["Page 1"]);
        foreach (var bytes in (int[])[int.MaxValue, 5])
        {
            var read = await ReadRows.AllAsync(s_format, book, new FormatOptions { BlockRows = 2 }, bytes);
            read.Columns.ShouldBe(["id", "name", "price"]);
            read.Text.ShouldBe("1|Ann|1.5\n2|∅|2\n3|Bob|0.1");
            read.Lines.ShouldBe([6, 8, 9]);
            read.Warnings.Select(w => w.Code).ShouldBe(["rows_above_table", "rows_below_table"]);
        }
    }

    [Theory]
    [InlineData("id", "name", true)]
    [InlineData("month", "sales", true)]
    [InlineData("month", "sales", false)]
    public async Task Read_TablesSideBySide_AreSaid(string left, string right, bool isShorter)
    {
        object?[] second(int i) => isShorter && i > 2 ? [null, null] : [i, "x"];
        var book = WorkbookBuilder.OneSheet(
            [[left, right, null, "month", "sales"], .. Enumerable.Range(0, 8).Select(i => (object?[])[i, $"n{i}", null, .. second(i)])]);

        var read = await ReadRows.AllAsync(s_format, book);

        read.Rows.Count.ShouldBe(8);
        read.Warnings.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            w => w.Code.ShouldBe("tables_side_by_side"), w => w.Message.ShouldContain("column C"), w => w.Line.ShouldBe(1));
    }

    [Fact]
    public async Task Read_OneTableWithAGap_IsOneTable()
    {
        var book = WorkbookBuilder.OneSheet(
            [["id", "name", null, "month", "sales"], .. Enumerable.Range(0, 8).Select(i => (object?[])[i, $"n{i}", null, i % 12, i * 3])]);

        (await ReadRows.AllAsync(s_format, book)).Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_Kinds_AreWhatTheCellsAre()
    {
        var book = WorkbookBuilder.OneSheet(["t", "n", "b", "e", "d"], ["007", 1e15, true, WorkbookBuilder.Error, (44197.0, 14)],
            ["x", -0.25, false, 5, (44197.5, 14)]);
        var read = await ReadRows.AllAsync(s_format, book);
        read.Text.ShouldBe("007|1000000000000000|true|∅|2021-01-01\nx|-0.25|false|5|2021-01-01 12:00:00");
        read.Kinds[0].ShouldBe([FieldKind.Quoted, FieldKind.Number, FieldKind.Boolean, FieldKind.Null, FieldKind.Timestamp]);
        var warning = read.Warnings.ShouldHaveSingleItem();
        (warning.Code, warning.Line).ShouldBe(("error_cells", 2));
    }

    [Theory]
    [InlineData(44197.0, 14, "2021-01-01")]
    [InlineData(44197.0, 22, "2021-01-01 00:00:00")]
    [InlineData(0.5, 20, "12:00:00")]
    [InlineData(1.5, 46, "36:00:00")]
    [InlineData(44197.423726851849, 164, "2021-01-01 10:10:10")]
    [InlineData(0.1234567, 47, "02:57:46.659")]
    [InlineData(44197.0, 165, "44197")]
    [InlineData(44197.0, 166, "2021-01-01")]
    [InlineData(44197.0, 167, "2021-01-01")]
    [InlineData(12.5, 168, "12.5")]
    [InlineData(0.5, 9, "0.5")]
    [InlineData(0.25, 169, "06:00:00")]
    [InlineData(5.0, 170, "5")]
    [InlineData(5.0, 171, "5")]
    [InlineData(5.0, 172, "5")]
    [InlineData(1.0, 14, "1900-01-01")]
    [InlineData(60.0, 14, "1900-02-29")]
    [InlineData(61.0, 14, "1900-03-01")]
    [InlineData(-1.0, 14, "-1")]
    [InlineData(2958465.0, 14, "9999-12-31")]
    [InlineData(3e17, 14, "3E+17")]
    public async Task Read_NumberFormat_SaysWhatIsAMoment(double number, int format, string expected)
    {
        var book = new WorkbookBuilder(false, "yyyy\\-mm\\-dd\\ hh:mm:ss", "0\" days\"", "[$-411]ggge\"年\"m\"月\"d\"日\";@",
            "mmmm\" \"yyyy", "#,##0.0\\d;[Red]-0.0", "h:mm AM/PM", "[Red]General", "[$-409]General", "\"no. \"GENERAL")
            .Sheet("S", [["v"], [(number, format)]]).ToArray();
        (await ReadRows.AllAsync(s_format, book, new FormatOptions { HasHeader = true })).Text.ShouldBe(expected);
    }

    [Theory]
    [InlineData("2024-03-01T10:30:00", "2024-03-01 10:30:00")]
    [InlineData("2024-03-01", "2024-03-01")]
    [InlineData("T10:30:00", "10:30:00")]
    [InlineData("10:31:00.250", "10:31:00.250")]
    [InlineData("10:31:00.2500000Z", "10:31:00.250")]
    [InlineData("March 1, 2024", "March 1, 2024")]
    public async Task Read_MomentInIsoForm_IsThatMomentAndNeverOneOfToday(string written, string expected) =>
        (await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet(["id", "v"], [1, new WorkbookBuilder.RawCell("t='d'", $"<v>{written}</v>")]))).Rows[0][1].ShouldBe(expected);

    [Theory]
    [InlineData("9007199254740993", "9007199254740993")]
    [InlineData("-123456789012345678901234567890", "-123456789012345678901234567890")]
    [InlineData("1.2345678901234568E+16", "12345678901234568", true)]
    [InlineData("4123456789012340", "4123456789012340", true)]
    [InlineData("1E+16", "10000000000000000")]
    [InlineData("9007199254740991", "9007199254740991")]
    public async Task Read_LongInteger_KeepsTheDigitsOfTheFileAndIsSaidWhereItMayBeCut(string written, string expected, bool isSaid = false)
    {
        var read = await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet(["id", "v"], [1, new WorkbookBuilder.RawCell("", $"<v>{written}</v>")]));

        read.Rows[0][1].ShouldBe(expected);
        read.Warnings.Select(w => w.Code).ShouldBe(isSaid ? ["long_numbers"] : []);
    }

    [Fact]
    public async Task Read_CellWithAnExtension_ItsOwnValueCounts()
    {
        var cell = new WorkbookBuilder.RawCell("", "<v>5</v><extLst><ext><v>9</v></ext></extLst>");

        (await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet(["id", "v"], [1, cell]))).Rows[0][1].ShouldBe("5");
    }

    [Fact]
    public async Task Read_TimeThatRoundsUpToADay_IsATimeStill()
    {
        var book = new WorkbookBuilder().Sheet("S", [["v"], [(0.9999999999, 21)]]).ToArray();

        (await ReadRows.AllAsync(s_format, book, new FormatOptions { HasHeader = true })).Text.ShouldBe("00:00:00");
    }

    [Fact]
    public async Task Read_HeaderThatCounts_IsAHeaderWhereNoOtherRowDoes()
    {
        var read = await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet(["region", 1, 2, 3, 4], ["north", 5, 0, 7, 8], ["south", 4, 3, 2, 1]));
        read.Columns.ShouldBe(["region", "1", "2", "3", "4"]);
        read.Text.ShouldBe("north|5|0|7|8\nsouth|4|3|2|1");

        (await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet(["a", 1, 2, 3, 4], ["b", 1, 2, 3, 4]))).Rows.Count.ShouldBe(2);
        (await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet(["a", 2, 3, 4, 5], ["b", 5, 1, 3, 4]))).Rows.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Read_YearsAndDatesAboveNumbers_AreNames()
    {
        async Task<string> HeaderAsync(params object?[][] rows)
        {
            var read = await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet(rows));
            read.Rows.Count.ShouldBe(rows.Length - (read.Columns[^1] == $"c{read.Columns.Count}" ? 0 : 1));
            return string.Join(" ", read.Columns);
        }

        (await HeaderAsync(["Region", 2019, 2020, 2021], ["North", 5.5, 6, 7], ["South", 4, 2020, 1])).ShouldBe("Region 2019 2020 2021");
        (await HeaderAsync(["Region", 2021, 2020], ["North", 5.5, 6])).ShouldBe("Region 2021 2020");
        (await HeaderAsync(["Region", "Unit", 2010, 2015, 2020, "Total"], ["North", "t", 5, 6, 7, 18], ["South", "t", 5, null, 7, 12]))
            .ShouldBe("Region Unit 2010 2015 2020 Total");
        (await HeaderAsync([null, 2019, 2020], ["North", 5.5, 6], ["South", 4, 5])).ShouldBe(" 2019 2020");
        (await HeaderAsync(["Region", (43831.0, 14), (43862.0, 14), (43891.0, 14)], ["North", 5.5, 6, 7], ["South", 4, 5, 1]))
            .ShouldBe("Region 2020-01-01 2020-02-01 2020-03-01");

        // Years of people, no step, years below, dates below.
        (await HeaderAsync(["Ann", 2001, 2003], ["Ben", 1990, 1999], ["Carl", 2000, 2010])).ShouldBe("c1 c2 c3");
        (await HeaderAsync(["Ann", 2001, 2003, 2004], ["Ben", 5, 6, 7])).ShouldBe("c1 c2 c3 c4");
        (await HeaderAsync(["Ann", (43831.0, 14), (43862.0, 14)], ["Ben", (43831.0, 14), (43862.0, 14)])).ShouldBe("c1 c2 c3");
        (await HeaderAsync([2019, 2020, 2021], [5, 6, 7], [5, 6, 7])).ShouldBe("c1 c2 c3");
    }

    [Theory]
    [InlineData("ZZZZZZZZ1")]
    [InlineData("XFE1")]
    [InlineData("1")]
    [InlineData("$A$1")]
    public async Task Read_ReferenceThatNoSheetHas_IsCorrupt(string reference)
    {
        var book = WorkbookBuilder.OneSheet(["id", "name"], [1, true]);
        (await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, WithReference(book, reference)))).Code.ShouldBe(RejectCode.CorruptFile);
        (await ReadRows.AllAsync(s_format, WithReference(book, "xfd2"))).Text.ShouldContain("true");
    }

    static byte[] WithReference(byte[] book, string reference)
    {
        using var zip = new MemoryStream();
        zip.Write(book);
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Update, leaveOpen: true))
        {
            var entry = archive.GetEntry("xl/worksheets/sheet0.xml")!;
            string sheet;
            using (var reader = new StreamReader(entry.Open()))
            {
                sheet = reader.ReadToEnd();
            }

            entry.Delete();
            using var writer = new StreamWriter(archive.CreateEntry("xl/worksheets/sheet0.xml").Open());
            writer.Write(sheet.Replace("r='B2'", $"r='{reference}'", StringComparison.Ordinal));
        }

        return zip.ToArray();
    }

    [Fact]
    public async Task Read_TablesBelowEachOther_AreSaid()
    {
        object?[][] first = [["id", "name"], [1, "a"], [2, "b"], []];

        var two = await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet([.. first, ["code", "qty"], ["x", 5], ["y", 6]]));
        two.Warnings.ShouldHaveSingleItem().ShouldSatisfyAllConditions(w => w.Code.ShouldBe("tables_below_each_other"), w => w.Line.ShouldBe(5));
        two.Rows.Count.ShouldBe(5);

        (await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet([.. first, [3, "c"], [4, "d"]]))).Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_1904Workbook_CountsFromThere()
    {
        var book = new WorkbookBuilder(is1904: true).Sheet("S", [["v"], [(0.0, 14)], [(42735.0, 14)]]).ToArray();
        (await ReadRows.AllAsync(s_format, book)).Text.ShouldBe("1904-01-01\n2021-01-01");
    }

    [Fact]
    public async Task Read_NumbersThatAreNone_AreErrorCells()
    {
        var read = await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet(["id", "v"], [1, double.NaN], [2, double.PositiveInfinity], [3, 4]));

        read.Text.ShouldBe("1|∅\n2|∅\n3|4");
        read.Warnings.ShouldHaveSingleItem().Message.ShouldStartWith("2 cells");
    }

    [Theory]
    [InlineData("_x0041__x000D_b", "A\rb")]
    [InlineData("_x005F_x000D_", "_x000D_")]
    [InlineData("_xD83D__xDE00_", "😀")]
    [InlineData("a_x", "a_x")]
    [InlineData("_x12_x0041_", "_x12A")]
    [InlineData("_x00G1_", "_x00G1_")]
    public async Task Read_EscapedCharacters_AreThose(string written, string expected) =>
        (await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet(["id", "v"], [1, written]))).Rows[0][1].ShouldBe(expected);

    [Fact]
    public async Task Read_HeaderOfTwoRows_IsJoined()
    {
        var book = WorkbookBuilder.OneSheet(["Region", "2023", null, "2024", null], [null, "Q1", "Q2", "Q1", "Q2"], ["North", 1,
            2, 3, 4], ["South", 5, 6, 7, 8]);
        var read = await ReadRows.AllAsync(s_format, book);
        read.Columns.ShouldBe(["Region", "2023 Q1", "2023 Q2", "2024 Q1", "2024 Q2"]);
        read.Text.ShouldBe("North|1|2|3|4\nSouth|5|6|7|8");
    }

    [Theory]
    [InlineData("Id,Person First,Person Last", "B1:C1,A1:A2", "Id|Person|∅", "∅|First|Last")]
    [InlineData("Id,Person First,Person Last", "B1:C1", "∅|Person|∅", "Id|First|Last")]
    [InlineData("Id,First,Last", "A1:C1", "Report of people|∅|∅", "Id|First|Last")]
    [InlineData("Id,First,Last", "A1:B1", "Report of people|∅|∅", "Id|First|Last")]
    public async Task Read_MergedLabels_AreJoinedWithTheNamesBelow(string columns, string merges, params string[] header)
    {
        var rows = header.Select(h => h.Split('|').Select(c => c == "∅" ? null : (object)c).ToArray());
        var book = new WorkbookBuilder().Sheet(
            "S", [.. rows, ["x1", "Ann", "Smith"], ["x2", "Bob", "Brown"], ["x3", "Cid", "Smith"], ["x4", "Dan", "Brown"]], "visible",
            merges.Split(',')).ToArray();
        var read = await ReadRows.AllAsync(s_format, book);
        string.Join(',', read.Columns).ShouldBe(columns);
        read.Rows.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Read_GroupsOfGroups_AreJoinedOverThreeRows()
    {
        var book = new WorkbookBuilder().Sheet(
            "S",
            [
                ["Food security"], [null, "Now", null, null, "Later"], ["Area", "Phase 1", null, "People", "Phase 1", null, "People"], [null, "#", "%", null, "#", "%"],
                ["North", 1, 0.5, 2, 3, 0.1, 4], ["South", 5, 0.6, 6, 7, 0.2, 8],
            ],
            "visible", "A1:G1", "B2:D2", "E2:G2", "B3:C3", "E3:F3").ToArray();
        var read = await ReadRows.AllAsync(s_format, book);
        read.Columns.ShouldBe(["Area", "Now Phase 1 #", "Now Phase 1 %", "Now People", "Later Phase 1 #", "Later Phase 1 %", "Later People"]);
        read.Text.ShouldBe("North|1|0.5|2|3|0.1|4\nSouth|5|0.6|6|7|0.2|8");
    }

    [Fact]
    public async Task Read_OneNameMergedOverTwoColumns_TheRowBelowIsARecord()
    {
        var book = new WorkbookBuilder().Sheet(
            "S", [["Id", "Name", null, "City"], ["x1", "Ann", "Smith", "Rome"], ["x2", "Bob", "Brown", "Oslo"]], "visible", "B1:C1").ToArray();
        var read = await ReadRows.AllAsync(s_format, book);
        read.Columns.ShouldBe(["Id", "Name", "", "City"]);
        read.Rows.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Read_ValueMergedOverRows_StandsInItsFirstRowOnly()
    {
        var book = new WorkbookBuilder().Sheet("S", [["k", "v"], ["a", 1], [null, 2]], "visible", "A2:A3").ToArray();
        (await ReadRows.AllAsync(s_format, book)).Text.ShouldBe("a|1\n∅|2");
    }

    [Fact]
    public async Task Read_FormulasThatWereNeverCalculated_AreNullsAndCounted()
    {
        var read = await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet(["a", "b"], [1, WorkbookBuilder.Formula], [2, 5]));
        read.Text.ShouldBe("1|∅\n2|5");
        read.Warnings.ShouldHaveSingleItem().Code.ShouldBe("uncalculated_formulas");
    }

    [Fact]
    public async Task Read_NoHeader_NoRowIsLost()
    {
        var read = await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet([1, "a"], [2, "b"]));
        read.Columns.ShouldBe(["c1", "c2"]);
        read.Text.ShouldBe("1|a\n2|b");
    }

    [Fact]
    public async Task Read_HeaderOnly_HasColumnsAndNoRows()
    {
        var read = await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet(["id", "name"]));
        read.Columns.ShouldBe(["id", "name"]);
        read.Rows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_CellRightOfTheSample_OpensAgainWithItsColumn()
    {
        object?[][] rows = [["id", "v"], .. Enumerable.Range(0, 400).Select(i => i == 399 ? new object?[] { i, 0, null, "late" }
            : [i, 0])];
        var read = await ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet(rows));
        read.Opens.ShouldBe(2);
        read.Columns.ShouldBe(["id", "v", ""]);
        read.Rows.Count.ShouldBe(400);
        read.Rows[399].ShouldBe(["399", "0", "late"]);
    }

    [Fact]
    public async Task Sheets_AreListedAndChosenByName()
    {
        var book = new WorkbookBuilder().Sheet("Empty", []).Sheet("Hidden", [["h"], [1]], "hidden").Sheet("Data & more", [["d"],
            [2]]).ToArray();
        (await ExcelWorkbook.ReadSheetsAsync(new MemoryStream(book), FormatLimits.Default, CancellationToken.None)).ShouldBe(
            [new ExcelSheet("Empty", false), new ExcelSheet("Hidden", true), new ExcelSheet("Data & more", false)]);
        var first = await ReadRows.AllAsync(s_format, book);
        first.Text.ShouldBe("2");
        first.Warnings.Select(w => w.Code).ShouldBe(["other_sheets", "hidden_sheets"]);
        (await ReadRows.AllAsync(s_format, book, new FormatOptions { Sheet = "hidden" })).Text.ShouldBe("1");
        (await ReadRows.AllAsync(s_format, book, new FormatOptions { Sheet = "Empty" })).Columns.ShouldBeEmpty();
        (await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, book,
            new FormatOptions { Sheet = "No" }))).Code.ShouldBe(RejectCode.NotATable);
    }

    [Fact]
    public async Task Read_TruncatedAnywhere_IsCorrupt()
    {
        var book = WorkbookBuilder.OneSheet(["id", "name"], [1, "Ann"], [2, "Bob"]);
        for (var length = 0; length < book.Length; length += length < 40 || length > book.Length - 60 ? 1 : 37)
        {
            (await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, book[..length]),
                $"at {length}")).Code.ShouldBe(RejectCode.CorruptFile, $"at {length}");
        }
    }

    [Fact]
    public async Task Read_AnyByteChanged_EndsCleanly()
    {
        var book = WorkbookBuilder.OneSheet(["id", "name"], [1, "Ann"], [2, "Bob"]);
        for (var i = 0; i < book.Length; i++)
        {
            var damaged = (byte[])book.Clone();
            damaged[i] ^= 0x41;
            try
            {
                var read = await ReadRows.AllAsync(s_format, damaged);
                read.Text.ShouldBeOneOf("1|Ann\n2|Bob", "1|Ann");
            }
            catch (BadFileException)
            {
                // Refused: right.
            }
        }
    }

    [Fact]
    public async Task Read_Bomb_IsALimit()
    {
        object?[][] rows = [["id"], .. Enumerable.Range(0, 3000).Select(_ => new object?[] { 1 })];
        var options = new FormatOptions { Limits = FormatLimits.Default with { MaxWorkbookPartBytes = 20_000 } };
        (await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, WorkbookBuilder.OneSheet(rows),
            options))).Code.ShouldBe(RejectCode.LimitExceeded);
    }

    [Fact]
    public async Task Read_Cancelled_Stops()
    {
        using var stop = new CancellationTokenSource();
        await using var reader = await s_format.OpenAsync(new MemoryStream(WorkbookBuilder.OneSheet(["a"], [1], [2])),
            FormatOptions.Default, stop.Token);
        await stop.CancelAsync();
        using var block = new FieldBlock(1, 10);
        await Should.ThrowAsync<OperationCanceledException>(async () => await reader.ReadAsync(block, stop.Token));
    }

    [Theory]
    [InlineData("<html><table></table></html>", RejectCode.UnsupportedFormat)]
    [InlineData("PK\u0003\u0004\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
        RejectCode.CorruptFile)]
    [InlineData("id,name", RejectCode.CorruptFile)]
    public async Task Open_NoWorkbook_SaysWhatItIs(string text, RejectCode code) =>
        (await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format,
            Encoding.UTF8.GetBytes(text)))).Code.ShouldBe(code);

    [Fact]
    public void Detect_Workbook_IsCertain()
    {
        var book = WorkbookBuilder.OneSheet(["a"], [1]);
        s_format.Detect(new FormatProbe("a.csv", book, true)).Confidence.ShouldBeGreaterThan(0.9);
        s_format.Detect(new FormatProbe("a.xlsx", "id,name\n"u8.ToArray(), true)).Confidence.ShouldBe(0);
        s_format.Detect(new FormatProbe("a.csv", "\t\0id"u8.ToArray(), true)).Confidence.ShouldBe(0);
    }
}
