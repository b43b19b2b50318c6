using System.Text;

namespace Pipeline.Formats.Tests.Delimited;

/// <summary>Lines at the end of a file that are padded to the width of the table, and are no records of it.</summary>
public sealed class TableEndTests
{
    const string Table = "day,shop,amount,kind\n2024-01-01,North,5,a\n2024-01-02,South,6,b\n2024-01-03,,7,c\n2024-01-04,West,8,\n";

    [Theory]
    [InlineData(",,,\n", 1)]
    [InlineData(",,,\n,,,\n\n,,,", 3)]
    [InlineData("FOOTNOTE,,,\nFOOTNOTE,,,\n", 2)]
    [InlineData(",,,\n\"Figures, as known\",,,\n", 2)]
    [InlineData("\nCorrected later,,,\n", 1)]
    [InlineData("Source: the shops,,,\n,,,\n", 2)]
    [InlineData("Total,,,", 1)]
    public async Task Read_PaddedLinesAtTheEnd_AreLeftOutAndSaid(string end, int lines)
    {
        foreach (var text in new[] { Table + end, (Table + end).Replace("\n", "\r\n", StringComparison.Ordinal) })
        {
            var csv = await Csv.ReadAsync(text);
            csv.Rows.ShouldBe(["2024-01-01|North|5|a", "2024-01-02|South|6|b", "2024-01-03||7|c", "2024-01-04|West|8|"]);
            csv.Warnings.ShouldContain(w => w.Code == "lines_below_table" && w.Line >= 6 && w.Message.StartsWith($"{lines} lines", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("2024-01-05,,,\n", "2024-01-05|||")]
    [InlineData("2024-01-05,,,\n2024-01-06,East,9,d\n", "2024-01-06|East|9|d")]
    [InlineData(",,,\n2024-01-06,East,9,d\n", "2024-01-06|East|9|d")]
    [InlineData(",East,,\n", "|East||")]
    public async Task Read_RecordsWithFewValues_StayRecords(string end, string last)
    {
        var csv = await Csv.ReadAsync(Table + end);
        csv.Rows[^1].ShouldBe(last);
        csv.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_KeysWithoutValues_StayRecords()
    {
        var csv = await Csv.ReadAsync("name,a,b\nAnna,,\nBob,1,2\nChris,3,4\nDora,,\n");
        csv.Rows.Length.ShouldBe(4);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(5_000)]
    [InlineData(9_000)]
    [InlineData(1 << 20)]
    public async Task Read_LongFile_EndsTheSameForAnySizeOfBlocks(int bytes)
    {
        var text = new StringBuilder("day,shop,amount,kind\n");
        for (var i = 0; i < 60_000; i++)
        {
            text.Append("2024-01-01,North,").Append(i).Append(",a\n");
        }

        text.Append(",,,\nNot final,,,\n,,,\n");
        var csv = await Csv.ReadAsync(text.ToString(), new FormatOptions { BlockBytes = bytes, BlockRows = 1000 });

        csv.Records.Count.ShouldBe(60_000);
        csv.Rows[^1].ShouldBe("2024-01-01|North|59999|a");
        csv.Warnings.Single().ShouldSatisfyAllConditions(w => w.Code.ShouldBe("lines_below_table"), w => w.Line.ShouldBe(60_002));
    }

    [Fact]
    public async Task Read_DelimiterTooManyBeforeAnEmptyLastColumn_IsRefused()
    {
        var csv = await Csv.ReadAsync("id,n,m,note\n1,2,3,\n4,,5,6,\n7,8,9,\n10,11,12,,\n13,14,15,x\n");

        csv.Records.Where(r => r.Fault != RejectCode.None).Single().ShouldSatisfyAllConditions(r => r.Line.ShouldBe(3), r => r.Fault.ShouldBe(RejectCode.TooManyFields));
        csv.Records.Count.ShouldBe(5);
    }
}
