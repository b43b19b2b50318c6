using Pipeline.Formats;
using Pipeline.Formats.Records;
using Xunit;

namespace Pipeline.TestKit.Formats;

/// <summary>
/// What every format must keep to, whatever the content. A format's tests derive from this and give a small sample that shows its
/// oddities.
/// </summary>
public abstract class FormatConformance
{
    protected abstract IFormat Format { get; }

    /// <summary>A file of at least five records and at most a few hundred bytes.</summary>
    protected abstract byte[] Sample { get; }

    /// <summary>Options under which a cut sample is read like the whole one: what is detected otherwise is fixed here.</summary>
    protected abstract FormatOptions Options { get; }

    [Fact]
    public async Task Read_FiveBytesAtATime_SameRecords()
    {
        var expected = await ReadWholeAsync();
        Assert.True(expected.Count >= 5, "the sample is too small");
        Assert.Equal(expected, await RecordSnapshot.ReadAllAsync(Format, new FiveByteStream(Sample), Options));
        Assert.Equal(expected, await RecordSnapshot.ReadAllAsync(Format, new FiveByteStream(Sample, 1), Options));
    }

    [Fact]
    public async Task Read_SlowStream_SameRecords()
    {
        var expected = await ReadWholeAsync();
        for (var seed = 0; seed < 5; seed++)
        {
            Assert.Equal(expected, await RecordSnapshot.ReadAllAsync(Format, new SlowStream(Sample, seed), Options));
        }
    }

    [Fact]
    public async Task Read_AnyBlockSize_SameRecords()
    {
        var expected = await ReadWholeAsync();
        foreach (var bytes in new[] { 64, 65, 67, 71, 80, 96, 127, 200, 1000 })
        {
            foreach (var rows in new[] { 16, 17, 1000 })
            {
                var options = Options with { BlockBytes = bytes, BlockRows = rows };
                Assert.Equal(expected, await RecordSnapshot.ReadAllAsync(Format, new MemoryStream(Sample), options));
            }
        }
    }

    [Fact]
    public async Task Read_AnyHeadSize_SameRecords()
    {
        var expected = await ReadWholeAsync();
        var options = Options with { Limits = Options.Limits with { HeadSampleBytes = 128 } };
        Assert.Equal(expected, await RecordSnapshot.ReadAllAsync(Format, new MemoryStream(Sample), options));
    }

    [Fact]
    public async Task Read_TruncatedAtEveryByte_RecordsBeforeTheCutAreTheSame()
    {
        var expected = await ReadWholeAsync();
        for (var length = 0; length < Sample.Length; length++)
        {
            try
            {
                var records = await RecordSnapshot.ReadAllAsync(Format, new FiveByteStream(Sample[..length]), Options);
                Assert.True(records.Count <= expected.Count, $"{records.Count} records after a cut at {length}");
                if (expected.Count > 0 && length > expected[0].ByteOffset && expected[0].ByteOffset >= 0)
                {
                    Assert.Equal(expected.Take(records.Count - 1), records.Take(records.Count - 1));
                }
            }
            catch (BadFileException e)
            {
                Assert.NotEqual(RejectCode.None, e.Code);
                Assert.NotEmpty(e.Message);
            }
        }
    }

    [Fact]
    public async Task Read_Cancelled_Throws()
    {
        using var cancel = new CancellationTokenSource();
        var options = Options with { BlockBytes = 64, Limits = Options.Limits with { HeadSampleBytes = 64 } };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => RecordSnapshot.ReadAllAsync(
                Format, new SlowStream(Sample, 1, cancel, cancelAfterReads: 1), options, cancel.Token));
    }

    [Fact]
    public async Task Read_StreamFails_TheFailureIsNotTheEndOfTheFile()
    {
        for (var offset = 0; offset < Sample.Length; offset += 7)
        {
            var e = await Assert.ThrowsAsync<IOException>(
                () => RecordSnapshot.ReadAllAsync(Format, new ThrowAtOffsetStream(Sample, offset), Options));
            Assert.Equal(ThrowAtOffsetStream.Message, e.Message);
        }
    }

    [Fact]
    public async Task Read_TwoBlocksInTurn_EarlierBlockStaysIntact()
    {
        var options = Options with { BlockBytes = 64 };
        await using var reader = await Format.OpenAsync(new MemoryStream(Sample), options, default);
        using var first = FieldBlock.Create(reader.ColumnNames.Count, options);
        using var second = FieldBlock.Create(reader.ColumnNames.Count, options);
        Assert.True(await reader.ReadAsync(first, default));
        var before = RecordSnapshot.Take(first);
        while (await reader.ReadAsync(second, default))
        {
            Assert.Equal(before, RecordSnapshot.Take(first));
        }
    }

    [Fact]
    public async Task Dispose_BeforeTheEnd_LeavesTheStreamToItsOwner()
    {
        using var stream = new FiveByteStream(Sample);
        var reader = await Format.OpenAsync(stream, Options, default);
        await reader.DisposeAsync();
        Assert.False(stream.IsDisposed);
    }

    [Fact]
    public async Task Read_AfterTheEnd_StaysAtTheEnd()
    {
        await using var reader = await Format.OpenAsync(new MemoryStream(Sample), Options, default);
        using var block = FieldBlock.Create(reader.ColumnNames.Count, Options);
        while (await reader.ReadAsync(block, default))
        {
            Assert.NotEqual(0, block.RowCount);
        }

        Assert.False(await reader.ReadAsync(block, default));
        Assert.Equal(0, block.RowCount);
    }

    [Fact]
    public async Task Read_RecordNumbers_RiseByOne()
    {
        var records = await ReadWholeAsync();
        Assert.Equal(Enumerable.Range(1, records.Count).Select(i => (long)i), records.Select(r => r.Record));
        Assert.All(
            records.Zip(records.Skip(1)),
            p => Assert.True(p.First.Line < p.Second.Line || p.First.ByteOffset < p.Second.ByteOffset));
    }

    Task<List<RecordSnapshot>> ReadWholeAsync() =>
        RecordSnapshot.ReadAllAsync(Format, new MemoryStream(Sample), Options with { BlockBytes = 1 << 20 });
}
