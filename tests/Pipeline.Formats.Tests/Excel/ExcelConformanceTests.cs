using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Pipeline.Formats.Excel;
using Pipeline.TestKit.Formats;

namespace Pipeline.Formats.Tests.Excel;

/// <summary>XML workbooks, with titles, a blank row, an error, a date and notes.</summary>
public sealed class XlsxConformanceTests : FormatConformance
{
    protected override IFormat Format { get; } = new ExcelFormat();

    protected override FormatOptions Options { get; } = FormatOptions.Default;

    protected override byte[] Sample { get; } = WorkbookBuilder.OneSheet(
        ["Report"], ["id", "name", "at"], [1, "Zoë <&>", (44197.5, 22)], [2, null, (44198.0, 14)], [], [3.25, "x", WorkbookBuilder.Error], [4, true], [5, "y"],
        [], ["Source: none"]);
}

/// <summary>Binary workbooks.</summary>
public sealed class XlsbConformanceTests : FormatConformance
{
    protected override IFormat Format { get; } = new ExcelFormat();

    protected override FormatOptions Options { get; } = FormatOptions.Default;

    protected override byte[] Sample { get; } = BinaryWorkbooks.Xlsb(["id", "name"], [1, "Ann"], [2, "ä€"], [3.5, null], [4, "d"], [5, "e"]);
}

/// <summary>Workbooks of Excel 2: bare records.</summary>
public sealed class XlsConformanceTests : FormatConformance
{
    protected override IFormat Format { get; } = new ExcelFormat();

    protected override FormatOptions Options { get; } = FormatOptions.Default;

    protected override byte[] Sample { get; } = BinaryWorkbooks.Biff2(["id", "name"], [1, "Ann"], [2, "Bob"], [3.5, null], [4, "d"], [5, "e"]);
}

public sealed class ExcelRoundTripTests
{
    static readonly string[] s_names = ["id", "a b", "ä", "x.y", "\"q\"", "<t>", "select", "_", "名前", "it's", "a\tb"];

    [Fact]
    public async Task Read_RandomTables_ComeBackAsTheyWereWritten()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var columns = random.Next(1, s_names.Length + 1);
            object?[][] rows = [.. Enumerable.Range(0, random.Next(1, 60)).Select(r => (object?[])[r, .. Enumerable.Range(1, columns - 1).Select(_ => RandomCell(random))])];
            var book = WorkbookBuilder.OneSheet([[.. s_names.Take(columns)], .. rows]);
            var read = await ReadRows.AllAsync(new ExcelFormat(), book, new FormatOptions { HasHeader = true, BlockRows = 7 }, 100);
            read.Columns.ShouldBe(s_names.Take(columns).Select(n => n.Replace('\t', ' ')));
            read.Rows.Count.ShouldBe(rows.Length, $"seed {seed}");
            for (var row = 0; row < rows.Length; row++)
            {
                read.Rows[row].ShouldBe(rows[row].Select(Text), $"seed {seed}, row {row}");
            }
        }
    }

    static object? RandomCell(Random random) => random.Next(6) switch
    {
        0 => null,
        1 => random.Next(-1000, 1000),
        2 => random.NextDouble() * 1e6,
        3 => random.Next(2) == 0,
        4 => Math.Pow(10, random.Next(-20, 20)) * random.Next(1, 9),
        _ => new string([.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => "aä\"<&>,;'\n\u2028日_ "[random.Next(14)])]),
    };

    static string? Text(object? cell) => cell switch
    {
        null => null,
        bool b => b ? "true" : "false",
        double d when Math.Truncate(d) == d && Math.Abs(d) < 1L << 53 => ((long)d).ToString(CultureInfo.InvariantCulture),
        IFormattable n => n.ToString(null, CultureInfo.InvariantCulture),
        _ => (string)cell,
    };
}

/// <summary>Writes small binary workbooks: numbers and texts only.</summary>
static class BinaryWorkbooks
{
    /// <summary>Records of [MS-XLSB] in a zip file.</summary>
    public static byte[] Xlsb(params object?[][] rows)
    {
        const string Package = "http://schemas.openxmlformats.org/package/2006/relationships";
        const string Types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        var target = new MemoryStream();
        using (var zip = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true))
        {
            Put(zip, "_rels/.rels", Encoding.UTF8.GetBytes($"<Relationships xmlns='{Package}'><Relationship Id='r1' Type='{Types}/officeDocument' Target='xl/workbook.bin'/></Relationships>"));
            Put(zip, "xl/_rels/workbook.bin.rels", Encoding.UTF8.GetBytes($"<Relationships xmlns='{Package}'><Relationship Id='s1' Type='{Types}/worksheet' Target='sheet1.bin'/></Relationships>"));
            Put(zip, "xl/workbook.bin", Record(156, [.. Int(0), .. Int(1), .. Wide("s1"), .. Wide("Sheet1")]));
            var sheet = new List<byte>();
            for (var row = 0; row < rows.Length; row++)
            {
                sheet.AddRange(Record(0, [.. Int(row), .. Int(0), .. Int(0)]));
                for (var column = 0; column < rows[row].Length; column++)
                {
                    sheet.AddRange(rows[row][column] switch
                    {
                        null => [],
                        string text => Record(6, [.. Int(column), .. Int(0), .. Wide(text)]),
                        var number => Record(5, [.. Int(column), .. Int(0), .. Double(number)]),
                    });
                }
            }

            Put(zip, "xl/sheet1.bin", [.. sheet, .. Record(146, [])]);
        }

        return target.ToArray();
    }

    /// <summary>Records of Excel 2: type, length, data.</summary>
    public static byte[] Biff2(params object?[][] rows)
    {
        List<byte> book = [9, 0, 4, 0, 2, 0, 0x10, 0, 0, 0, 8, 0, 0, 0, (byte)rows.Length, 0, 0, 0, (byte)rows[0].Length, 0];
        for (var row = 0; row < rows.Length; row++)
        {
            for (var column = 0; column < rows[row].Length; column++)
            {
                byte[] at = [(byte)row, 0, (byte)column, 0, 0, 0, 0];
                book.AddRange(rows[row][column] switch
                {
                    null => [],
                    string text => [4, 0, (byte)(at.Length + 1 + text.Length), 0, .. at, (byte)text.Length, .. Encoding.Latin1.GetBytes(text)],
                    var number => [3, 0, (byte)(at.Length + 8), 0, .. at, .. Double(number)],
                });
            }
        }

        return [.. book, 10, 0, 0, 0];
    }

    static byte[] Record(int type, byte[] data) =>
        [.. type < 0x80 ? (byte[])[(byte)type] : [(byte)((type & 0x7F) | 0x80), (byte)(type >> 7)], (byte)data.Length, .. data];

    static byte[] Int(int value) => BitConverter.GetBytes(value);

    static byte[] Wide(string text) => [.. Int(text.Length), .. Encoding.Unicode.GetBytes(text)];

    static byte[] Double(object value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, Convert.ToDouble(value, CultureInfo.InvariantCulture));
        return bytes;
    }

    static void Put(ZipArchive zip, string name, byte[] content)
    {
        using var stream = zip.CreateEntry(name).Open();
        stream.Write(content);
    }
}
