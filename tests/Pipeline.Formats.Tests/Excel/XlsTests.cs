using System.Buffers.Binary;
using System.Text;
using Pipeline.Formats.Excel;

namespace Pipeline.Formats.Tests.Excel;

/// <summary>Old workbooks (<c>.xls</c>): written record by record as Excel 4 did, and real ones beside their twins.</summary>
public sealed class XlsTests
{
    static readonly ExcelFormat s_format = new();

    [Fact]
    public async Task Read_ErrorCells_AreNullsAndCounted()
    {
        var book = new Biff4().Text(0, 0, "id").Text(0, 1, "n").Number(1, 0, 1).Error(1, 1).Number(2, 0, 2).Number(2, 1, 5).Number(3, 0, 3)
            .FormulaError(3, 1).Number(4, 0, 4).Number(4, 1, 6).ToArray();

        var read = await ReadRows.AllAsync(s_format, book);

        read.Text.ShouldBe("1|∅\n2|5\n3|∅\n4|6");
        read.Warnings.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            w => w.Code.ShouldBe("error_cells"), w => w.Message.ShouldStartWith("2 cells"), w => w.Line.ShouldBe(2));
    }

    [Fact]
    public async Task Read_NumbersBelowZeroUnderADateFormat_AreTheNumbers()
    {
        var book = new Biff4("yyyy\\-mm\\-dd").Text(0, 0, "id").Text(0, 1, "d").Number(1, 0, 1).Number(1, 1, 44197, style: 1).Number(2, 0, 2)
            .Number(2, 1, -1.25, style: 1).Number(3, 0, 3).Number(3, 1, -44197, style: 1).ToArray();

        (await ReadRows.AllAsync(s_format, book)).Text.ShouldBe("1|2021-01-01\n2|-1.25\n3|-44197");
    }

    [Fact]
    public async Task Read_DateInAnEra_IsADate()
    {
        var book = new Biff4("[$-411]gge\\.m\\.d").Text(0, 0, "id").Text(0, 1, "d").Number(1, 0, 1).Number(1, 1, 45352, style: 1).ToArray();

        (await ReadRows.AllAsync(s_format, book)).Text.ShouldBe("1|2024-03-01");
    }

    [Fact]
    public async Task Read_RowsOfErrorsAlone_AreRowsAsInNewerWorkbooks()
    {
        var book = new Biff4().Text(0, 0, "id").Text(0, 1, "n").Number(1, 0, 1).Number(1, 1, 5).Error(2, 0).Error(2, 1).Number(3, 0, 3).Number(3, 1, 6)
            .ToArray();

        (await ReadRows.AllAsync(s_format, book)).Text.ShouldBe("1|5\n∅|∅\n3|6");
    }

    [Theory]
    [InlineData("[Magenta]0.00", 1.25, "1.25")]
    [InlineData("[MAGENTA]#,##0", 1500, "1500")]
    [InlineData("0.0;[Magenta]-0.0", -3.5, "-3.5")]
    [InlineData("[Red][h]:mm", 1.25, "30:00:00")]
    [InlineData("[mm]:ss", 0.5, "12:00:00")]
    public async Task Read_NumbersInColour_AreNumbersUnlessTheFormatIsAMoment(string format, double number, string expected)
    {
        var book = new Biff4(format).Text(0, 0, "id").Text(0, 1, "n").Number(1, 0, 1).Number(1, 1, number, style: 1).ToArray();

        (await ReadRows.AllAsync(s_format, book)).Text.ShouldBe("1|" + expected);
    }

    [Theory]
    [InlineData("yyyy\\-mm\\-dd", 43890.0, "2024-03-01")]
    [InlineData("[$-411]gge\\.m\\.d", 43890.0, "2024-03-01")]
    [InlineData("yyyy\\-mm\\-dd", 0.0, "1904-01-01")]
    [InlineData("hh:mm:ss", 0.5, "12:00:00")]
    [InlineData("yyyy\\-mm\\-dd hh:mm", 60.75, "1904-03-01 18:00:00")]
    [InlineData("0", 43890.0, "43890")]
    public async Task Read_DaysFrom1904_AreThose(string format, double number, string expected)
    {
        var book = new Biff4(format).From1904().Text(0, 0, "id").Text(0, 1, "d").Number(1, 0, 1).Number(1, 1, number, style: 1).ToArray();

        (await ReadRows.AllAsync(s_format, book)).Text.ShouldBe("1|" + expected);
    }

    [SkippableFact]
    public async Task Read_OldWorkbooksAndTheirTwins_HaveTheSameErrors()
    {
        var compared = 0;
        var seen = 0L;
        foreach (var (old, twin) in Twins("xls", "xlsx"))
        {
            var (left, right) = (await ErrorsAsync(old), await ErrorsAsync(twin));
            left.ShouldBe(right, old.Path);
            compared++;
            seen += left.Length;
        }

        compared.ShouldBeGreaterThan(5);
        seen.ShouldBeGreaterThan(0, "one of them has errors");
    }

    [SkippableFact]
    public async Task Read_BinaryWorkbooksAndTheirTwins_AreTheSame()
    {
        var compared = 0;
        foreach (var (binary, twin) in Twins("xlsb", "xlsx"))
        {
            // It shows the day on which it was saved last.
            if (binary.Path.EndsWith("Test_Encoding_Formula_Date_1520.xlsb", StringComparison.Ordinal))
            {
                continue;
            }

            (await TextAsync(binary)).ShouldBe(await TextAsync(twin), binary.Path);
            compared++;
        }

        compared.ShouldBeGreaterThan(2);
    }

    static IEnumerable<(Fixture One, Fixture Other)> Twins(string one, string other)
    {
        var others = Fixture.All(other).Where(f => f.Expect == "load").ToLookup(f => Path.ChangeExtension(f.Path, null));
        foreach (var file in Fixture.All(one).Where(f => f.Expect == "load"))
        {
            if (others[Path.ChangeExtension(file.Path, null)].FirstOrDefault() is { } twin)
            {
                yield return (file, twin);
            }
        }
    }

    static async Task<string> ErrorsAsync(Fixture file) =>
        (await ReadRows.AllAsync(s_format, file.Content)).Warnings.FirstOrDefault(w => w.Code == "error_cells")?.Message ?? "";

    static async Task<string> TextAsync(Fixture file) => (await ReadRows.AllAsync(s_format, file.Content)).Text;

    /// <summary>The records of a sheet of Excel 4 ([MS-XLS] before compound files): one sheet, formats, cells.</summary>
    sealed class Biff4
    {
        readonly MemoryStream _bytes = new();

        public Biff4(params string[] formats)
        {
            Record(0x0409, [0, 0, 0x10, 0, 0, 0]);
            foreach (var format in (string[])["General", .. formats])
            {
                Record(0x041E, [0, 0, (byte)format.Length, .. Encoding.ASCII.GetBytes(format)]);
            }

            for (var i = 0; i <= formats.Length; i++)
            {
                Record(0x0443, [0, (byte)i, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            }
        }

        public Biff4 From1904() => Record(0x0022, [1, 0]);

        public Biff4 Text(int row, int column, string text) => Record(0x0204, [.. Cell(row, column, 0), (byte)text.Length, 0, .. Encoding.ASCII.GetBytes(text)]);

        public Biff4 Number(int row, int column, double number, byte style = 0)
        {
            var value = new byte[8];
            BinaryPrimitives.WriteDoubleLittleEndian(value, number);
            return Record(0x0203, [.. Cell(row, column, style), .. value]);
        }

        /// <summary><c>#N/A</c>, typed in.</summary>
        public Biff4 Error(int row, int column) => Record(0x0205, [.. Cell(row, column, 0), 0x2A, 1]);

        /// <summary>A formula whose result is <c>#DIV/0!</c>.</summary>
        public Biff4 FormulaError(int row, int column) =>
            Record(0x0406, [.. Cell(row, column, 0), 2, 0, 7, 0, 0, 0, 0xFF, 0xFF, 0, 0, 3, 0, 0x1E, 1, 0]);

        public byte[] ToArray()
        {
            Record(0x000A, []);
            return _bytes.ToArray();
        }

        static byte[] Cell(int row, int column, byte style) => [(byte)row, 0, (byte)column, 0, style, 0];

        Biff4 Record(ushort type, byte[] data)
        {
            Span<byte> head = stackalloc byte[4];
            BinaryPrimitives.WriteUInt16LittleEndian(head, type);
            BinaryPrimitives.WriteUInt16LittleEndian(head[2..], (ushort)data.Length);
            _bytes.Write(head);
            _bytes.Write(data);
            return this;
        }
    }
}
