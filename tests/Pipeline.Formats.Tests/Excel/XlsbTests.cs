using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Pipeline.Formats.Excel;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Excel;

/// <summary>Binary workbooks (<c>.xlsb</c>), written record by record ([MS-XLSB] 2.3).</summary>
public sealed class XlsbTests
{
    static readonly ExcelFormat s_format = new();

    [Fact]
    public async Task Read_CellsWithoutAColumn_AreRightOfTheOnesBefore()
    {
        var book = new Sheet()
            .Row(0).Cell(6, 1, Text("id")).Short(17, Text("name")).Short(12).Short(17, Text("ok")).Short(17, Text("x"))
            .Row(1).Short(12).Short(13, Rk(7)).Short(18, Int(0)).Short(12).Short(15, [1]).Short(16, BitConverter.GetBytes(0.25))
            .Row(2).Cell(1, 0).Short(13, Rk(8)).Short(14, [0x2A]).Cell(4, 4, [0]).Short(16, BitConverter.GetBytes(0.5));

        var read = await ReadRows.AllAsync(s_format, book.ToArray());

        read.Columns.ShouldBe(["id", "name", "ok", "x"]);
        read.Text.ShouldBe("7|shared|true|0.25\n8|∅|false|0.5");
        read.Warnings.ShouldHaveSingleItem().Code.ShouldBe("error_cells");
    }

    [Fact]
    public async Task Read_CellsThatGoBack_AreDamage()
    {
        var book = new Sheet().Row(0).Cell(2, 1, Rk(1)).Cell(2, 0, Rk(2));

        (await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, book.ToArray()))).Code.ShouldBe(RejectCode.CorruptFile);
    }

    static byte[] Rk(int value) => Int((value << 2) | 2);

    static byte[] Int(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    static byte[] Text(string text) => [.. Int(text.Length), .. Encoding.Unicode.GetBytes(text)];

    /// <summary>A workbook of one sheet and one shared string, "shared".</summary>
    sealed class Sheet
    {
        readonly MemoryStream _records = new();

        public Sheet() => Record(_records, 145);

        public Sheet Row(int row)
        {
            Record(_records, 0, [.. Int(row), .. new byte[13]]);
            return this;
        }

        public Sheet Cell(int type, int column, params byte[] value)
        {
            Record(_records, type, [.. Int(column), .. Int(0), .. value]);
            return this;
        }

        public Sheet Short(int type, params byte[] value)
        {
            Record(_records, type, [.. Int(0), .. value]);
            return this;
        }

        public byte[] ToArray()
        {
            const string Package = "http://schemas.openxmlformats.org/package/2006/relationships";
            const string Types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
            Record(_records, 146);
            var target = new MemoryStream();
            using (var zip = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true))
            {
                Put(zip, "_rels/.rels", Encoding.UTF8.GetBytes(
                    $"<Relationships xmlns='{Package}'><Relationship Id='r1' Type='{Types}/officeDocument' Target='xl/workbook.bin'/></Relationships>"));
                Put(zip, "xl/_rels/workbook.bin.rels", Encoding.UTF8.GetBytes(
                    $"<Relationships xmlns='{Package}'><Relationship Id='s1' Type='{Types}/worksheet' Target='worksheets/sheet1.bin'/>"
                    + $"<Relationship Id='s2' Type='{Types}/sharedStrings' Target='sharedStrings.bin'/></Relationships>"));
                Put(zip, "xl/workbook.bin", One(156, [.. Int(0), .. Int(1), .. Text("s1"), .. Text("Sheet1")]));
                Put(zip, "xl/sharedStrings.bin", One(19, [0, .. Text("shared")]));
                Put(zip, "xl/worksheets/sheet1.bin", _records.ToArray());
            }

            return target.ToArray();
        }

        static byte[] One(int type, byte[] data)
        {
            var records = new MemoryStream();
            Record(records, type, data);
            return records.ToArray();
        }

        static void Record(MemoryStream records, int type, params byte[] data)
        {
            if (type >= 128)
            {
                records.WriteByte((byte)(type | 0x80));
                type >>= 7;
            }

            records.WriteByte((byte)type);
            records.WriteByte((byte)data.Length);
            records.Write(data);
        }

        static void Put(ZipArchive zip, string name, byte[] bytes)
        {
            using var part = zip.CreateEntry(name).Open();
            part.Write(bytes);
        }
    }
}
