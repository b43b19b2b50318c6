using Pipeline.Daemon.Hosting;
using Pipeline.Ingestion;
using Pipeline.Ledger;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>The first wish to stop finishes open files, the second leaves them to the next start.</summary>
[Collection(CrashChains.One)]
public sealed class StopTests : IAsyncLifetime
{
    static readonly SomeFile s_file = SomeFile.Orders("orders/a.csv", 400_000);

    readonly CrashHome _home = new();

    public async Task InitializeAsync()
    {
        // Small batches: many inserts, so that the stop comes among them.
        _home.Configure("ingest:\n  max_batch_rows: 4096\n  max_batch_bytes: 64KiB\n");
        await _home.StartHoldingAsync(FaultPoint.AfterFirstInsert);
        _home.Drop(s_file);
        await _home.HeldAsync();
        (await _home.EntriesAsync())[0].State.ShouldBe(FileState.Loading);
    }

    public async Task DisposeAsync() => await _home.DisposeAsync();

    [Fact]
    public async Task Terminate_Once_OpenFileIsFinishedAndNoOtherBegun()
    {
        _home.Daemon!.Terminate();
        await _home.Daemon.SaysAsync("is watched no longer");
        var late = SomeFile.Orders("orders/late.csv", 100, firstId: 1_000_001);
        _home.Drop(late);
        _home.Daemon.Continue();
        await _home.Daemon.ExitedAsync();

        _home.Daemon.ExitCode.ShouldBe(0, _home.Daemon.Errors);
        (await _home.EntriesAsync()).ShouldHaveSingleItem().State.ShouldBe(FileState.Archived);
        CrashHome.FilesIn(_home.DataFolder).ShouldBe([late.Name]);

        await _home.StartAsync();
        await _home.SettledAsync();
        await Promise.ShouldHoldAsync(_home, "orders", s_file, late);
    }

    [Fact]
    public async Task Terminate_Twice_OpenFileIsLeftAndLoadedOnceByTheNextStart()
    {
        _home.Daemon!.Terminate();
        await _home.Daemon.SaysAsync("Stopping: ");

        // Sooner it counts as an echo of the first.
        await Task.Delay(StopSignals.EchoInterval * 2, TimeProvider.System);
        _home.Daemon.Terminate();
        await _home.Daemon.SaysAsync("Stopping at once");
        _home.Daemon.Continue();
        await _home.Daemon.ExitedAsync();

        _home.Daemon.ExitCode.ShouldBe(130, _home.Daemon.Errors);
        (await _home.EntriesAsync()).ShouldHaveSingleItem().State.ShouldBe(FileState.Loading);
        CrashHome.FilesIn(_home.DataFolder).ShouldBe([s_file.Name]);

        await _home.StartAsync();
        await _home.SettledAsync();
        await Promise.ShouldHoldAsync(_home, "orders", s_file);
    }
}
