using System.Text;
using Pipeline.Formats.Delimited;

namespace Pipeline.Formats.Tests.Delimited;

/// <summary>Records whose quotes break the rules are cut by the number of their fields, where that leaves one way only.</summary>
public sealed class QuoteRepairTests
{
    const string Sound = "id,name,size,note\n1,bolt,\"5, 6\",x\n2,nut,7,\"a, b\"\n3,pin,8,\n4,cap,\"9, 10\",y\n5,rod,11,z\n6,jaw,12,\n";

    [Theory]
    [InlineData("7,\"a 5\" pipe\",3,w", "7|a 5\" pipe|3|w")]
    [InlineData("7,\"long, 5\" wide, new\",3,w", "7|long, 5\" wide, new|3|w")]
    [InlineData("7,\"wide, 5\"\",3,w", "7|wide, 5\"|3|w")]
    [InlineData("7,\"lid,3,\"w, v\"", "7|\"lid|3|w, v")]
    [InlineData("\"7,lid,3,\"w, v\"", "\"7|lid|3|w, v")]
    [InlineData("7,\"\"lid, red\",3,w", "7|\"lid, red|3|w")]
    [InlineData("7,he said \"no\",3,w", "7|he said \"no\"|3|w")]
    public async Task Read_QuotesThatAreText_AreKept(string record, string fields)
    {
        var csv = await Csv.ReadAsync($"{Sound}{record}\n8,peg,13,v\n9,hub,14,u\n");

        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
        csv.Records.Count.ShouldBe(9);
        Plain(csv.Rows[6]).ShouldBe(Plain(fields));
        csv.Warnings.ShouldContain(w => w.Code == "stray_quote" && w.Line == 8);
    }

    [Theory]
    [InlineData("7,\"lid,3")]
    [InlineData("7,\"lid\" and \"more\" and \"most\", x\",3,w")]
    [InlineData("7,lid,3,\"open")]
    [InlineData("7,lid,\"3\"\"\",\"open")]
    public async Task Read_RecordOfNoWayOrSeveral_IsRefusedAlone(string record)
    {
        var csv = await Csv.ReadAsync($"{Sound}{record}\n8,peg,13,v\n9,hub,14,u\n");

        csv.Records.Count.ShouldBe(9);
        csv.Records.Where(r => r.Fault != RejectCode.None).Single().Line.ShouldBe(8);
    }

    [Fact]
    public async Task Read_TextOfSeveralLinesWithQuotesInIt_IsOneField()
    {
        var csv = await Csv.ReadAsync("id,text,n\n1,\"one\ntwo\",2\n3,\"first\n\"big\" second\",4\n5,six,7\n");

        csv.Rows.Select(Plain).ShouldBe(["1|one␊two|2", "3|first␊big second|4", "5|six|7"]);
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
    }

    [Theory]
    [InlineData("\"id,name,size,note")]
    [InlineData("id,\"name,size,note")]
    [InlineData("id,name,size,\"note")]
    [InlineData("id;name;size;note")]
    [InlineData("id name size note")]
    [InlineData("'id','name','size','note'")]
    public async Task Read_HeaderWithDamage_NamesTheColumns(string header)
    {
        var csv = await Csv.ReadAsync(Sound.Replace("id,name,size,note", header, StringComparison.Ordinal));

        csv.Names.ShouldBe(["id", "name", "size", "note"]);
        csv.Records.Count.ShouldBe(6);
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
    }

    [Fact]
    public void Cut_HostileRecord_EndsSoon()
    {
        var record = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("\"a,", 200_000)));
        QuoteRepair.Cut(record, 0, DelimitedDialect.Of(','), 50, QuoteRepair.Opening.IsText).ShouldBeNull();
    }

    /// <summary>Without the quotes that the snapshot puts around fields.</summary>
    static string Plain(string row) => row.Replace("\"", "", StringComparison.Ordinal);
}
