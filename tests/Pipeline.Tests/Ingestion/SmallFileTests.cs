using Pipeline.Ingestion;
using Pipeline.TestKit.Engine;
using Pipeline.Tests.ClickHouse;

namespace Pipeline.Tests.Ingestion;

/// <summary>Many small files of one table: each a file of its own, together few inserts.</summary>
[Collection(EngineCollection.Name)]
public sealed class SmallFileTests(EngineFixture engine)
{
    [Fact]
    public async Task Load_ManySmallFilesOfOneDataset_ShareInsertsAndKeepTheirIds()
    {
        const int Files = 300;
        await using var home = await IngestHome.OpenAsync(engine);
        await home.LoadAsync("orders_first.csv", "id,n\n-1,0\n");
        var paths = Enumerable.Range(0, Files).SelectMany(i => FileToLoad.In(home.Files.Write($"orders_{i}.csv", $"id,n\n{i},{i}\n{i},{i + 1}\n"))).ToList();

        var results = new List<FileResult>();
        await foreach (var result in home.Host.IngestAsync(paths, new IngestRequest(), CancellationToken.None))
        {
            results.Add(result);
        }

        results.Count.ShouldBe(Files);
        results.ShouldAllBe(r => r.Outcome == "loaded" && r.RowsLoaded == 2);
        (await home.QueryAsync("SELECT count(), uniqExact(_file_id), sum(id) FROM {db}.orders WHERE id >= 0"))
            .ShouldBe($"{2 * Files}\t{Files}\t{Files * (Files - 1)}");
        (await home.QueryAsync("SELECT countDistinct(file_id) FROM pipeline.files WHERE database = '{db}'")).ShouldBe($"{Files + 1}");

        // Every insert is a part with the next number.
        var inserts = long.Parse(
            await home.QueryAsync("SELECT max(max_block_number) FROM system.parts WHERE database = '{db}' AND table = 'orders'"),
            System.Globalization.CultureInfo.InvariantCulture);
        inserts.ShouldBeLessThan(Files / 2);
    }

    // Read side by side, whichever was read first made the table, by its own types.
    [Fact]
    public async Task Load_ManySmallFilesOfANewDataset_TheFirstOneMakesTheTable()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        for (var round = 0; round < 5; round++)
        {
            // The first takes longest to read.
            var first = $"id,n\n{string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i},{round}\n"))}";
            var paths = Enumerable.Range(0, 100)
                .SelectMany(i => FileToLoad.In(home.Files.Write($"t{round}_{i}.csv", i == 0 ? first : $"id,n\n{i},{i}.5\n"))).ToList();

            var results = new List<FileResult>();
            await foreach (var result in home.Host.IngestAsync(paths, new IngestRequest { Dataset = $"new{round}" }, CancellationToken.None))
            {
                results.Add(result);
            }

            (await home.ColumnsAsync($"new{round}")).ShouldBe(["id Int64", "n Int64"]);
            results.Count(r => r.Outcome == "loaded").ShouldBe(1);
            results.Where(r => r.Outcome != "loaded").ShouldAllBe(r => r.Error!.Code == "too_many_bad_rows");
        }
    }

    // What does not belong to a group is the start of the next one, whichever inserter collects that.
    [Fact]
    public async Task Load_SmallFilesOfManyTables_AllEnd()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        for (var round = 0; round < 5; round++)
        {
            var paths = Enumerable.Range(0, 12)
                .SelectMany(i => FileToLoad.In(home.Files.Write($"t{i % 4}_{round}{i}.csv", $"id,n\n{i},{round}\n"))).ToList();

            var loaded = 0;
            await foreach (var result in home.Host.IngestAsync(paths, new IngestRequest(), patience.Token))
            {
                result.Outcome.ShouldBe("loaded");
                loaded++;
            }

            loaded.ShouldBe(paths.Count);
        }
    }

    [Fact]
    public async Task Load_OneBadFileAmongSmallOnes_CostsNobodyElse()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        await home.LoadAsync("orders_first.csv", "id,n\n-1,0\n");
        var paths = Enumerable.Range(0, 40).SelectMany(i => FileToLoad.In(home.Files.Write($"orders_{i}.csv", i == 20 ? "\u0000\u0001\u0002\u0003\u0004\u0005" : $"id,n\n{i},{i}\n"))).ToList();

        var results = new List<FileResult>();
        await foreach (var result in home.Host.IngestAsync(paths, new IngestRequest(), CancellationToken.None))
        {
            results.Add(result);
        }

        results.Count(r => r.Outcome == "loaded").ShouldBe(39);
        results.Single(r => r.Outcome != "loaded").File.ShouldEndWith("orders_20.csv");
        (await home.QueryAsync("SELECT count() FROM {db}.orders WHERE id >= 0")).ShouldBe("39");
    }
}
