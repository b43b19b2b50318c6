using Pipeline.Ingestion;
using Pipeline.Ledger;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>
/// A table that somebody else made, without provenance columns: it cannot be asked which rows are a file's. What holds instead are the tokens that it
/// keeps, and the staging table, which is gone once its rows are in the target.
/// </summary>
[Collection(CrashChains.Two)]
public sealed class ForeignTableFaultTests(CrashHome home) : FaultPointTests(home), IClassFixture<CrashHome>
{
    // Its rows are inserted from a staging table, however few: no part is attached, and no insert of which nobody could tell whether it came through.
    public static TheoryData<string, int> Points => Rows(At(1, Staged.Where(p => p != FaultPoint.AfterFirstAttach)));

    [Theory]
    [MemberData(nameof(Points))]
    public Task OneBlockFile_KilledAtStep_LoadedOnce(string point, int times) => LoadsOnceAsync($"foreign_one_{point}", rows: 400, point, times);

    public static TheoryData<string, int> PublishPoints => Rows(At(1, FaultPoint.AfterPublishingBeforeAttach, FaultPoint.AfterPublishBeforeRegistry));

    [Theory]
    [MemberData(nameof(PublishPoints))]
    public Task ManyBlockFile_KilledAtStep_LoadedOnce(string point, int times) =>
        LoadsOnceAsync($"foreign_many_{point}", rows: 30_000, point, times);

    async Task LoadsOnceAsync(string table, int rows, string point, int times)
    {
        var file = SomeFile.Orders($"{table}/{table}.csv", rows);
        Home.Configure(SmallBatches);
        await Home.StartAsync();
        await Home.QueryAsync(
            $"CREATE TABLE {table} (id UInt32, day Date, amount Decimal(12, 2), name String) ENGINE = MergeTree ORDER BY id "
            + "SETTINGS non_replicated_deduplication_window = 1000");
        await Home.QueryAsync($"INSERT INTO {table} VALUES (4000000000, '2020-01-01', 0, 'of somebody else')");

        await CrashAndRecoverAsync(point, times, file);

        (await Home.QueryAsync($"SELECT count(), uniqExact(id), sum(id), toInt64(sum(amount) * 100) FROM {table} WHERE id < 4000000000")).ShouldHaveSingleItem()
            .Select(Convert.ToInt64).ShouldBe([file.Rows, file.Rows, file.IdSum, file.CentSum]);
        (await Home.NumberAsync($"SELECT count() FROM {table}")).ShouldBe(file.Rows + 1);
        var entry = (await Home.EntriesAsync()).Where(e => e.Path == Path.Join(Home.DataFolder, file.Name)).ShouldHaveSingleItem();
        entry.State.ShouldBe(FileState.Archived);
        entry.Receipt.ShouldNotBeNull().Guarantee.ShouldBe("tokens");
        entry.Receipt!.RowsLoaded.ShouldBe(file.Rows);
        await Promise.ShouldHaveNoStagingAsync(Home);
    }
}
