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
    [InlineData("h1,h2\n\"multi\nline;a;b\",1\n\"more;c;d\",2\n", ",")]
    [InlineData("date,temp\n2024-01-01 10:00:00,5.5\n2024-01-01 11:00:00,6.5\n", ",")]
    public async Task Detect_Delimiter_IsFound(string text, string delimiter) =>
        (await Csv.ReadAsync(text)).Dialect.Delimiter.ShouldBe(delimiter);

    [Theory]
    [InlineData("10:20:30\n10:20:31\n10:20:32\n")]
    [InlineData("2024-01-01 10:20:30\n2024-01-02 10:20:31\n2024-01-03 10:20:32\n")]
    [InlineData("word\nother\nthird\n")]
    [InlineData("1\n2\n3\n")]
    public async Task Detect_OneColumn_StaysOne(string text) => (await Csv.ReadAsync(text)).Names.Count.ShouldBe(1);

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
