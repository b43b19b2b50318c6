using Pipeline.Configuration;
using Pipeline.Formats.Columns;
using Pipeline.Ingestion;
using Pipeline.Loading;
using Pipeline.TestKit.Files;
using Pipeline.Tests.Loading;

namespace Pipeline.Tests.Ingestion;

/// <summary>How far a load may be read ahead of its inserts, and whether its parts are compressed at once.</summary>
public sealed class HeldBatchesTests
{
    /// <summary>Bytes of a batch in memory; inserts from disk are twice as large.</summary>
    const int BatchBytes = 64 << 10;

    const int Rows = 2_000;

    static readonly IngestionLimits s_limits =
        IngestionLimits.From(new IngestOptions { MaxBatchBytes = BatchBytes, MaxSpoolBytes = 4 << 20 }, spools: true);

    // Before the content hash is known all of the file may wait; beside inserts no more than some, or than there were.
    [Fact]
    public void IsFull_InsertsHaveBegun_ReadingGoesOnAsFarAsSomeInserts()
    {
        using var home = new TempHome();
        var (load, held) = New(home, bytesPerSecond: 0);
        var before = FillUntilFull(load, held);
        while (held.TryTake(out var rows))
        {
            rows.GiveBack();
        }

        held.IsFull.ShouldBeFalse();
        TakeOne(load, held);
        var beside = FillUntilFull(load, held);

        before.ShouldBeInRange(4_000_000, 5_000_000);
        beside.ShouldBeInRange(8 * s_limits.SpooledInsertBytes, 10 * s_limits.SpooledInsertBytes);
        held.Clear();
        Directory.GetFiles(home.Root, "*.blocks").ShouldBeEmpty();
    }

    [Theory]
    [InlineData(299e6, false)]
    [InlineData(300e6, true)]
    public async Task AreCompressedByMergeAsync_ManyInserts_AsTheDiskIsFast(double bytesPerSecond, bool areCompressedByMerge)
    {
        using var home = new TempHome();
        var (load, held) = New(home, bytesPerSecond);
        FillUntilFull(load, held);

        (await held.AreCompressedByMergeAsync()).ShouldBe(areCompressedByMerge);
        held.Clear();
    }

    // Parts of several partitions are not merged with each other: nothing is asked of the disk for them.
    [Fact]
    public async Task AreCompressedByMergeAsync_Partitions_AreCompressedAtOnce()
    {
        using var home = new TempHome();
        var (load, held) = New(home, bytesPerSecond: 1e9, partitionBy: "id % 2");
        FillUntilFull(load, held);

        (await held.AreCompressedByMergeAsync()).ShouldBeFalse();
        held.Clear();
    }

    // Fewer than are merged at once would stay uncompressed.
    [Fact]
    public async Task AreCompressedByMergeAsync_FewInserts_AreCompressedAtOnce()
    {
        using var home = new TempHome();
        var (load, held) = New(home, bytesPerSecond: 1e9);
        held.Add(BatchOf(load), 0.5);
        held.Add(BatchOf(load), 1);

        (await held.AreCompressedByMergeAsync()).ShouldBeFalse();
        held.Clear();
    }

    // As many as are merged at once, and the last one no smaller for having come last.
    [Fact]
    public void Add_PartsOfALargeLoad_AreAnEighthOfItEach()
    {
        const int Batches = 400;
        using var home = new TempHome();
        var (load, held) = New(home, bytesPerSecond: 1e9, writesParts: true);
        var parts = new List<BatchRows>();
        for (var batch = 1; batch <= Batches; batch++)
        {
            held.Add(BatchOf(load, firstRow: batch * Rows), (double)batch / Batches);
            TakeParts();
        }

        held.Complete();
        TakeParts();

        var bytes = parts.Sum(p => p.Bytes);
        parts.Count.ShouldBeInRange(8, 9);
        parts.ShouldAllBe(p => p is SpooledPart);
        parts.Take(8).ShouldAllBe(p => p.Bytes > bytes / 10 && p.Bytes < bytes / 7);
        parts.ForEach(p => p.GiveBack());

        void TakeParts()
        {
            while (held.TryTake(out var rows))
            {
                parts.Add(rows);
            }
        }
    }

    static (FileLoad Load, HeldBatches Held) New(
        TempHome home, double bytesPerSecond, string? partitionBy = null, bool writesParts = false)
    {
        var schema = TestSchema.Of(new TableName("default", "numbers"), partitionBy: partitionBy);
        var load = new FileLoad(null!, schema, FileLease.Open().Lease, spare: null);
        var spool = new BlockSpool(home.Root, new DiskSpeed(home.Root, TimeProvider.System, bytesPerSecond), TimeProvider.System);
        return (load, new HeldBatches(load, 1L << 30, spool, writesParts ? PartForm.Of(schema) : null, s_limits, e => throw e));
    }

    /// <summary>Returns the bytes of the rows that were added.</summary>
    static long FillUntilFull(FileLoad load, HeldBatches held)
    {
        var bytes = 0L;
        while (!held.IsFull)
        {
            var batch = BatchOf(load);
            bytes += batch.ByteSize;
            held.Add(batch, share: 0.01);
        }

        return bytes;
    }

    static void TakeOne(FileLoad load, HeldBatches held)
    {
        while (held.NextBytes is null)
        {
            held.Add(BatchOf(load), share: 0.01);
        }

        held.TryTake(out var rows).ShouldBeTrue();
        rows!.Bytes.ShouldBeGreaterThanOrEqualTo(BatchBytes);
        rows.GiveBack();
    }

    static ColumnBatch BatchOf(FileLoad load, int firstRow = 0)
    {
        var batch = load.RentBatch();
        for (var row = 0; row < Rows; row++)
        {
            batch.Columns[0].AppendDefault();
            batch.RowNumbers.Append((ulong)(firstRow + row) + 1);
        }

        return batch;
    }
}
