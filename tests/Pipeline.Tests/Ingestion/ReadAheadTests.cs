using Pipeline.Formats.Records;
using Pipeline.Ingestion;

namespace Pipeline.Tests.Ingestion;

public sealed class ReadAheadTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Next_ManyBlocks_ComeInOrderAndEndOnce(bool isInline)
    {
        var reader = new NumberedBlocks(blocks: 50);
        await using var ahead = Over(reader, isInline);
        for (var number = 1; number <= 50; number++)
        {
            (await ahead.HasMoreAsync()).ShouldBeTrue();
            (await ahead.NextAsync())!.FirstRecord.ShouldBe(number);
        }

        (await ahead.HasMoreAsync()).ShouldBeFalse();
        (await ahead.NextAsync()).ShouldBeNull();
        (await ahead.NextAsync()).ShouldBeNull();
        reader.Asked.ShouldBe(51);
    }

    // Every block before it is whole and is loaded, or counted, first.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Next_TheThirdBlockIsAFault_IsThrownInItsPlace(bool isInline)
    {
        await using var ahead = Over(new NumberedBlocks(blocks: 50) { FaultAt = 3 }, isInline);
        (await ahead.NextAsync())!.FirstRecord.ShouldBe(1);
        (await ahead.NextAsync())!.FirstRecord.ShouldBe(2);

        await Should.ThrowAsync<InvalidDataException>(() => ahead.NextAsync().AsTask());
    }

    // The block that is handed out is not written to, however far the reader could go.
    [Fact]
    public async Task Next_TheOneBefore_IsLeftAloneUntilThen()
    {
        var reader = new NumberedBlocks(blocks: 50);
        await using var ahead = Over(reader, isInline: false);
        var first = await ahead.NextAsync();
        await reader.AskedOf(2);

        first!.FirstRecord.ShouldBe(1);
        reader.Asked.ShouldBe(2);
    }

    // What is small is read by whoever asks for it, no sooner.
    [Fact]
    public async Task Next_Inline_LeavesTheOneBehindUntilItIsAskedFor()
    {
        var reader = new NumberedBlocks(blocks: 50);
        await using var ahead = Over(reader, isInline: true);
        (await ahead.NextAsync())!.FirstRecord.ShouldBe(1);

        reader.Asked.ShouldBe(1);
    }

    // While each core has its own work, asking another one only makes both take turns.
    [Fact]
    public async Task Next_NoCoreIsFree_LeavesTheOneBehindUntilOneIs()
    {
        var reader = new NumberedBlocks(blocks: 50);
        var isFree = false;
        await using var ahead = new ReadAhead(reader, new FieldBlock(1, 1), new FieldBlock(1, 1), () => isFree ? 1 : 0, CancellationToken.None);
        (await ahead.NextAsync())!.FirstRecord.ShouldBe(1);
        reader.Asked.ShouldBe(1);

        isFree = true;
        (await ahead.NextAsync())!.FirstRecord.ShouldBe(2);
        await reader.AskedOf(3);
        reader.Asked.ShouldBe(3);
    }

    // Whoever comes first reads a block, the core that types or another: never both, and never two blocks at a time.
    [Fact]
    public async Task Next_TwoCoresMayReadEachBlock_OneDoes()
    {
        var reader = new NumberedBlocks(blocks: 20_000);
        await using var ahead = Over(reader, isInline: false);
        for (var number = 1; number <= 20_000; number++)
        {
            (await ahead.NextAsync())!.FirstRecord.ShouldBe(number);
        }

        reader.ReadTogether.ShouldBe(0);
        (await ahead.NextAsync()).ShouldBeNull();
        reader.Asked.ShouldBe(20_001);
    }

    [Fact]
    public async Task Dispose_BlocksThatNobodyTook_EndsTheReading()
    {
        var reader = new NumberedBlocks(blocks: int.MaxValue);
        var ahead = Over(reader, isInline: false);
        (await ahead.NextAsync()).ShouldNotBeNull();

        await ahead.DisposeAsync();

        // The one behind it had begun, or never will.
        reader.Asked.ShouldBeInRange(1, 2);
        reader.Inside.ShouldBe(0);
    }

    static ReadAhead Over(RecordReader reader, bool isInline) =>
        new(reader, new FieldBlock(1, 1), new FieldBlock(1, 1), isInline ? null : () => 1, CancellationToken.None);
}
