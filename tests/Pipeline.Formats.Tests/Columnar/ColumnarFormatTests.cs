using System.Text;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Columnar;

public sealed class ColumnarFormatTests
{
    [Theory]
    [InlineData("PAR1\u0015\u0004", "parquet")]
    [InlineData("PARE\u0015\u0004", "parquet")]
    [InlineData("Obj\u0001\u0004\u0014avro.codec", "avro")]
    [InlineData("ARROW1\0\0", "arrow")]
    [InlineData("FEA1\0\0\0\0", "arrow")]
    [InlineData("ORC\b\u0003\u0010\0", "orc")]
    [InlineData("\u00FF\u00FF\u00FF\u00FF\u0010\u0001\0\0\u0010\0\0\0\0\0\n\0\f\0\u0006\0\u0005\0\b\0\n\0\0\0", "arrow_stream")]
    [InlineData("\u0010\u0001\0\0\u0010\0\0\0\0\0\n\0\f\0\u0006\0\u0005\0\b\0\n\0\0\0", "arrow_stream")]
    [InlineData("PK\u0003\u0004\u0014\0\0\0\0\0\0\0\0\0\u0007\u0008\u0009\u000A\u0010\0\0\0\u0010\0\0\0\b\0\0\0mimetype, and a zip file goes on", null)]
    [InlineData("ORC,name\n1,a\n", null)]
    [InlineData("PAR,name\n1,a\n", null)]
    [InlineData("Obj,name\n1,a\n", null)]
    [InlineData("", null)]
    public void Detect_FirstBytes_NameTheFormat(string head, string? expected)
    {
        var probe = new FormatProbe("any.bin", Encoding.Latin1.GetBytes(head), IsWhole: true);

        var sure = ColumnarFormat.All.Where(f => f.Detect(probe).Confidence > 0.5).Select(f => f.Name);

        sure.ShouldBe(expected is null ? [] : [expected]);
    }

    [Theory]
    [InlineData("parquet", "PAR1", RejectCode.CorruptFile)]
    [InlineData("parquet", "PAR1 and some data, but no end", RejectCode.CorruptFile)]
    [InlineData("parquet", "PAR1data\u00FF\u00FF\0\0PAR1", RejectCode.CorruptFile)]
    [InlineData("parquet", "PAR1data\0\0\0\0PARE", RejectCode.EncryptedFile)]
    [InlineData("parquet", "PAREdata\0\0\0\0PARE", RejectCode.EncryptedFile)]
    [InlineData("arrow", "ARROW1\0\0 cut short", RejectCode.CorruptFile)]
    [InlineData("arrow", "FEA1\0\0\0\0 something FEA1", RejectCode.UnsupportedFormat)]
    [InlineData("orc", "ORC\u0001\0", RejectCode.CorruptFile)]
    public void Check_DamagedEnd_IsRefusedWithItsCode(string format, string content, RejectCode expected)
    {
        using var stream = new MemoryStream(Encoding.Latin1.GetBytes(content));

        Should.Throw<BadFileException>(() => ColumnarTail.Check(ColumnarFormat.All.First(f => f.Name == format), stream)).Code.ShouldBe(expected);
    }

    [Fact]
    public void Examine_RandomFooters_AreRefusedOrLeftAsTheyAre()
    {
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var footer = new byte[random.Next(1, 60)];
            random.NextBytes(footer);
            footer[0] = 0x15;
            using var stream = new MemoryStream([.. "PAR1"u8, .. footer, .. BitConverter.GetBytes(footer.Length), .. "PAR1"u8]);
            try
            {
                ParquetFooter.Examine(stream);
            }
            catch (BadFileException e)
            {
                e.Code.ShouldBeOneOf(RejectCode.CorruptFile, RejectCode.UnsupportedType, RejectCode.NotATable);
            }
        }
    }

    // Fields 1 (version), 2 (a root without columns), 3 (rows).
    [Fact]
    public void Examine_NoColumns_IsNoTable()
    {
        var footer = Convert.FromHexString("1502191C480172150000160000");
        using var stream = new MemoryStream([.. "PAR1"u8, .. footer, .. BitConverter.GetBytes(footer.Length), .. "PAR1"u8]);

        Should.Throw<BadFileException>(() => ParquetFooter.Examine(stream)).Code.ShouldBe(RejectCode.NotATable);
    }
}
