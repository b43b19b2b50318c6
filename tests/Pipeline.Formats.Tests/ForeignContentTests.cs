using System.Text;

namespace Pipeline.Formats.Tests;

public sealed class ForeignContentTests
{
    [Theory]
    [InlineData("\u0089PNG\r\n\u001a\n\0\0\0\rIHDR", "a PNG picture")]
    [InlineData("\u00ff\u00d8\u00ff\u00e0\0\u0010JFIF\0", "a JPEG picture")]
    [InlineData("ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K\"id\"\r\n", "a SYLK sheet")]
    [InlineData("ID;PCALCOOO32\nC;X1;Y1;K\"Name\"\n", "a SYLK sheet")]
    [InlineData("TABLE\n0,1\n\"Sheet1\"\nVECTORS\n0,6\n", "a DIF sheet")]
    [InlineData("\u0003\u007a\u0004\u0005\u0001\0\0\0\u0041\0\u0010\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0ID\0\0\0\0\0\0\0\0\0N\0\0\0\0\u0006\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\r", "a dBASE table")]
    [InlineData("HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!000000000000000000000000000000  ", "a SAS transport file")]
    [InlineData("\u0072\u0002\u0001\0\u0005\0", "a Stata file")]
    [InlineData("\0\0\u0002\0\u0006\u0004\u0006\0\b\0\0\0\0\0\u0001\0", "a Lotus 1-2-3 sheet")]
    [InlineData("GIF89a\u0001\0\u0001\0", "a GIF picture")]
    [InlineData("\0\0\0\u0020ftypisom\0\0\u0002\0", "a film or recording (MP4, MOV, HEIC)")]
    [InlineData("%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n1 0 obj\n", "a PDF document")]
    [InlineData("\u007fELF\u0002\u0001\u0001\0", "a program for Linux")]
    [InlineData("MZ\u0090\0\u0003\0\0\0", "a program for Windows")]
    [InlineData("SQLite format 3\0\u0010\0", "an SQLite database")]
    [InlineData("{\\rtf1\\ansi one, two\n}", "an RTF document")]
    [InlineData("-- MySQL dump 10.13\nINSERT INTO t VALUES (1,2);\n", "an SQL dump")]
    [InlineData("<!DOCTYPE html><html><body>404, not found</body></html>", "an HTML page")]
    [InlineData("\n  <HTML>\n<table><tr><td>1,2</td></tr></table></HTML>\n", "an HTML page")]
    [InlineData("<?xml version=\"1.0\"?>\n<rows><row>1,2</row></rows>", "an XML document")]
    [InlineData("<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?><Workbook/>", "a workbook saved as XML")]
    [InlineData("<!-- made by hand -->\n<rows/>", "an XML document")]
    [InlineData("<rows><row a=\"1\"/><row a=\"2\"/></rows>\n", "an XML document")]
    [InlineData("<row>1,2,3</row>", "an XML document")]
    public void Of_SomethingElse_IsToldByItsContent(string text, string what)
    {
        var foreign = Of(Encoding.Latin1.GetBytes(text));

        foreign!.What.ShouldBe(what);
        foreign.ToDo.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("┌────┬────┐\n│ id │ n  │\n├────┼────┤\n│ 1  │ x  │\n└────┴────┘\n", "a table drawn with lines for a screen")]
    [InlineData("╭────╮\n│ id │\n╰────╯\n", "a table drawn with lines for a screen")]
    [InlineData("-[ RECORD 1 ]-\nid | 1\n", "a query result of psql, a value a line")]
    [InlineData("*************************** 1. row ***************************\nid: 1\n", "a query result of mysql, a value a line")]
    public void Of_ResultsForAScreen_AreTold(string text, string what) => Of(Encoding.UTF8.GetBytes(text))!.What.ShouldBe(what);

    [Theory]
    [InlineData("\u0002\u0021L\u0018\u0010\0\0\0", "compressed in the old format of lz4")]
    [InlineData("]\0\0\u0080\0\u00ff\u00ff", "compressed in the old format of LZMA")]
    [InlineData("\u00ff\u0006\0\0sNaPpY", "compressed with snappy")]
    [InlineData("\u001f\u008b\u0008\0\0\0\0\0", "compressed twice, at least, and inside it is gzip")]
    public void Of_AnotherCompression_IsTold(string bytes, string what) => Of(Encoding.Latin1.GetBytes(bytes))!.What.ShouldBe(what);

    [Fact]
    public void Of_TarWithADamagedHeader_IsTold()
    {
        var tar = new byte[1024];
        "a.csv"u8.CopyTo(tar);
        "ustar"u8.CopyTo(tar.AsSpan(257));

        Of(tar)!.What.ShouldBe("a tar archive whose beginning is damaged");
    }

    [Theory]
    [InlineData("BZh", "x.csv.bz2", true)]
    [InlineData("BZh9", "x.csv.bz2", true)]
    [InlineData("\u00fd7zXZ", "x.csv.xz", true)]
    [InlineData("\u0028\u00b5\u002f", "x.csv.zst", true)]
    [InlineData("BZh", "x.csv", false)]
    [InlineData("id,name\n1,a\n", "x.csv.gz", false)]
    [InlineData("", "x.csv.gz", false)]
    public void Of_NoMoreThanTheStartOfACompressedFile_IsTruncatedAndNoTable(string bytes, string name, bool isTold) =>
        (ForeignContent.Of(new FormatProbe(name, Encoding.Latin1.GetBytes(bytes), true)) is { ToDo: var toDo } && toDo.Contains("truncated", StringComparison.Ordinal)).ShouldBe(isTold);

    [Theory]
    [InlineData("BMI,weight\n22.5,70\n")]
    [InlineData("MZ,name\n1,a\n")]
    [InlineData("ID3,name\n1,a\n")]
    [InlineData("id,ftyp\n1,a\n")]
    [InlineData("ID;Price;Name\n1;2;a\n")]
    [InlineData("TABLE\n0,1,2\n3,4,5\n")]
    [InlineData("0\t\b\t1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16\n")]
    [InlineData("<b>id</b>,<b>name</b>\n1,a\n")]
    [InlineData("<id>,<name>\n1,a\n")]
    [InlineData("<5,5-10,>10\n1,2,3\n")]
    [InlineData("<b>x</b>,1\n<b>y</b>,2\n")]
    [InlineData("a,b\n<html>,1\n")]
    [InlineData("{\"a\": 1}")]
    public void Of_ATableThatLooksALittleLikeIt_IsNull(string text) => Of(Encoding.UTF8.GetBytes(text)).ShouldBeNull();

    [Fact]
    public void Of_MarkupInUtf16_IsToldToo()
    {
        Of([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("<?xml version=\"1.0\"?><r/>")])!.What.ShouldBe("an XML document");
        Of(Encoding.BigEndianUnicode.GetBytes("<html><body>x</body></html>"))!.What.ShouldBe("an HTML page");
    }

    [Fact]
    public void Of_LargeXmlWithoutProlog_IsToldByItsStart()
    {
        var text = "<rows>\n" + string.Concat(Enumerable.Repeat("  <row><a>1</a><b>2</b></row>\n", 10_000));

        ForeignContent.Of(new FormatProbe("x.csv", Encoding.UTF8.GetBytes(text), false))!.What.ShouldBe("an XML document");
    }

    static ForeignContent? Of(byte[] bytes) => ForeignContent.Of(new FormatProbe("x.csv", bytes, true));
}
