using System.Text;
using Pipeline.Formats.Json;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Json;

public sealed class NestingTests
{
    [Theory]
    [InlineData("[", 1_000_000, "")]
    [InlineData("[{\"a\":", 100_000, "")]
    [InlineData("[{\"a\":1},{\"a\":", 1, "[")]
    public async Task Read_DeeperThanTheLimit_IsRefusedWithTheLimitAndNotCalledDamaged(string start, int times, string more)
    {
        var text = string.Concat(Enumerable.Repeat(start, times)) + string.Concat(Enumerable.Repeat(more, 1_000_000));

        var bad = await Should.ThrowAsync<BadFileException>(() => ReadAsync(text));

        bad.Code.ShouldBe(RejectCode.LimitExceeded);
        bad.Message.ShouldContain("max_nesting_depth");
    }

    [Fact]
    public async Task Read_OneLineDeeperThanTheLimit_CostsThatLine()
    {
        var faults = await ReadAsync($"{{\"a\":1}}\n{{\"a\":{new string('[', 500)}{new string(']', 500)}}}\n{{\"a\":3}}\n");

        faults.ShouldHaveSingleItem().ShouldBe((2, RejectCode.LimitExceeded));
    }

    static async Task<List<(long Line, RejectCode Code)>> ReadAsync(string text)
    {
        await using var reader = await new JsonFormat().OpenAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), FormatOptions.Default, CancellationToken.None);
        using var block = FieldBlock.Create(reader.ColumnNames.Count, FormatOptions.Default);
        var faults = new List<(long, RejectCode)>();
        while (await reader.ReadAsync(block, CancellationToken.None))
        {
            faults.AddRange(block.Faults.Select(f => (block.Lines[f.Row], f.Code)));
        }

        return faults;
    }
}
