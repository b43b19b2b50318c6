using System.IO.Compression;
using System.Text;
using Pipeline.Ingestion;
using Pipeline.TestKit.Engine;
using Pipeline.Tests.ClickHouse;
using Pipeline.TestKit.Files;

namespace Pipeline.Tests.Ingestion;

/// <summary>Identity is content in a dataset: not the name, not the folder, not the compression.</summary>
[Collection(EngineCollection.Name)]
public sealed class DuplicateTests(EngineFixture engine)
{
    const string Text = "id,n\n1,10\n2,20\n";

    [Fact]
    public async Task Load_SameContentUnderAnotherNameOrGzipped_IsADuplicate()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var first = await home.LoadAsync("orders_1.csv", Text);

        var renamed = await home.LoadAsync("orders_2.csv", Text);
        var zipped = await home.LoadAsync(home.Files.Write("orders_3.csv.gz", Packed.Gzip(Text)));

        (renamed.Outcome, renamed.FileId).ShouldBe(("duplicate", first.FileId));
        (zipped.Outcome, zipped.FileId).ShouldBe(("duplicate", first.FileId));
        renamed.Note!.ShouldContain("orders_1.csv");
        (await home.QueryAsync("SELECT count() FROM {db}.orders")).ShouldBe("2");
    }

    [Fact]
    public async Task Load_SameContentAfterItsTableWasDropped_IsLoaded()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        await home.LoadAsync("orders_1.csv", Text);
        await home.QueryAsync("DROP TABLE {db}.orders SYNC");

        var again = await home.LoadAsync("orders_2.csv", Text);

        again.Outcome.ShouldBe("loaded");
        (await home.QueryAsync("SELECT count() FROM {db}.orders")).ShouldBe("2");
        (await home.LoadAsync("orders_3.csv", Text)).Outcome.ShouldBe("duplicate");
    }

    [Fact]
    public async Task Load_SameContentInAnotherDataset_IsLoaded()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        await home.LoadAsync("orders.csv", Text);

        var other = await home.LoadAsync("returns.csv", Text);

        other.Outcome.ShouldBe("loaded");
        (await home.QueryAsync("SELECT count() FROM {db}.returns")).ShouldBe("2");
    }

    [Fact]
    public async Task Load_SameContentWithForce_IsLoadedAgainUnderAnotherFileId()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var first = await home.LoadAsync("orders.csv", Text);

        var again = await home.LoadAsync(home.Files.PathOf("orders.csv"), new IngestRequest { Force = true });

        again.Outcome.ShouldBe("loaded");
        again.FileId.ShouldNotBe(first.FileId);
        (await home.QueryAsync("SELECT count(), uniqExact(_file_id) FROM {db}.orders")).ShouldBe("4\t2");
    }

    [Fact]
    public async Task Undo_ThenLoadAgain_RowsAreThereOnceMore()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var first = await home.LoadAsync("orders.csv", Text);
        await home.LoadAsync("orders_2.csv", "id,n\n3,30\n");
        var entry = await home.Host.Ledger.FindByFileIdAsync(new Pipeline.Ledger.FileId(first.FileId!));

        await home.Host.UndoAsync(entry!.Key, CancellationToken.None);
        (await home.QueryAsync("SELECT id FROM {db}.orders")).ShouldBe("3");
        var again = await home.LoadAsync(home.Files.PathOf("orders.csv"));

        again.Outcome.ShouldBe("loaded");
        (await home.QueryAsync("SELECT id FROM {db}.orders ORDER BY id")).ShouldBe("1\n2\n3");
    }

    [Theory]
    [InlineData("")]
    [InlineData("id,n\n")]
    public async Task Load_FileWithoutRows_IsEmptyAndMakesNoTable(string text)
    {
        await using var home = await IngestHome.OpenAsync(engine);

        var result = await home.LoadAsync("orders.csv", text);

        result.Outcome.ShouldBe("empty");
        (await home.QueryAsync("SELECT count() FROM system.tables WHERE database = '{db}'")).ShouldBe("0");
    }

    [Fact]
    public async Task Load_FilesGivenByPath_StayWhereTheyAre()
    {
        await using var home = await IngestHome.OpenAsync(engine);

        await home.LoadAsync("orders.csv", Text);
        await home.LoadAsync("orders_dup.csv", Text);
        var refused = await home.LoadAsync("orders_open.csv", "id,n\n1,\"10\n2,20\n");

        refused.Outcome.ShouldBe("quarantined");
        File.Exists(home.Files.PathOf("orders.csv")).ShouldBeTrue();
        File.Exists(home.Files.PathOf("orders_dup.csv")).ShouldBeTrue();
        File.Exists(home.Files.PathOf("orders_open.csv")).ShouldBeTrue();
    }

    [Fact]
    public async Task Load_ManySmallFilesAtOnce_ShareInsertsAndKeepTheirIdentity()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var paths = Enumerable.Range(1, 60).Select(i => home.Files.Write($"many/orders_{i}.csv", $"id,n\n{i},{i * 10}\n{i + 1000},{i}\n")).ToList();

        var results = new List<FileResult>();
        await foreach (var result in home.Host.IngestAsync([.. paths.SelectMany(FileToLoad.In)], new IngestRequest(), CancellationToken.None))
        {
            results.Add(result);
        }

        results.ShouldAllBe(r => r.Outcome == "loaded" && r.RowsLoaded == 2);
        (await home.QueryAsync("SELECT count(), uniqExact(_file_id), uniqExact(id) FROM {db}.orders")).ShouldBe("120\t60\t120");
        (await home.QueryAsync("SELECT count() FROM pipeline.files FINAL WHERE database = '{db}' AND rows_loaded = 2")).ShouldBe("60");
    }
}
