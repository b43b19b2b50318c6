using Pipeline.Ledger;
using Xunit.Abstractions;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>Kills at moments that nobody chose, while files come in one after the other.</summary>
[Collection(CrashChains.Two)]
public sealed class RandomKillTests(ITestOutputHelper output)
{
    const int Seed = 20250301;

    /// <summary>Set to 1 for the long form of this test.</summary>
    const string LongVariable = "PIPELINE_LONG_TESTS";

    static int Kills => Environment.GetEnvironmentVariable(LongVariable) == "1" ? 50 : 12;

    [Fact]
    public async Task StreamOfFiles_DaemonAndEngineKilledAtRandom_EveryRowOnce()
    {
        await using var home = new CrashHome();
        home.Configure("ingest:\n  max_batch_rows: 8192\n  max_batch_bytes: 128KiB\ndatasets:\n  months:\n    partition_by: toYYYYMM(day)\n");
        var random = new Random(Seed);
        var dropped = new List<(SomeFile File, string Outcome)>();
        await home.StartAsync();
        for (var kill = 0; kill < Kills; kill++)
        {
            // Two to five files, then a kill within the time that they take.
            for (var files = random.Next(2, 6); files > 0; files--)
            {
                dropped.Add(await NextFileAsync(random, dropped, home));
                home.Drop(dropped[^1].File);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 400)), TimeProvider.System);
            if (random.Next(3) == 0)
            {
                home.KillEngine();
                continue;
            }

            await home.KillAsync();
            if (random.Next(4) == 0)
            {
                // Killed again while it starts: recovery itself is cut.
                home.StartUnwatched();
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(300, 1500)), TimeProvider.System);
                await home.KillAsync();
            }

            await home.StartAsync();
        }

        await home.SettledAsync();
        output.WriteLine($"{Kills} kills, {dropped.Count} files, {dropped.Sum(d => d.File.Rows)} rows");

        var entries = await home.EntriesAsync();
        var outcomes = entries.CountBy(e => e.State).ToDictionary();
        outcomes.Keys.ShouldBeSubsetOf([FileState.Archived, FileState.Duplicate, FileState.Empty, FileState.Quarantined]);
        outcomes.Values.Sum().ShouldBe(dropped.Count);
        foreach (var (state, outcome) in new[]
                 {
                     (FileState.Archived, "loaded"), (FileState.Duplicate, "duplicate"), (FileState.Empty, "empty"), (FileState.Quarantined, "quarantined"),
                 })
        {
            outcomes.GetValueOrDefault(state).ShouldBe(dropped.Count(d => d.Outcome == outcome), outcome);
        }

        foreach (var dataset in new[] { "stream", "months" })
        {
            await Promise.ShouldHoldAsync(
                home, dataset, [.. dropped.Where(d => d.Outcome == "loaded" && d.File.Name.StartsWith(dataset, StringComparison.Ordinal)).Select(d => d.File)]);
        }
    }

    static async Task<(SomeFile File, string Outcome)> NextFileAsync(
        Random random, List<(SomeFile File, string Outcome)> dropped, CrashHome home)
    {
        var number = dropped.Count;
        var dataset = random.Next(4) == 0 ? "months" : "stream";
        var name = $"{dataset}/f{number:0000}.csv";
        switch (random.Next(12))
        {
            case 0 when (await home.EntriesAsync()).FirstOrDefault(e => e.State == FileState.Archived && e.Dataset == dataset) is { } loaded:
                // The name of a duplicate begins otherwise, so that the archive can be asked for the one that was loaded.
                var again = dropped.Single(d => Path.Join(home.DataFolder, d.File.Name) == loaded.Path).File;
                return (again.As($"{dataset}/again{number:0000}.csv"), "duplicate");
            case 1:
                return (new SomeFile(name, "id,day,amount,name\n"u8.ToArray(), 0, 0, 0, 0), "empty");
            case 2:
                return (new SomeFile(name, "id,day,amount,name\n1,2025-01-01,1.00,\"open\n"u8.ToArray(), 0, 0, 0, 0), "quarantined");
            default:
                var rows = random.Next(5) == 0 ? random.Next(20_000, 60_000) : random.Next(1, 3_000);
                return (SomeFile.Orders(name, rows, firstId: (number * 100_000L) + 1), "loaded");
        }
    }
}
