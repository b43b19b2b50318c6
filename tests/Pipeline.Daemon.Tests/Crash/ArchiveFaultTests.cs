using System.IO.Compression;
using Pipeline.Ingestion;
using Pipeline.Ledger;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>An archive of several files, killed while they are taken out of it one by one.</summary>
[Collection(CrashChains.Two)]
public sealed class ArchiveFaultTests(CrashHome home) : FaultPointTests(home), IClassFixture<CrashHome>
{
    // Each member passes the steps up to the archive; the archive itself is put away at the end.
    public static TheoryData<string, int> Points => Rows(
        At(
            2, FaultPoint.AfterClaimBeforeLoading, FaultPoint.AfterLoadingBeforeInsert, FaultPoint.AfterPublishBeforeRegistry),
        At(
            1, FaultPoint.AfterFirstInsert, FaultPoint.AfterPublishBeforeLedger, FaultPoint.AfterLedgerBeforeArchive, FaultPoint.AfterStagingCreated,
            FaultPoint.AfterPublishingBeforeAttach, FaultPoint.AfterMoveBeforeLook));

    [Theory]
    [MemberData(nameof(Points))]
    public async Task ZipOfThreeFiles_KilledAtStep_EachMemberLoadedOnce(string point, int times)
    {
        var table = $"zip_{point}";
        SomeFile[] members =
        [
            SomeFile.Orders("a.csv", 500), SomeFile.Orders("b.csv", 20_000, firstId: 10_001), SomeFile.Orders("c.csv", 700, firstId: 50_001),
        ];
        Home.Configure(SmallBatches);

        await CrashAndRecoverAsync(point, times, new SomeFile($"{table}/{table}.zip", Zip(members), 0, 0, 0, 0));

        var rows = (await Home.QueryAsync($"SELECT count(), uniqExact(_file_id, _row), uniqExact(_file_id), sum(id), toInt64(sum(amount) * 100) FROM {table}"))[0];
        rows.Select(Convert.ToInt64).ShouldBe([members.Sum(m => m.Rows), members.Sum(m => m.Rows), 3, members.Sum(m => m.IdSum), members.Sum(m => m.CentSum)]);
        (await Home.NumberAsync($"SELECT sum(rows_loaded) FROM pipeline.files FINAL WHERE state = 'loaded' AND table = '{table}'"))
            .ShouldBe(members.Sum(m => m.Rows));
        CrashHome.FilesIn(Home.ArchiveFolder).Where(p => Path.GetFileName(p) == $"{table}.zip").ShouldHaveSingleItem();
        var entries = (await Home.EntriesAsync()).Where(e => e.Path.StartsWith(Path.Join(Home.DataFolder, table), StringComparison.Ordinal)).ToList();
        entries.Count(e => e.State == FileState.Archived).ShouldBe(3);
        entries.Count(e => e.State == FileState.Unpacked).ShouldBe(1);
        await Promise.ShouldHaveNoStagingAsync(Home);
    }

    static byte[] Zip(IEnumerable<SomeFile> members)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create))
        {
            foreach (var member in members)
            {
                using var entry = zip.CreateEntry(member.Name).Open();
                entry.Write(member.Content);
            }
        }

        return memory.ToArray();
    }
}
