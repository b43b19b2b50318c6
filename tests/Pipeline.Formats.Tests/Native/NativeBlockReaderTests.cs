using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;
using Pipeline.TestKit.Columns;

namespace Pipeline.Formats.Tests.Native;

public sealed class NativeBlockReaderTests
{
    public static TheoryData<string> Types => [.. RandomColumns.TypeNames];

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Read_WhatWasWritten_IsTheSame(string type)
    {
        var bytes = Blocks.Bytes(RandomColumns.Create(ColumnType.Parse(type), rows: 1000, seed: 1));

        var block = (await Blocks.ReadAllAsync(new MemoryStream(bytes))).ShouldHaveSingleItem();

        block.RowCount.ShouldBe(1000);
        block.Columns[0].Column.Count.ShouldBe(1000);
        block.Columns[0].Column.Type.Name.ShouldBe(type);
        Blocks.Bytes(block.Columns[0].Column).ShouldBe(bytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(63)]
    public async Task Read_TinyReads_AllTypesAreTheSame(int most)
    {
        var bytes = AllTypes(rows: 30);

        var block = (await Blocks.ReadAllAsync(new TinyReadStream(bytes, most))).ShouldHaveSingleItem();

        Blocks.Bytes([.. block.Columns.Select(c => c.Column)]).ShouldBe(bytes);
    }

    [Fact]
    public async Task Read_CutAtEveryByte_IsTruncated()
    {
        var bytes = AllTypes(rows: 2);

        for (var length = 1; length < bytes.Length; length++)
        {
            var error = await Should.ThrowAsync<NativeFormatException>(() =>
                Blocks.ReadAllAsync(new MemoryStream(bytes[..length])));
            error.Fault.ShouldBe(NativeFault.Truncated, $"cut at byte {length}");
        }
    }

    [Fact]
    public async Task Read_EmptyStream_HasNoBlocks() => (await Blocks.ReadAllAsync(new MemoryStream())).ShouldBeEmpty();

    [Fact]
    public async Task Read_SeveralBlocks_ComeOneByOneAndStayIntact()
    {
        var type = ColumnType.Parse("Array(LowCardinality(String))");
        byte[][] parts = [.. Enumerable.Range(0, 3).Select(i => Blocks.Bytes(RandomColumns.Create(type, rows: 40 + i, seed: i)))];

        var blocks = await Blocks.ReadAllAsync(new MemoryStream([.. parts.SelectMany(p => p)]));

        blocks.Select(b => Blocks.Bytes(b.Columns[0].Column)).ShouldBe(parts);
    }

    [Fact]
    public async Task Recycle_Block_ItsMemoryIsUsedAgain()
    {
        byte[] part = Blocks.Bytes(RandomColumns.Create(new StringType(), rows: 100, seed: 1));
        using var reader = new NativeBlockReader(new MemoryStream([.. part, .. part]));

        var first = (await reader.ReadAsync(CancellationToken.None)).ShouldNotBeNull();
        reader.Recycle(first);
        var second = (await reader.ReadAsync(CancellationToken.None)).ShouldNotBeNull();

        second.Columns[0].Column.ShouldBeSameAs(first.Columns[0].Column);
        Blocks.Bytes(second.Columns[0].Column).ShouldBe(part);
    }

    [Fact]
    public async Task Read_RandomDamage_IsATypedErrorOrABlock()
    {
        var bytes = AllTypes(rows: 3);
        var random = new Random(11);
        var limits = new NativeLimits
        {
            MaxRows = 10_000,
            MaxBlockBytes = 1 << 20,
            MaxValueBytes = 1 << 20,
            MaxNameBytes = 1 << 16
        };
        var faults = 0;
        for (var i = 0; i < 1000; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                await Blocks.ReadAllAsync(new MemoryStream(damaged), limits);
            }
            catch (NativeFormatException)
            {
                faults++;
            }
        }

        faults.ShouldBeGreaterThan(50);
    }

    [Theory]
    [InlineData("ffffffffffffffffff7f00", NativeFault.Malformed)] // a number of more than 64 bits
    [InlineData("ffffffff7f00", NativeFault.LimitExceeded)] // columns
    [InlineData("01ffffffff7f", NativeFault.LimitExceeded)] // rows
    [InlineData("0101ffffffff7f", NativeFault.LimitExceeded)] // a name
    [InlineData("0101017806537472696e67ffffffffff7f", NativeFault.LimitExceeded)] // a value
    [InlineData("01010178034a534f", NativeFault.UnsupportedType)]
    [InlineData("010201780d417272617928537472696e6729" + "0200000000000000" + "0100000000000000",
        NativeFault.Malformed)] // ends go back
    [InlineData("0101017816" + "4c6f7743617264696e616c69747928537472696e6729" + "0200000000000000",
        NativeFault.Malformed)] // version 2
    [InlineData(
        "0101017816" + "4c6f7743617264696e616c69747928537472696e6729" + "0100000000000000" + "0006000000000000" + "0100000000000000" + "00"
        + "0100000000000000" + "01", NativeFault.Malformed)] // key 1 of a dictionary of one
    public async Task Read_HostileBytes_IsATypedError(string hex, NativeFault fault)
    {
        var error = await Should.ThrowAsync<NativeFormatException>(() =>
            Blocks.ReadAllAsync(new MemoryStream(Convert.FromHexString(hex))));

        error.Fault.ShouldBe(fault, error.Message);
    }

    [Fact]
    public async Task Read_ManyRowsPromisedFewSent_MemoryFollowsWhatCame()
    {
        // 100,000,000 rows of 16 bytes are announced; three come.
        byte[] bytes = [0x01, 0x80, 0xC2, 0xD7, 0x2F, 0x01, (byte)'x', 0x04, (byte)'U', (byte)'U', (byte)'I', (byte)'D',
            .. new byte[48]];
        var before = GC.GetAllocatedBytesForCurrentThread();

        await Should.ThrowAsync<NativeFormatException>(() => Blocks.ReadAllAsync(new MemoryStream(bytes)));

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1 << 20);
    }

    [Fact]
    public async Task Read_BlockOverItsLimit_IsRefused()
    {
        var bytes = Blocks.Bytes(RandomColumns.Create(new UuidType(), rows: 50_000, seed: 1));

        var error = await Should.ThrowAsync<NativeFormatException>(
            () => Blocks.ReadAllAsync(new MemoryStream(bytes), new NativeLimits { MaxBlockBytes = 500_000 }));

        error.Fault.ShouldBe(NativeFault.LimitExceeded);
    }

    static byte[] AllTypes(int rows) =>
        Blocks.Bytes([.. RandomColumns.TypeNames.Select((t, i) => RandomColumns.Create(ColumnType.Parse(t), rows, i))]);
}
