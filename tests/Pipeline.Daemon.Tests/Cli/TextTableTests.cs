using Pipeline.Daemon.Cli;

namespace Pipeline.Daemon.Tests.Cli;

public sealed class TextTableTests
{
    [Fact]
    public void Write_NumbersAndTexts_AreAligned()
    {
        var table = new TextTable("file", "rows", "note");
        table.Add("a.csv", 5L, "x");
        table.Add("longer.csv", 12_345L, null);
        var output = new StringWriter { NewLine = "\n" };

        table.Write(output);

        output.ToString().ShouldBe("FILE         ROWS  NOTE\na.csv           5  x\nlonger.csv  12345\n");
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("new\nline", "new line")]
    [InlineData("esc\u001b[31m", "esc\\x1b[31m")]
    [InlineData("a\r\n   b", "a b")]
    public void Flat_OddTexts_StayOnOneLine(string text, string expected) => TextTable.Flat(text).ShouldBe(expected);

    [Fact]
    public void OneLine_FileNameWithALineBreak_IsStillOneName() => TextTable.OneLine("a\nb.csv").ShouldBe("a\\x0ab.csv");

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(5L << 40, "5 TiB")]
    public void Bytes_AreReadable(long bytes, string expected) => Humanly.Bytes(bytes).ShouldBe(expected);
}
