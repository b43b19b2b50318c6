using Pipeline.Ingestion;
using Pipeline.Ledger;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>The ledger is gone; the destination still knows what was loaded.</summary>
[Collection(CrashChains.Two)]
public sealed class LostLedgerTests : IAsyncLifetime
{
    readonly CrashHome _home = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _home.DisposeAsync();

    [Fact]
    public async Task Ledger_LostAfterLoads_SameFilesAreDuplicates()
    {
        SomeFile[] files = [SomeFile.Orders("orders/a.csv", 1_000), SomeFile.Orders("orders/b.csv", 40_000, firstId: 10_001)];
        await _home.StartAsync();
        _home.Drop(files);
        await _home.SettledAsync();
        await _home.KillAsync();
        LoseLedger();

        await _home.StartAsync();
        await Promise.ShouldHoldAsync(_home, "orders", files, ledgerIsWhole: false);
        _home.Drop([.. files.Select(f => f.As(f.Name.Replace("/", "/again_", StringComparison.Ordinal)))]);
        await _home.SettledAsync();

        (await _home.EntriesAsync()).Take(2).ShouldAllBe(e => e.State == FileState.Duplicate);
        await Promise.ShouldHoldAsync(_home, "orders", files, ledgerIsWhole: false);
    }

    [Theory]
    [InlineData("after_loading_before_insert")]
    [InlineData("after_first_insert")]
    [InlineData("after_publish_before_registry")]
    [InlineData("after_publish_before_ledger")]
    [InlineData("after_ledger_before_archive")]
    public async Task Ledger_LostWithAKillInAOneBlockLoad_EveryRowOnce(string point)
    {
        // Three at once may share an insert, and its token with it.
        await LoseAsync(
            point, SomeFile.Orders("orders/a.csv", 1_000), SomeFile.Orders("orders/b.csv", 1_200, firstId: 10_001),
            SomeFile.Orders("orders/c.csv", 1_400, firstId: 20_001));
    }

    [Theory]
    [InlineData("after_first_insert")]
    [InlineData("after_publishing_before_attach")]
    [InlineData("after_first_attach")]
    [InlineData("after_publish_before_ledger")]
    public async Task Ledger_LostWithAKillInAStagedLoad_EveryRowOnce(string point)
    {
        _home.Configure("datasets:\n  orders:\n    partition_by: toYYYYMM(day)\n");
        await LoseAsync(point, SomeFile.Orders("orders/a.csv", 5_000));
    }

    [Fact]
    public async Task Ledger_Damaged_SaysWhatToDoAndDoingItHelps()
    {
        var file = SomeFile.Orders("orders/a.csv", 1_000);
        await _home.StartAsync();
        _home.Drop(file);
        await _home.SettledAsync();
        await _home.KillAsync();
        LoseLedger();
        await File.WriteAllTextAsync(Path.Join(_home.StateFolder, "ledger.db"), new string('x', 10_000));

        var (exit, output, errors) = await _home.VerbAsync("run");
        exit.ShouldBe(70, output + errors);
        (output + errors).ShouldContain("move the file away");
        (output + errors).ShouldNotContain("   at Pipeline");

        LoseLedger();
        await _home.StartAsync();
        _home.Drop(file.As("orders/again.csv"));
        await _home.SettledAsync();
        (await _home.EntriesAsync())[0].State.ShouldBe(FileState.Duplicate);
        await Promise.ShouldHoldAsync(_home, "orders", [file], ledgerIsWhole: false);
    }

    [Fact]
    public async Task Ledger_LostAndTheFirstStartAfterItKilled_EveryRowOnce()
    {
        var file = SomeFile.Orders("orders/a.csv", 1_000);
        var other = SomeFile.Orders("orders/b.csv", 1_000, firstId: 5_001);
        _home.Drop(file);
        await _home.DieAtAsync(FaultPoint.AfterPublishBeforeRegistry);
        LoseLedger();

        // The ledger that is rebuilt is not empty any more when the next start looks at it; a.csv comes only then.
        File.Move(Path.Join(_home.DataFolder, file.Name), _home.PathOf("a.csv"));
        await _home.StartAsync();
        _home.Drop(other);
        await _home.SettledAsync();
        await _home.KillAsync();
        await _home.StartAsync();
        File.Move(_home.PathOf("a.csv"), Path.Join(_home.DataFolder, file.Name));
        await _home.SettledAsync();

        await Promise.ShouldHoldAsync(_home, "orders", [file, other], ledgerIsWhole: false);
    }

    async Task LoseAsync(string point, params SomeFile[] files)
    {
        _home.Drop(files);
        await _home.DieAtAsync(Enum.GetValues<FaultPoint>().Single(p => Faults.Name(p) == point));
        LoseLedger();

        await _home.StartAsync();
        await _home.SettledAsync();

        await Promise.ShouldHoldAsync(_home, "orders", files, ledgerIsWhole: false);
    }

    void LoseLedger()
    {
        var files = Directory.GetFiles(_home.StateFolder, "ledger.db*");
        files.ShouldNotBeEmpty();
        foreach (var file in files)
        {
            File.Delete(file);
        }
    }
}
