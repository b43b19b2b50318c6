using System.Text;

namespace Pipeline.Formats.Tests.Delimited;

/// <summary>Files as people have them: each text with the names and rows it must give.</summary>
public sealed class MessyFileTests
{
    [Theory]
    [InlineData("a||b||c\n1||x||2\n3||y||4\n", "||", "a b c", "1|x|2")]
    [InlineData("a~|~b\n1~|~x\n3~|~y\n", "~|~", "a b", "1|x")]
    [InlineData("a::b\n1::x\n3::y\n", "::", "a b", "1|x")]
    [InlineData("a, b, c\n1, x, 2\n3, \"y, z\", 4\n", ",", "a b c", "1|x|2 3|\"y, z\"|4")]
    [InlineData("a;b\n1;'x;y'\n2;'z'\n3;'w;'\n", ";", "a b", "1|\"x;y\" 2|\"z\" 3|\"w;\"")]
    [InlineData("a,b\n1,\"x \\\"y\\\", z\"\n2,\"w\"\n3,\"v \\\"u\\\"\"\n", ",", "a b", "1|\"x \"y\", z\" 2|\"w\"")]
    [InlineData("id   name    n\n1    anna    20\n22   bo      3\n333  chris   14\n4    dora    5\n", " ", "id name n", "1|anna|20 22|bo|3")]
    [InlineData("id   full name     n\n1    anna berg     20\n22   bo            3\n333  chris li      14\n4    dora v d m    5\n", " ", "id full_name n", "1|anna_berg|20 22|bo|3")]
    [InlineData("1.0  2.5   3\n1.25 2.75 33\n1.5  3.25  4\n", " ", "c1 c2 c3", "1.0|2.5|3 1.25|2.75|33")]
    public async Task Read_Dialect_IsFound(string text, string delimiter, string names, string rows)
    {
        var csv = await Csv.ReadAsync(text);
        csv.Dialect.Delimiter.ShouldBe(delimiter);
        string.Join(' ', csv.Names.Select(n => n.Replace(' ', '_'))).ShouldBe(names);
        string.Join(' ', csv.Rows).Replace(' ', '_').ShouldStartWith(rows.Replace(' ', '_'));
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
    }

    [Theory]
    [InlineData("Sales report\nGenerated 2024-01-01\n\nid,name,n\n1,x,2\n2,y,3\n", 3, 4)]
    [InlineData("Sales report,,\n,,\nid,name,n\n1,x,2\n2,y,3\n", 2, 3)]
    [InlineData("# made by a program\n# second line\nid,name,n\n1,x,2\n2,y,3\n", 2, 3)]
    [InlineData("sep=,\nid,name,n\n1,x,2\n2,y,3\n", 1, 2)]
    [InlineData("Report:,2024\nBy:,me\n\nid,name,n\n1,x,2\n2,y,3\n", 3, 4)]
    [InlineData("\n\nid,name,n\n1,x,2\n2,y,3\n", 0, 3)]
    public async Task Read_LinesAboveTheTable_AreLeftOut(string text, int skipped, int headerLine)
    {
        var csv = await Csv.ReadAsync(text);
        csv.Names.ShouldBe(["id", "name", "n"]);
        csv.Rows.ShouldBe(["1|x|2", "2|y|3"]);
        csv.Dialect.SkipLines.ShouldBe(skipped);
        csv.Records[0].Line.ShouldBe(headerLine + 1);
    }

    [Theory]
    [InlineData("(2 rows affected)\n")]
    [InlineData("\nExported by a program on Monday\n")]
    [InlineData("\nSource: somewhere\nNote: nothing\n")]
    [InlineData("-- end\n")]
    public async Task Read_LinesBelowTheTable_AreLeftOutAndSaid(string footer)
    {
        foreach (var bytes in new[] { 64, 100, 4096 })
        {
            var csv = await Csv.ReadAsync("id,name,n\n1,x,2\n2,y,3\n3,z,4\n" + footer, new FormatOptions { BlockBytes = bytes, BlockRows = 16 });
            csv.Rows.ShouldBe(["1|x|2", "2|y|3", "3|z|4"]);
            csv.Warnings.ShouldContain(w => w.Code == "lines_below_table" || w.Code == "comment_lines");
        }
    }

    [Fact]
    public async Task Read_LastRecordCutShort_IsRefusedRatherThanLeftOut()
    {
        var csv = await Csv.ReadAsync("id,name,n\n1,x,2\n2,y,3\n3");
        csv.Records.Select(r => r.Fault).ShouldBe([RejectCode.None, RejectCode.None, RejectCode.TooFewFields]);
    }

    [Fact]
    public async Task Read_CommentsAndRepeatedHeaders_AreLeftOut()
    {
        var csv = await Csv.ReadAsync("# first\nid,name\n1,x\n# second, with a comma, or two\n2,y\nid,name\n3,z\n#4,data\n", new FormatOptions { HasHeader = true });
        csv.Names.ShouldBe(["id", "name"]);
        csv.Rows.ShouldBe(["1|x", "2|y", "3|z", "#4|data"]);
        csv.Warnings.Select(w => w.Code).ShouldBe(["lines_above_table", "comment_lines", "repeated_header"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("Group,,Other,\na,b,c,d\n1,2,3,4\n5,6,7,8\n9,1,2,3\n", "Group a|Group b|Other c|Other d")]
    [InlineData("time,speed\ns,m/s\n1,2\n3,4\n5,6\n", "time s|speed m/s")]
    public async Task Read_HeaderOfSeveralLines_IsJoined(string text, string names) =>
        string.Join('|', (await Csv.ReadAsync(text)).Names.Select(n => n.TrimStart())).ShouldBe(names.Replace(" |", "|", StringComparison.Ordinal));

    [Fact]
    public async Task Read_TablesSideBySide_AreRefused()
    {
        var e = await Should.ThrowAsync<Records.BadFileException>(() => Csv.ReadAsync("id,n,,id,n\n1,2,,7,8\n3,4,,9,1\n5,6,,,\n"));
        e.Code.ShouldBe(RejectCode.NotATable);
    }

    [Theory]
    [InlineData("iso-8859-1", "id,name\n1,Müller\n2,André\n3,Peña\n")]
    [InlineData("windows-1252", "id,name\n1,it’s – “quoted”\n2,Jörg’s\n")]
    [InlineData("iso-8859-2", "id,name\n1,Łódź żółć gęślą jaźń\n2,książka święta\n")]
    [InlineData("windows-1251", "id,name\n1,Москва\n2,Санкт-Петербург\n3,привет всем\n")]
    [InlineData("koi8-r", "id,name\n1,Москва\n2,Санкт-Петербург\n3,привет всем\n")]
    [InlineData("iso-8859-7", "id,name\n1,Αθήνα\n2,Θεσσαλονίκη\n3,καλημέρα κόσμε\n")]
    [InlineData("shift_jis", "id,name\n1,東京都\n2,カタカナとひらがな\n3,日本語の文章です\n")]
    [InlineData("euc-jp", "id,name\n1,東京都\n2,カタカナとひらがな\n3,日本語の文章です\n")]
    [InlineData("gb18030", "id,name\n1,北京市\n2,中国人民银行\n3,你好世界\n")]
    [InlineData("big5", "id,name\n1,台北市\n2,中華民國\n3,你好世界\n")]
    [InlineData("euc-kr", "id,name\n1,서울특별시\n2,대한민국\n3,안녕하세요\n")]
    [InlineData("macintosh", "id,name\n1,café crème\n2,it’s “naïve”\n3,Zürich übergroß\n")]
    [InlineData("utf-16", "id,name\n1,x\n2,äöü\n3,z\n")]
    [InlineData("utf-16BE", "id,name\n1,x\n2,äöü\n3,z\n")]
    [InlineData("utf-32", "id,name\n1,x\n2,äöü\n3,z\n")]
    public async Task Read_EncodingWithoutMark_IsFoundAndSaid(string encoding, string text)
    {
        var bytes = EncodingOf(encoding).GetBytes(text);
        var csv = await Csv.ReadAsync(bytes);
        var lines = text.TrimEnd().Split('\n');
        csv.Rows.ShouldBe(lines[1..].Select(l => l.Replace(',', '|')));
        csv.Warnings.ShouldContain(w => w.Code == "encoding_guessed");
    }

    [Fact]
    public async Task Read_FirstForeignByteFarDown_DecidesTheEncodingThere()
    {
        var text = "id,name\n" + string.Concat(Enumerable.Range(0, 2000).Select(i => $"{i},plain {i}\n")) + "2000,Düsseldorf\n2001,Köln\n";
        var bytes = Encoding.Latin1.GetBytes(text);
        var options = new FormatOptions { BlockBytes = 512, BlockRows = 64, Limits = new FormatLimits { HeadSampleBytes = 1024 } };
        var csv = await Csv.ReadAsync(bytes, options);

        csv.Records.Count.ShouldBe(2002);
        csv.Rows[^2..].ShouldBe(["2000|Düsseldorf", "2001|Köln"]);
        csv.Records[^1].Line.ShouldBe(2003);
        csv.Warnings.Single(w => w.Code == "encoding_guessed").Line.ShouldBe(2002);
    }

    static Encoding EncodingOf(string name) => name switch
    {
        "utf-32" => new UTF32Encoding(false, false),
        "utf-16" => new UnicodeEncoding(false, false),
        "utf-16BE" => new UnicodeEncoding(true, false),
        "iso-8859-1" => Encoding.Latin1,
        _ => CodePagesEncodingProvider.Instance.GetEncoding(name)!,
    };

    [Theory]
    [InlineData("notes.txt", "Dear all,\nI write to you about the meeting of last week, which was long.\nIt went well, I think, and we agreed on most points.\nYours, truly, me\n")]
    [InlineData("readme.md", "# Title\n\nThis is a text about a program that does things.\nIt has several sentences in it.\nEach of them says little.\n")]
    [InlineData("page.html", "<!DOCTYPE html>\n<html>\n<body>a,b</body>\n</html>\n")]
    public void Detect_Prose_IsNotBelieved(string name, string text) =>
        new Pipeline.Formats.Delimited.DelimitedFormat().Detect(new FormatProbe(name, Encoding.UTF8.GetBytes(text), true)).Confidence.ShouldBeLessThan(0.2);
}
