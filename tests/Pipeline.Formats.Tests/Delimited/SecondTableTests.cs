namespace Pipeline.Formats.Tests.Delimited;

/// <summary>Files with more than one table.</summary>
public sealed class SecondTableTests
{
    /// <summary>Two tables one below the other cannot be one: that is said with the line of the second.</summary>
    [Theory]
    [InlineData("id,value\n1,10\n2,20\n3,30\n\nname,city\nAnna,Ulm\nBo,Rom\nCy,Oslo\n", 6)]
    [InlineData("day,n,note\n2024-01-01,10,a\n2024-01-02,20,b\n2024-01-03,30,c\nx,y,z\n1,2,3\n4,5,6\n7,8,9\n", 5)]
    [InlineData("id,n,note,m\n1,10,a,1\n2,20,b,2\n3,30,c,3\n4,40,d,4\n\nname,city\nAnna,Ulm\nBo,Rom\n", 7)]
    [InlineData("Things,,,\nname,no,version,by\nAnna,131360,0.1,Jo\nBo,132810,0.1,Jo\nCy,132596,0.2,Jo\n~~~~,,,\n\nPeople,,,\nwho,firm,town,\nAnna,One,Ulm,\nBo,Two,Rom,\n", 9)]
    [InlineData("Table 1\nid,name\n1,Anna\n2,Bo\n3,Cy\n\nTable 2\nitem,price\nChair,10.5\nLamp,12.0\nDesk,99.5\n", 8)]
    [InlineData("id,name\n1,Anna\n2,Bo\n\nitem,price,stock\nChair,10.5,3\nTable,99.0,1\nLamp,12.0,9\nDesk,14.0,9\n", 1)]
    public async Task Read_SecondTable_IsSaid(string text, int line)
    {
        var csv = await Csv.ReadAsync(text);
        csv.Warnings.Where(w => w.Code == "second_table").Select(w => w.Line).ShouldBe([line]);
    }

    [Theory]
    [InlineData("name,town,no,note\nAnna,Ulm,1,\nBo,Rom,2,\nCy,Linz,3,\nDi,Oslo,N/A,late\nEd,Bonn,5,6\nFlo,Kiel,7,\n")]
    [InlineData("name,town,no,note\nAnna,Ulm,1,\nBo,Rom,2,\nCy,Linz,3,\nDi,Oslo,none here,late\nEd,Bonn,5,6\nFlo,Kiel,7,8\n")]
    [InlineData("id,n\n1,10\n2,20\nx,low\n3,30\n4,40\n")]
    [InlineData("id,n,name\n1,10,a\n\n2,20,b\n\n3,30,c\n\n4,40,d\n")]
    [InlineData("id,n\n1,10\n2,20\n\nTotal,many\n")]
    [InlineData("Report:,2024\nBy:,me\n\nid,name,n\n1,x,2\n2,y,3\n")]
    [InlineData("a,b\n1,10\n2,20\n\na,b\n3,x\n4,y\n")]
    public async Task Read_OneTable_HasNoSecond(string text) => (await Csv.ReadAsync(text)).Warnings.ShouldNotContain(w => w.Code == "second_table");
}
