using Pipeline.Ingestion;
using Pipeline.Ledger;
using Pipeline.TestKit.Files;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>The daemon dies while an archive is on its way: whatever had ended of it, each of its files is loaded once and has one entry.</summary>
[Collection(CrashChains.One)]
public sealed class MemberFaultTests(CrashHome home) : FaultPointTests(home), IClassFixture<CrashHome>
{
    // The third file has staging; what is put away as the fourth is the archive. Steps that files may share are only counted once.
    public static TheoryData<string, int> Points => Rows(
        At(1, FaultPoint.AfterUnpackBeforeArchive),
        At(2, FaultPoint.AfterPublishBeforeRegistry),
        At(3, FaultPoint.AfterClaimBeforeLoading, FaultPoint.AfterFirstInsert),
        At(4, FaultPoint.AfterArchiveBeforeLedger));

    [Theory]
    [MemberData(nameof(Points))]
    public async Task Archive_KilledAtStep_EachOfItsFilesHasOneEntry(string point, int times)
    {
        var table = $"members_{point}_{times}";
        SomeFile[] files =
        [
            SomeFile.Orders("a.csv", 500), SomeFile.Orders("sub/b.csv", 700, firstId: 10_001), SomeFile.Orders("c.csv", 20_000, firstId: 20_001),
        ];
        Home.Configure(SmallBatches);
        var zip = files[0] with { Name = $"{table}/{table}.zip", Content = Packed.Zip(files.Select(f => (f.Name, f.Content))) };

        await CrashAndRecoverAsync(point, times, zip);

        (await Home.QueryAsync($"SELECT count(), uniqExact(_file_id, _row), sum(id), uniqExact(_file_id) FROM {table}"))[0].Select(Convert.ToInt64)
            .ShouldBe([files.Sum(f => f.Rows), files.Sum(f => f.Rows), files.Sum(f => f.IdSum), files.Length]);
        (await Home.NumberAsync($"SELECT count() FROM pipeline.files FINAL WHERE table = '{table}' AND state = 'loaded'")).ShouldBe(files.Length);
        var path = Path.Join(Home.DataFolder, zip.Name);
        var entries = (await Home.EntriesAsync()).Where(e => e.Path.StartsWith(path, StringComparison.Ordinal)).ToList();
        entries.Where(e => e.Path != path).Select(e => (e.Path[path.Length..], e.State)).Order().ShouldBe(
            files.Select(f => ("!/" + f.Name, FileState.Archived)).Order());
        var archive = entries.Where(e => e.Path == path).ShouldHaveSingleItem();
        archive.State.ShouldBe(FileState.Unpacked);
        File.ReadAllBytes(archive.MovedTo!).ShouldBe(zip.Content);
        await Promise.ShouldHaveNoStagingAsync(Home);
    }
}
