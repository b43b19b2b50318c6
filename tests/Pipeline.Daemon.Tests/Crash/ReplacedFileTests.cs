using Pipeline.Ingestion;
using Pipeline.Ledger;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>A producer that writes the same name again while its last version is not put away yet, and one that takes a file back.</summary>
[Collection(CrashChains.Two)]
public sealed class ReplacedFileTests : IAsyncLifetime
{
    static readonly SomeFile s_old = SomeFile.Orders("orders/latest.csv", 1_000);
    static readonly SomeFile s_new = SomeFile.Orders("orders/latest.csv", 1_300, firstId: 5_001);

    readonly CrashHome _home = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _home.DisposeAsync();

    [Theory]
    [InlineData("after_ledger_before_archive")]
    [InlineData("after_move_before_look")]
    [InlineData("after_archive_before_ledger")]
    public async Task File_ReplacedWhileItIsMoved_BothVersionsAreLoaded(string point)
    {
        _home.Drop(s_old);
        await _home.DieAtAsync(Enum.GetValues<FaultPoint>().Single(p => Faults.Name(p) == point));
        _home.Drop(s_new);

        await _home.StartAsync();
        await _home.SettledAsync();

        (await _home.NumberAsync("SELECT count() FROM orders")).ShouldBe(s_old.Rows + s_new.Rows);
        (await _home.NumberAsync("SELECT uniqExact(_file_id, _row) FROM orders")).ShouldBe(s_old.Rows + s_new.Rows);
        (await _home.EntriesAsync()).Select(e => e.State).ShouldBe([FileState.Archived, FileState.Archived]);
    }

    [Fact]
    public async Task File_ReplacedAfterItsRowsWereSent_OnlyTheNewVersionIsThere()
    {
        _home.Drop(s_old);
        await _home.DieAtAsync(FaultPoint.AfterFirstInsert);
        _home.Drop(s_new);

        await _home.StartAsync();
        await _home.SettledAsync();

        await Promise.ShouldHoldAsync(_home, "orders", s_new);
    }

    [Fact]
    public async Task File_TakenBackAfterItsRowsWereSent_NothingOfItStays()
    {
        _home.Drop(s_old);
        await _home.DieAtAsync(FaultPoint.AfterPublishBeforeRegistry);
        File.Delete(Path.Join(_home.DataFolder, s_old.Name));

        await _home.StartAsync();
        (await _home.NumberAsync("SELECT count() FROM orders")).ShouldBe(0);
        (await _home.NumberAsync("SELECT count() FROM pipeline.files")).ShouldBe(0);

        // And when it comes back it is loaded, although the destination remembers its token.
        _home.Drop(s_old.As("orders/late.csv"));
        await _home.SettledAsync();
        await Promise.ShouldHoldAsync(_home, "orders", s_old.As("orders/late.csv"));
    }

    [Fact]
    public async Task SameName_RewrittenAgainAndAgain_EveryVersionIsLoaded()
    {
        const int versions = 30;
        await _home.StartAsync();
        long rows = 0;
        for (var i = 0; i < versions; i++)
        {
            var file = SomeFile.Orders("orders/latest.csv", 200 + i, firstId: (i * 10_000) + 1);
            _home.Drop(file);
            rows += file.Rows;

            // A careful producer waits until the last one is taken; taken is not yet put away.
            await _home.UntilAsync(
                async () => (await _home.EntriesAsync()).Count(e => e.State is FileState.Loaded or FileState.Archived) == i + 1, $"version {i} loaded");
        }

        await _home.SettledAsync();
        (await _home.NumberAsync("SELECT count() FROM orders")).ShouldBe(rows);
        (await _home.NumberAsync("SELECT uniqExact(_file_id) FROM orders")).ShouldBe(versions);
    }
}
