using System.Globalization;
using System.IO.Compression;
using System.Text;
using Pipeline.Configuration;
using Pipeline.Formats.Columns;
using Pipeline.Ingestion;
using Pipeline.TestKit.Engine;
using Pipeline.Tests.ClickHouse;
using Pipeline.TestKit.Files;

namespace Pipeline.Tests.Ingestion;

/// <summary>Batches that the engine reads from disk, and compressed content that is hashed while its rows are read.</summary>
[Collection(EngineCollection.Name)]
public sealed class SpoolTests(EngineFixture engine)
{
    const int Rows = 5_000;
    const int Many = 400_000;

    const string Parts = "SELECT count() FROM system.parts WHERE database = '{db}' AND table = 'orders' AND active";

    static readonly IngestOptions s_smallBatches = new() { MaxBatchRows = 50, MaxBatchBytes = 4096 };

    // 5 MB are enough of them that the first does not already hold the end of the file.
    static readonly IngestOptions s_largerBatches = new() { MaxBatchRows = 10_000, MaxBatchBytes = 128 << 10 };

    [Fact]
    public async Task Load_ManyBatches_EveryRowIsThereOnceInFewInserts()
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_smallBatches);

        var result = await home.LoadAsync("orders.csv", Numbers(Rows));

        result.RowsLoaded.ShouldBe(Rows);
        (await home.QueryAsync("SELECT count(), uniqExact(_row), min(_row), max(_row), uniqExact(_file_id), any(_file_id), sum(id = _row - 1) FROM {db}.orders"))
            .ShouldBe($"{Rows}\t{Rows}\t1\t{Rows}\t1\t{result.FileId}\t{Rows}");
        var parts = await home.QueryAsync("SELECT count() FROM system.parts WHERE database = '{db}' AND table = 'orders' AND level = 0");
        int.Parse(parts, CultureInfo.InvariantCulture).ShouldBeLessThan(Rows / s_smallBatches.MaxBatchRows / 2);
        LeftInSpool(home).ShouldBeEmpty();
    }

    // Compressing is half of an insert, and the merge that follows compresses again.
    [Fact]
    public async Task Load_ManyBatchesIntoOnePartition_PartsAreCompressedWhenTheyAreMerged()
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_largerBatches);
        await home.LoadAsync("first.csv", Numbers(1), new IngestRequest { Dataset = "orders" });
        await home.QueryAsync("SYSTEM STOP MERGES {db}.orders");

        (await home.LoadAsync("orders.csv", Numbers(Many))).RowsLoaded.ShouldBe(Many);

        var parts = await home.QueryAsync(Parts + " AND default_compression_codec = 'NONE'");
        int.Parse(parts, CultureInfo.InvariantCulture).ShouldBeGreaterThan(7);
        await home.QueryAsync("SYSTEM START MERGES {db}.orders");
        await home.QueryAsync("OPTIMIZE TABLE {db}.orders FINAL");
        (await home.QueryAsync(Parts + " AND default_compression_codec = 'LZ4'")).ShouldBe("1");
        (await home.QueryAsync("SELECT count(), uniqExact(id), countIf(n = id * 7919 % 1000) FROM {db}.orders")).ShouldBe($"{Many + 1}\t{Many}\t{Many + 1}");
    }

    // A partition of few parts may never be merged; a slow disk takes longer for what is not compressed.
    [Theory]
    [InlineData(Many, "id % 2", 1e9)]
    [InlineData(Many / 16, null, 1e9)]
    [InlineData(Many, null, 9e7)]
    public async Task Load_FewPartsInAPartitionOrSlowDisk_PartsAreCompressed(int rows, string? partitionBy, double diskBytesPerSecond)
    {
        await using var home = await IngestHome.OpenAsync(
            engine, new DatasetOptions { PartitionBy = partitionBy }, s_largerBatches, diskBytesPerSecond: diskBytesPerSecond);

        (await home.LoadAsync("orders.csv", Numbers(rows))).RowsLoaded.ShouldBe(rows);

        int.Parse(await home.QueryAsync(Parts), CultureInfo.InvariantCulture).ShouldBeGreaterThan(1);
        (await home.QueryAsync(Parts + " AND default_compression_codec = 'NONE'")).ShouldBe("0");
    }

    [Fact]
    public async Task Load_ManyBatchesWithColumnsOfOddNames_NamesAreNoSql()
    {
        string[] names = ["_path", "_file", "it's", "a`b", "x); DROP TABLE t; --", "back\\slash", "日本", "a b"];
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_smallBatches);
        var text = new StringBuilder().AppendJoin('\t', names).Append('\n');
        for (var i = 0; i < Rows; i++)
        {
            text.AppendJoin('\t', names.Select((_, column) => i + column)).Append('\n');
        }

        (await home.LoadAsync("odd.tsv", text.ToString())).RowsLoaded.ShouldBe(Rows);

        var columns = (await home.QueryAsync("SELECT name FROM system.columns WHERE database = '{db}' AND table = 'odd' ORDER BY position LIMIT 8 FORMAT TSVRaw")).Split('\n');
        var sums = columns.Select(c => $"sum(`{c.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal)}`)");
        (await home.QueryAsync($"SELECT {string.Join(", ", sums)} FROM {{db}}.odd"))
            .ShouldBe(string.Join('\t', names.Select((_, column) => (Rows * (Rows - 1) / 2) + (column * Rows))));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Load_SameContentPlainAndCompressed_IsADuplicateEitherWay(bool compressedFirst)
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_smallBatches);
        var plain = home.Files.Write("orders_1.csv", Numbers(Rows));
        var compressed = home.Files.Write("orders_2.csv.gz", Packed.Gzip(Numbers(Rows)));

        var first = await home.LoadAsync(compressedFirst ? compressed : plain);
        var second = await home.LoadAsync(compressedFirst ? plain : compressed);

        first.RowsLoaded.ShouldBe(Rows);
        second.Outcome.ShouldBe("duplicate");
        (await home.QueryAsync("SELECT count() FROM {db}.orders")).ShouldBe($"{Rows}");
        LeftInSpool(home).ShouldBeEmpty();
    }

    // More rows than may wait for the hash: it is made by a pass of its own.
    [Fact]
    public async Task Load_CompressedContentAboveTheSpool_EveryRowIsThereOnce()
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: new IngestOptions { MaxBatchRows = 1_000, MaxSpoolBytes = 1 << 20 });

        var result = await home.LoadAsync(home.Files.Write("orders.csv.gz", Packed.Gzip(Numbers(Many))));

        result.RowsLoaded.ShouldBe(Many);
        (await home.QueryAsync("SELECT count(), uniqExact(id), any(_file_id) FROM {db}.orders")).ShouldBe($"{Many}\t{Many}\t{result.FileId}");
        (await home.LoadAsync("plain/orders.csv", Numbers(Many), new IngestRequest { Dataset = "orders" })).Outcome.ShouldBe("duplicate");
    }

    [Fact]
    public async Task Load_CompressedContentCutShort_NothingOfItIsLoadedOrLeft()
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_smallBatches);
        var whole = Packed.Gzip(Numbers(Rows));

        var result = await home.LoadAsync(home.Files.Write("orders.csv.gz", whole.AsSpan(0, whole.Length - 9)));

        result.Outcome.ShouldBe("quarantined");
        result.Error!.Code.ShouldBe("corrupt_file");
        (await home.QueryAsync("SELECT count() FROM system.tables WHERE database = '{db}'")).ShouldBe("0");
        LeftInSpool(home).ShouldBeEmpty();
    }

    [Fact]
    public async Task Load_CompressedContentWhoseLastValueWidensAType_IsReadOnceMore()
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_smallBatches);
        var text = Numbers(Rows) + "5000,007\n";

        var result = await home.LoadAsync(home.Files.Write("orders.csv.gz", Packed.Gzip(text)));

        result.RowsLoaded.ShouldBe(Rows + 1);
        (await home.QueryAsync("SELECT toTypeName(any(n)), countIf(n = '007'), count() FROM {db}.orders")).ShouldBe($"String\t1\t{Rows + 1}");
        (await home.LoadAsync("again.csv", text, new IngestRequest { Dataset = "orders" })).Outcome.ShouldBe("duplicate");
        LeftInSpool(home).ShouldBeEmpty();
    }

    [Fact]
    public async Task Load_FileInPlaceOfTheFolder_RowsAreSentInstead()
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_smallBatches);
        Directory.Delete(SpoolOf(home), recursive: true);
        await File.WriteAllTextAsync(SpoolOf(home), "");

        (await home.LoadAsync("orders.csv", Numbers(Rows))).RowsLoaded.ShouldBe(Rows);

        (await home.QueryAsync("SELECT count(), uniqExact(id), uniqExact(_row) FROM {db}.orders")).ShouldBe($"{Rows}\t{Rows}\t{Rows}");
    }

    // In the engine's file() these characters are patterns.
    [Fact]
    public void Create_FolderWhoseNameIsAPattern_LiesElsewhere()
    {
        using var home = new TestKit.Files.TempHome();

        var rows = NewSpool(home.PathOf("a{1,2}*b")).Create(withRowNumbers: true);

        rows.FilePath.ShouldNotContain("{");
        File.Exists(rows.FilePath).ShouldBeTrue();
        rows.GiveBack();
        File.Exists(rows.FilePath).ShouldBeFalse();
    }

    [Fact]
    public void RemoveLeftovers_FileOfAKilledProcess_IsGone()
    {
        using var home = new TestKit.Files.TempHome();
        var rows = NewSpool(home.Root).Create(withRowNumbers: true);
        rows.Complete();

        BlockSpool.RemoveLeftovers(home.Root);

        File.Exists(rows.FilePath).ShouldBeFalse();
    }

    [Fact]
    public void RemoveLeftovers_PartOfAKilledProcess_IsGone()
    {
        using var home = new TestKit.Files.TempHome();
        var part = Directory.CreateDirectory(home.PathOf("part" + BlockSpool.Suffix));
        File.WriteAllText(Path.Join(part.FullName, "data.bin"), "rows");

        BlockSpool.RemoveLeftovers(home.Root);

        part.Refresh();
        part.Exists.ShouldBeFalse();
    }

    [Fact]
    public async Task MeasureAsync_RealDisk_IsMeasuredAndNothingIsLeft()
    {
        using var home = new TestKit.Files.TempHome();
        var disk = new DiskSpeed(home.Root, TimeProvider.System);

        (await disk.MeasureAsync(DiskSpeed.LargeBytes)).ShouldBeGreaterThan(0);
        (await disk.MeasureAsync(DiskSpeed.LargeBytes + 1)).ShouldBeGreaterThan(0);
        Directory.GetFiles(home.Root, "*.blocks").ShouldBeEmpty();
    }

    [Fact]
    public async Task MeasureAsync_NoSuchFolder_IsNothing() =>
        (await new DiskSpeed("/no/such/folder", TimeProvider.System).MeasureAsync(1)).ShouldBe(0);

    // What a disk takes while it is busy, or where it was never written before, is not what it takes later.
    [Theory]
    [InlineData(1)]
    [InlineData(DiskSpeed.LargeBytes + 1)]
    public async Task MeasureAsync_NextLoad_IsMeasuredAnew(long loadBytes)
    {
        using var home = new TestKit.Files.TempHome();
        var disk = new DiskSpeed(home.Root, TimeProvider.System);

        var first = disk.MeasureAsync(loadBytes);
        await first;
        var second = disk.MeasureAsync(loadBytes);

        second.ShouldNotBeSameAs(first);
        (await second).ShouldBeGreaterThan(0);
    }

    // What is written at once is still in the cache; what is one insert is to be large.
    [Theory]
    [InlineData(9, BatchPlace.Granule, false)]
    [InlineData(10, BatchPlace.Granule, true)]
    [InlineData(159, BatchPlace.Block, false)]
    [InlineData(160, BatchPlace.Block, true)]
    [InlineData(639, BatchPlace.Memory, false)]
    [InlineData(640, BatchPlace.Memory, true)]
    public void IsFilled_BatchForTheDisk_HasAShareOfTheRows(int rows, object place, bool isFilled)
    {
        var limits = IngestionLimits.From(new IngestOptions { MaxBatchRows = 640 }, spools: true);
        var batch = new ColumnBatch([new ColumnDefinition("id", new IntegerType(64, Signed: true))]);
        for (var row = 0; row < rows; row++)
        {
            batch.Columns[0].AppendDefault();
            batch.RowNumbers.Append((ulong)row + 1);
        }

        limits.IsFilled(batch, (BatchPlace)place).ShouldBe(isFilled);
    }

    static BlockSpool NewSpool(string folder) => new(folder, new DiskSpeed(folder, TimeProvider.System), TimeProvider.System);

    static string SpoolOf(IngestHome home) => Path.Join(home.Files.State, "tmp");

    static string[] LeftInSpool(IngestHome home) => Directory.GetFileSystemEntries(SpoolOf(home), "*.blocks");

    static string Numbers(int rows)
    {
        var text = new StringBuilder("id,n\n");
        for (var i = 0; i < rows; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i},{i * 7919L % 1000}\n");
        }

        return text.ToString();
    }
}
