using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Tests.Typing;

public sealed class ColumnNamingTests
{
    [Theory]
    [InlineData("id", "id")]
    [InlineData(" Order Date ", "Order_Date")]
    [InlineData("price (EUR)", "price_EUR")]
    [InlineData("größe", "größe")]
    [InlineData("数量", "数量")]
    [InlineData("a__b", "a__b")]
    [InlineData("%", "column_1")]
    [InlineData("", "column_1")]
    [InlineData("2024", "2024")]
    [InlineData("_file_id", "file_file_id")]
    [InlineData("_row", "file_row")]
    [InlineData("a`b'c\"d\\e", "a_b_c_d_e")]
    public void MakeSafe_Name_IsSafe(string original, string expected) => ColumnNaming.MakeSafe([original]).ShouldBe([expected]);

    [Fact]
    public void MakeSafe_Duplicates_AreNumberedWithoutCollisions()
    {
        ColumnNaming.MakeSafe(["a", "a", "a_2", "a", "A", ""]).ShouldBe(["a", "a_3", "a_2", "a_4", "A", "column_6"]);
    }

    [Fact]
    public void MakeSafe_RandomNames_AreUniqueAndStable()
    {
        var random = new Random(3);
        for (var round = 0; round < 300; round++)
        {
            var names =
                Enumerable.Range(0, 30).Select(
                _ => string.Concat(Enumerable.Range(0, random.Next(0, 4)).Select(_ => "ab_2 -é"[random.Next(7)]))).ToList();
            var safe = ColumnNaming.MakeSafe(names);
            safe.Distinct().Count().ShouldBe(names.Count);
            safe.ShouldAllBe(n => n.Length > 0);
            safe.ShouldBe(ColumnNaming.MakeSafe(names));
        }
    }

    [Fact]
    public void MakeSafe_VeryLongNames_AreCutAndStayUnique()
    {
        var safe = ColumnNaming.MakeSafe([new string('ä', 500) + "1", new string('ä', 500) + "2"]);
        safe[0].ShouldNotBe(safe[1]);
        safe.ShouldAllBe(n => System.Text.Encoding.UTF8.GetByteCount(n) <= 124);
    }
}
