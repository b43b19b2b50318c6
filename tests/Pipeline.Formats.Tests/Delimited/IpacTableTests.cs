using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Delimited;

public sealed class IpacTableTests
{
    /// <summary>Names between bars and records without them, as observatories write tables.</summary>
    [Theory]
    [InlineData("\\fixlen = T\n\\Rows= 3\n|     ra|    dec|  name|\n| double| double|  char|\n|    deg|    deg|      |\n|   null|   null|  null|\n", 7)]
    [InlineData("|     ra|    dec|  name|\n", 2)]
    public async Task Read_NamesBetweenBarsAboveFixedWidths_IsATable(string head, int line)
    {
        var csv = await Csv.ReadAsync(head + "  10.684  41.269   M31 \n  83.633  22.014       \n  83.822  -5.391 Orion\n");
        csv.Names.ShouldBe(["ra", "dec", "name"]);
        csv.Rows.ShouldBe(["10.684|41.269|M31", "83.633|22.014|", "83.822|-5.391|Orion"]);
        csv.Records[0].Line.ShouldBe(line);
        csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
    }
}
