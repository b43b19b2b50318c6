using System.IO.Compression;
using System.Text.Json;
using Pipeline.Ingestion;
using Pipeline.Ledger;
using Pipeline.TestKit.Files;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>The same content again: on purpose, by accident, and after it was taken back.</summary>
[Collection(CrashChains.Two)]
public sealed class ReloadTests : IAsyncLifetime
{
    static readonly SomeFile s_file = SomeFile.Orders("orders/a.csv", 1_500);

    readonly CrashHome _home = new();

    public async Task InitializeAsync()
    {
        _home.Configure("datasets:\n  orders:\n    match: [\"orders/**\", \"shop/**\"]\n");
        await _home.StartAsync();
        _home.Drop(s_file);
        await _home.SettledAsync();
    }

    public async Task DisposeAsync() => await _home.DisposeAsync();

    [Fact]
    public async Task Content_UnderOtherNamesFoldersAndGzipped_IsADuplicate()
    {
        _home.Drop(
            s_file.As("orders/other name.csv"), s_file.As("shop/deep/a.csv"), s_file.As("orders/a.csv"),
            s_file.As("orders/a.csv.gz") with { Content = Packed.Gzip(s_file.Content) });
        await _home.SettledAsync();

        (await _home.EntriesAsync()).Select(e => e.State)
            .ShouldBe([FileState.Duplicate, FileState.Duplicate, FileState.Duplicate, FileState.Duplicate, FileState.Archived]);
        (await _home.NumberAsync("SELECT count() FROM orders")).ShouldBe(s_file.Rows);
        CrashHome.FilesIn(_home.ArchiveFolder).Count.ShouldBe(5);
    }

    [Fact]
    public async Task Content_InAnotherDataset_IsLoaded()
    {
        var elsewhere = s_file.As("elsewhere/a.csv");
        _home.Drop(elsewhere);
        await _home.SettledAsync();

        await Promise.ShouldHoldAsync(_home, "elsewhere", elsewhere);
    }

    [Fact]
    public async Task Content_TwiceAtOnce_OneLoadedOneDuplicate()
    {
        var large = SomeFile.Orders("orders/x.csv", 50_000, firstId: 100_001);
        _home.Drop(large, large.As("orders/y.csv"));
        await _home.SettledAsync();

        (await _home.EntriesAsync()).Take(2).Select(e => e.State).Order().ShouldBe([FileState.Archived, FileState.Duplicate]);
        (await _home.NumberAsync("SELECT count() FROM orders")).ShouldBe(s_file.Rows + large.Rows);
    }

    [Theory]
    [InlineData(1_500)]
    [InlineData(300_000)]
    public async Task File_UndoneAndDroppedAgain_IsLoadedUnderANewId(int rows)
    {
        var file = SomeFile.Orders("sales/sales.csv", rows);
        _home.Drop(file);
        await _home.SettledAsync();
        var first = (await _home.EntriesAsync())[0].FileId;

        for (var round = 0; round < 2; round++)
        {
            var (exit, output, errors) = await _home.VerbAsync("undo", "sales.csv");
            exit.ShouldBe(0, output + errors);
            (await _home.NumberAsync("SELECT count() FROM sales")).ShouldBe(0);
            (await _home.NumberAsync("SELECT count() FROM pipeline.files FINAL WHERE table = 'sales' AND state = 'loaded'")).ShouldBe(0);
            _home.Drop(file);
            await _home.SettledAsync();
        }

        (await _home.NumberAsync("SELECT count() FROM sales")).ShouldBe(rows);
        (await _home.NumberAsync("SELECT uniqExact(_file_id) FROM sales")).ShouldBe(1);
        (await _home.EntriesAsync())[0].FileId.ShouldNotBe(first);
    }

    [Fact]
    public async Task Undo_KilledAfterTheRowsAreGone_TheNextStartFinishesIt()
    {
        await _home.StartAsync(FaultPoint.AfterUndoBeforeLedger);
        await _home.VerbAsync("undo", "a.csv");
        await _home.Daemon!.ExitedAsync();

        await _home.StartAsync();
        (await _home.EntriesAsync()).ShouldHaveSingleItem().State.ShouldBe(FileState.Undone);
        (await _home.NumberAsync("SELECT count() FROM orders")).ShouldBe(0);
        (await _home.NumberAsync("SELECT count() FROM pipeline.files FINAL WHERE state = 'loaded'")).ShouldBe(0);

        _home.Drop(s_file);
        await _home.SettledAsync();
        (await _home.NumberAsync("SELECT count() FROM orders")).ShouldBe(s_file.Rows);
    }

    [Fact]
    public async Task Ingest_Force_LoadsTheSameContentASecondTime()
    {
        var path = Path.Join(_home.Root, "orders.csv");
        await File.WriteAllBytesAsync(path, s_file.Content);

        (await OutcomeAsync("ingest", path, "--dataset", "orders", "--json")).ShouldBe("duplicate");
        (await OutcomeAsync("ingest", path, "--dataset", "orders", "--force", "--json")).ShouldBe("loaded");
        (await OutcomeAsync("ingest", path, "--dataset", "orders", "--json")).ShouldBe("duplicate");

        (await _home.NumberAsync("SELECT count() FROM orders")).ShouldBe(2 * s_file.Rows);
        (await _home.NumberAsync("SELECT uniqExact(_file_id) FROM orders")).ShouldBe(2);
        File.Exists(path).ShouldBeTrue();
    }

    async Task<string?> OutcomeAsync(params string[] arguments)
    {
        var (exit, output, errors) = await _home.VerbAsync(arguments);
        exit.ShouldBe(0, output + errors);
        return JsonDocument.Parse(output.Trim()).RootElement.GetProperty("outcome").GetString();
    }
}
