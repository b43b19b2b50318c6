using Pipeline.Daemon.Tests.Crash;
using Pipeline.Ledger;
using Pipeline.TestKit.Generators;

namespace Pipeline.Daemon.Tests.EndToEnd;

/// <summary>A backlog of files of every fate, met by a daemon that starts.</summary>
public sealed class MixedFilesTests
{
    [Fact]
    public async Task Run_ThousandMixedFiles_EachEndsAsItMustAndTheRowLawHolds()
    {
        await using var home = new CrashHome();
        var expected = MixedFiles.Write(home.DataFolder, 1000).ToDictionary(f => Path.Join(home.DataFolder, f.Path));

        await home.StartAsync();
        await home.SettledAsync();

        var entries = await home.EntriesAsync();
        entries.Count.ShouldBe(1000);
        var outcomes = entries.CountBy(e => e.State == FileState.Archived ? "loaded" : e.State.ToString().ToLowerInvariant()).ToDictionary();
        outcomes.Keys.Order().ShouldBe(["duplicate", "empty", "loaded", "quarantined"]);
        foreach (var state in expected.Values.CountBy(f => f.Outcome))
        {
            outcomes[state.Key.ToString().ToLowerInvariant()].ShouldBe(state.Value, state.Key.ToString());
        }

        foreach (var entry in entries.Where(e => e.State == FileState.Archived))
        {
            // Which of two twins was loaded is for the two to decide: their rows are the same.
            var file = expected[entry.Path];
            var original = file.TwinOf is { } twin ? expected[Path.Join(home.DataFolder, twin)] : file;
            entry.Receipt!.RowsRejected.ShouldBe(original.Rejected, entry.Path);
            entry.Receipt.RowsLoaded.ShouldBe(entry.Receipt.RowsRead - original.Rejected, entry.Path);

            // An open quote that the very next row closes makes one damaged record of the two lines.
            entry.Receipt.RowsRead.ShouldBeInRange(original.Kind == "open quote" ? original.Rows - 1 : original.Rows, original.Rows, entry.Path);
        }

        var loaded = entries.Where(e => e.State == FileState.Archived).Sum(e => e.Receipt!.RowsLoaded);
        (await home.NumberAsync("SELECT sum(total_rows) FROM system.tables WHERE database = 'default'")).ShouldBe(loaded);
        (await home.NumberAsync("SELECT sum(rows_loaded) FROM pipeline.files FINAL")).ShouldBe(loaded);
        CrashHome.FilesIn(home.DataFolder).ShouldBeEmpty();
    }
}
