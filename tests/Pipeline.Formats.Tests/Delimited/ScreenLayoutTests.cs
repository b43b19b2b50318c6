namespace Pipeline.Formats.Tests.Delimited;

/// <summary>Texts that are laid out for a screen, by tabs, rulers or blanks, and lines that only look as if they were cut.</summary>
public sealed class ScreenLayoutTests
{
    [Theory]
    [InlineData("name\t\tqty\t\tprice\nbolt\t\t5\t\t1.5\nlong name here\t7\t\t2.25\nnut\t\t100\t\t3\n", "name|qty|price", "bolt|5|1.5 long_name_here|7|2.25 nut|100|3")]
    [InlineData("id\t\tcity\nn1\t\tRome\nn22222222\tNew York\nn3\t\tOslo\n", "id|city", "n1|Rome n22222222|New_York n3|Oslo")]
    [InlineData("1.5\t2     3 \n2.5\t4     5 \n3.5\t6     7 \n", "c1|c2|c3", "1.5|2|3 2.5|4|5 3.5|6|7")]
    [InlineData("a\tb\tc\n1\t\t2\n3\t4\t5\n6\t\t7\n", "a|b|c", "1||2 3|4|5 6||7")]
    public async Task Read_TabsAsLayout_AreOneDelimiter(string text, string names, string rows)
    {
        var csv = await Csv.ReadAsync(text);
        string.Join('|', csv.Names).ShouldBe(names);
        string.Join(' ', csv.Rows.Select(r => r.Replace(' ', '_'))).ShouldBe(rows);
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
    }

    [Fact]
    public async Task Read_ColumnsBelowARuler_AreCutWhereItSaysSo()
    {
        var csv = await Csv.ReadAsync(
            "id    name          note\n----- ------------- ----------\n    1 Ann Berg      was here\n   22 Bo            \n  333 Cid von Olm   gone\n\n(3 rows affected)\n");

        csv.Names.ShouldBe(["id", "name", "note"]);
        csv.Rows.ShouldBe(["1|Ann Berg|was here", "22|Bo|", "333|Cid von Olm|gone"]);
        csv.Warnings.Select(w => w.Code).ShouldBe(["header_ruler", "lines_below_table"]);
    }

    [Theory]
    [InlineData("2024-01-01 10:00:00,345 INFO started, at last\n2024-01-01 10:00:01,012 WARN low\n2024-01-01 10:00:02,777 ERROR failed\n")]
    [InlineData("[2024-01-01 10:00:00,345] started\n[2024-01-01 10:00:01,412] low\n[2024-01-01 10:00:02,777] failed, twice\n")]
    public async Task Read_LinesOfALog_AreNotCutInTheirTimestamps(string text)
    {
        var csv = await Csv.ReadAsync(text);
        csv.Names.ShouldBe(["c1"]);
        csv.Records.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("# %ECSV 1.0\n# ---\n# datatype:\n# - {name: name, datatype: string}\n# - {name: m, datatype: string}\nname m\nP1 [0.0,0.0,0.06]\n", "name|m", "P1|[0.0,0.0,0.06]")]
    [InlineData("# %ECSV 0.9\n# ---\n# delimiter: ','\n# datatype:\n# - {name: a b, datatype: int64}\na b,c\n1,2\n", "a b|c", "1|2")]
    public async Task Read_EnhancedCsv_IsCutAsItSays(string text, string names, string row)
    {
        var csv = await Csv.ReadAsync(text);
        string.Join('|', csv.Names).ShouldBe(names);
        csv.Rows.ShouldBe([row]);
    }
}
