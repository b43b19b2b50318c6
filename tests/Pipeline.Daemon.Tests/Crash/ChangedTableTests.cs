using Pipeline.Ingestion;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>The table that a file is on its way to is changed by somebody else.</summary>
[Collection(CrashChains.One)]
public sealed class ChangedTableTests : IAsyncLifetime
{
    static readonly SomeFile s_file = SomeFile.Orders("orders/a.csv", 30_000);

    readonly CrashHome _home = new();

    public Task InitializeAsync()
    {
        _home.Configure("ingest:\n  max_batch_rows: 4096\n  max_batch_bytes: 64KiB\n");
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _home.DisposeAsync();

    // Dropped: made again. Another type, another key: the staged parts do not fit any more, the file is read again for the table as it is.
    [Theory]
    [InlineData("DROP TABLE orders SYNC")]
    [InlineData("ALTER TABLE orders MODIFY COLUMN id Int64")]
    [InlineData("ALTER TABLE orders ADD COLUMN region String DEFAULT 'x' AFTER id")]
    public async Task Table_ChangedBetweenKillAndRestart_EveryRowOnce(string change)
    {
        _home.Drop(s_file);
        await _home.DieAtAsync(FaultPoint.AfterPublishingBeforeAttach);
        await ChangeAsync(change);

        await _home.StartAsync();
        await _home.SettledAsync();

        await Promise.ShouldHoldAsync(_home, "orders", s_file);
    }

    [Fact]
    public async Task Table_DroppedWhileTheDaemonRuns_NextFilesMakeItAgain()
    {
        await _home.StartAsync();
        _home.Drop(s_file);
        await _home.SettledAsync();
        foreach (var file in new[] { SomeFile.Orders("orders/b.csv", 100, firstId: 100_001), SomeFile.Orders("orders/c.csv", 30_000, firstId: 200_001) })
        {
            await _home.QueryAsync("DROP TABLE orders SYNC");
            _home.Drop(file);
            await _home.SettledAsync();

            (await _home.NumberAsync("SELECT count() FROM orders")).ShouldBe(file.Rows);
        }
    }

    // Rows come by INSERT … SELECT here, so that the view sees them.
    [Theory]
    [InlineData("after_publishing_before_attach")]
    [InlineData("after_publish_before_registry")]
    [InlineData("after_publish_before_ledger")]
    public async Task Table_WithAMaterializedView_KilledAtStep_TableAndViewHaveEveryRowOnce(string point)
    {
        var first = SomeFile.Orders("orders/first.csv", 200, firstId: 100_001);
        await _home.StartAsync();
        _home.Drop(first);
        await _home.SettledAsync();
        await _home.QueryAsync("CREATE MATERIALIZED VIEW seen ENGINE = MergeTree ORDER BY id AS SELECT id FROM orders");
        await _home.KillAsync();
        _home.Drop(s_file);
        await _home.DieAtAsync(Enum.GetValues<FaultPoint>().Single(p => Faults.Name(p) == point));

        await _home.StartAsync();
        await _home.SettledAsync();

        await Promise.ShouldHoldAsync(_home, "orders", first, s_file);
        (await _home.NumberAsync("SELECT count() FROM seen")).ShouldBe(s_file.Rows);
        (await _home.NumberAsync("SELECT uniqExact(id) FROM seen")).ShouldBe(s_file.Rows);
    }

    async Task ChangeAsync(string sql)
    {
        var (exit, output, errors) = await _home.VerbAsync("query", sql);
        exit.ShouldBe(0, output + errors);
    }
}
