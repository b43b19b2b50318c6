using System.Text;
using Pipeline.Formats.Excel;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Excel;

public sealed class SharedStringsTests
{
    [Fact]
    public void Index_AnyString_IsTheOneThatWasAdded()
    {
        var strings = new SharedStrings(FormatLimits.Default);
        var random = new Random(5);
        var expected = Enumerable.Range(0, 20_000)
            .Select(i => i % 5000 == 3 ? new string('L', 3 << 20) : i % 3 == 0 ? "" : $"{i} {new string('x', random.Next(300))}").ToList();

        foreach (var text in expected)
        {
            strings.Add(Encoding.UTF8.GetBytes(text));
        }

        strings.Count.ShouldBe(expected.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            Encoding.UTF8.GetString(strings[i].Span).ShouldBe(expected[i]);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(500_000)]
    public void Add_MoreThanTheMemory_IsALimit(int length)
    {
        var strings = new SharedStrings(FormatLimits.Default with { MaxSharedStringBytes = 4 << 20 });
        var text = new byte[length];

        Should.Throw<BadFileException>(() =>
        {
            for (var i = 0; i < 1_000_000; i++)
            {
                strings.Add(text);
            }
        }).Code.ShouldBe(RejectCode.LimitExceeded);
    }
}
