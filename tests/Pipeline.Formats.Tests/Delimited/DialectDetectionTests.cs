using Pipeline.Formats.Delimited;

namespace Pipeline.Formats.Tests.Delimited;

public sealed class DialectDetectionTests
{
    [Theory]
    [InlineData("a,b,c\n1,2,3\n4,5,6\n", ",")]
    [InlineData("name;price\nfoo;1,5\nbar;2,5\nbaz;3,75\n", ";")]
    [InlineData("1,5;2,5\n3,5;4,5\n", ";")]
    [InlineData("id\ttext\n1\tHello, world\n2\tBye, world\n3\tWell, no\n", "\t")]
    [InlineData("a|b\n1|x,y\n2|z\n", "|")]
    [InlineData("time,value\n10:20:30,1\n10:20:31,2\n", ",")]
    [InlineData("a;b\n\"x,y,z\";1\n\"p,q,r\";2\n", ";")]
    [InlineData("a^b^c\n1^2^3\n4^5^6\n", "^")]
    [InlineData("a\t\tb\t\tc\n1\t\tx\t\t3\n2\t\t\"y\tz\"\t\t4\n", "\t\t")]
    [InlineData("a\t\tb\t\tc\n1\t\tx\tq\t3\n2\t\ty\t\t4\n", "\t")]
    [InlineData("a\\tb\\tc\n1\\tx\\t3\n2\\ty\\t4\n", "\\t")]
    [InlineData("All of it\n\na||b||c\r1||||3\r2||y||4\r", "||")]
    [InlineData("at~on\n2023-07-10 00:39:00~2020-01-10\n2019-06-04 21:40:00~2023-05-29\n2022-01-04 12:31:00~\n", "~")]
    [InlineData("All of it\nby me, today\n\nno one\tall of it\n5\t262.16\n6\t926.4\n7\t978.4\n", "\t")]
    [InlineData("a#b#c\n1#x y#3\n2#y, z#4\n", "#")]
    [InlineData("a*b*c\n1*2*3\n4*5*6\n", "*")]
    [InlineData("id,text\n1,# one # two\n2,# three ## four\n3,# five #\n", ",")]
    [InlineData("h1,h2\n\"multi\nline;a;b\",1\n\"more;c;d\",2\n", ",")]
    [InlineData("'Hello'|||||||||||\n11|||23||||||||\n45|||||22||||||\n|||||||||||\n|||||||||||\n|8||||||||||9\n", "|")]
    [InlineData("\"Parameter\";;\n\"Name\";\"Value\";\"Default\"\n\"{x}\";0.10;\n;;\n\"Results\";;\n;;\n\"Title\";;\n", ";")]
    [InlineData("'a'|'b'|'c'|'d'\n1|1||1\n2|||2\n3|3||3\n|4||4\n|5||\n|||\n|||\n", "|")]
    [InlineData("a;;b;;c\n1;;;;3\n;;;;\n;;;;\n2;;x;;4\n", ";;")]
    [InlineData("date,temp\n2024-01-01 10:00:00,055\n2024-01-01 11:00:00,655\n", ",")]
    [InlineData("date,temp\n2024-01-01 10:00:00,5.5\n2024-01-01 11:00:00,6.5\n", ",")]
    public async Task Detect_Delimiter_IsFound(string text, string delimiter) =>
        (await Csv.ReadAsync(text)).Dialect.Delimiter.ShouldBe(delimiter);

    [Theory]
    [InlineData("10:20:30\n10:20:31\n10:20:32\n")]
    [InlineData("2024-01-01 10:20:30\n2024-01-02 10:20:31\n2024-01-03 10:20:32\n")]
    [InlineData("2024-01-01 10:20:30,055\n2024-01-02 10:20:31,123\n2024-01-03 10:20:32,999\n")]
    [InlineData("word\nother\nthird\n")]
    [InlineData("\" 77 \"\n\" 83 \"\n\n\" 65,535 \"\n\" 300,000 \"\n\"-4,000,000\"\n")]
    [InlineData("1\n2\n3\n")]
    public async Task Detect_OneColumn_StaysOne(string text) => (await Csv.ReadAsync(text)).Names.Count.ShouldBe(1);

    [Theory]
    [InlineData("'x'|'y'|'z'\n'M 1'||'M 2'\n||\n'M 3'|'B4'|\n|'B5'|\n|'B6'|\n'M 4'||\n", "x,y,z", 6)]
    [InlineData("||||\n||||\n||||\n1|2|3|4|5\n||||\n", "c1,c2,c3,c4,c5", 4)]
    [InlineData("| x | y |\n|---|---|\n| 1 | 2 |\n| 3 |   |\n", "x,y", 2)]
    public async Task Detect_Pipes_AreAFrameOnlyAroundWholeRows(string text, string names, int rows)
    {
        var read = await Csv.ReadAsync(text);

        string.Join(',', read.Names).ShouldBe(names);
        read.Rows.Length.ShouldBe(rows);
        read.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
    }

    [Fact]
    public async Task Detect_NumbersOfThreeDigitsBehindTimes_AreNoFractions() =>
        (await Csv.ReadAsync("2024-01-01 10:20:30,655\n2024-01-02 10:20:31,123\n2024-01-03 10:20:32,999\n")).Names.Count.ShouldBe(2);

    [Theory]
    [InlineData("id,name\n1,x\n2,y\n", true)]
    [InlineData("1,x\n2,y\n3,z\n", false)]
    [InlineData("name,city\nAnna,Rome\nBob,Paris\n", true)]
    [InlineData("red,blue\nblue,red\nred,red\nblue,blue\n", false)]
    [InlineData("country,2000,2001,2002\nDE,1.5,2.5,3.5\nFR,1,2,3\n", true)]
    [InlineData("id,100022,100025\nid1,TRUE,FALSE\nid2,TRUE,TRUE\n", true)]
    [InlineData("2024-01-01,5\n2024-01-02,6\n", false)]
    [InlineData("a,a\n1,2\n3,4\n", true)]
    [InlineData(",x,y\n0,1,2\n1,3,4\n", true)]
    [InlineData("00501,5\n10001,6\n", false)]
    [InlineData("ash\nbirch\ncedar\nelm\nfir\nhazel\nlarch\nmaple\noak\npine\nspruce\n", false)]
    [InlineData("Airport\nAmsterdam Schiphol\nBarcelona El Prat\nCopenhagen\nDublin\nEdinburgh\nFrankfurt\nGeneva\nHelsinki\nIstanbul\nMadrid\nOslo\n", true)]
    [InlineData("arith\narith.diff\narith.grad\nem\nem.IR\nem.gamma\nem.line\ninstr\nmeta\nobs\nphot\nphys\npos\nspect\n", false)]
    [InlineData("bank\ncampus\nhotel\nlibrary\nmuseum\noffice\npark\nport\nschool\nstadium\nstation\nstore\n", false)]
    [InlineData("# of today\n2020-02-26,true,2022-04-12,2024-04-29\n2021-12-26,true,2019-04-12,2023-01-29\n2023-03-06,false,2022-09-12,2020-04-29\n", false)]
    [InlineData("tree\nash\nbirch\ncedar\nelm\nfir\nhazel\nlarch\nmaple\noak\npine\nspruce\n", true)]
    [InlineData("AD,Andorra\nAE,Emirates\nAF,Afghans\nAG,Antigua\nAL,Albania\nAM,Armenia\nAO,Angola\nAR,Argentina\nAT,Austria\nAU,Australia\nAZ,Azeris\n", false)]
    [InlineData("\"per head\",\"Area\",\"1969  \",\"1970  \",\"1971  \"\n\"4\",\"North\",3836 ,4084 ,4340 \n\"4\",\"South\",2734 ,2962 ,3206 \n", true)]
    public async Task Detect_Header_IsDecidedByTheBody(string text, bool header)
    {
        var csv = await Csv.ReadAsync(text);
        csv.Dialect.Header.ShouldBe(header);
        if (!header)
        {
            csv.Names[0].ShouldBe("c1");
        }
    }

    [Theory]
    [InlineData("id,name\n'it\\'s',5\n'he, \\'she\\'',6\n", "'", "\\", "it's|5 he, 'she'|6")]
    [InlineData("id,name\nplain,5\n'it''s, new',6\n", "'", "'", "plain|5 it's, new|6")]
    public async Task Detect_QuoteAndEscape_AreFound(string text, string quote, string escape, string rows)
    {
        var csv = await Csv.ReadAsync(text);
        csv.Dialect.Quote.ShouldBe(quote);
        csv.Dialect.Escape.ShouldBe(escape);
        string.Join(' ', csv.Rows).Replace("\"", "", StringComparison.Ordinal).ShouldBe(rows);
    }

    [Fact]
    public async Task Detect_EscapeOnceInManyRecords_IsFound()
    {
        var rows = string.Concat(Enumerable.Range(1, 120).Select(i => i == 33 ? "33,\"5\\\" pipe\"\n" : $"{i},plain\n"));
        var csv = await Csv.ReadAsync("id,name\n" + rows);
        csv.Dialect.Escape.ShouldBe("\\");
        csv.Rows[32].ShouldBe("33|\"5\" pipe\"");
    }

    [Fact]
    public async Task Detect_FixedOptions_Win()
    {
        var csv = await Csv.ReadAsync("a,b;c\n1,2;3\n", new FormatOptions { Delimiter = ';', HasHeader = false });
        csv.Rows.ShouldBe(["a,b|c", "1,2|3"]);
    }

    [Fact]
    public async Task Detect_RowNamesWithoutName_GetAColumn()
    {
        var csv = await Csv.ReadAsync("mpg,cyl\n\"Mazda RX4\",21,6\n\"Datsun 710\",22.8,4\n\"Valiant\",18.1,6\n");
        csv.Names.ShouldBe(["", "mpg", "cyl"]);
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
    }

    [Fact]
    public void Detect_Probe_SaysHowSureItIs()
    {
        var format = new DelimitedFormat();
        var table = format.Detect(new FormatProbe("x.csv", "a,b,c\n1,2,3\n4,5,6\n"u8.ToArray(), true));
        var json = format.Detect(new FormatProbe("x.json", "[{\"a\":1},{\"a\":2}]"u8.ToArray(), true));
        var archive = format.Detect(new FormatProbe("x.csv", "PK\u0003\u0004 and so on"u8.ToArray(), true));

        table.Confidence.ShouldBeGreaterThan(0.8);
        json.Confidence.ShouldBeLessThan(0.4);
        archive.Confidence.ShouldBe(0);
    }
}
