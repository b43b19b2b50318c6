using Pipeline.Ingestion;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>
/// The daemon kills itself at each named step of a file's way; the next one ends it as if nothing had been. One home for all rows of a class, so
/// that each crash also happens among the tables and ledger entries of earlier ones.
/// </summary>
public abstract class FaultPointTests(CrashHome home)
{
    /// <summary>Steps that a file of one batch for a table without partitions passes.</summary>
    protected static readonly FaultPoint[] Direct =
    [
        FaultPoint.AfterClaimBeforeLoading,
        FaultPoint.AfterLoadingBeforeInsert,
        FaultPoint.AfterFirstInsert,
        FaultPoint.AfterVerifyBeforeRejects,
        FaultPoint.AfterRejectsBeforePublishing,
        FaultPoint.AfterPublishBeforeRegistry,
        FaultPoint.AfterPublishBeforeLedger,
        FaultPoint.AfterLedgerBeforeArchive,
        FaultPoint.AfterMoveBeforeLook,
        FaultPoint.AfterArchiveBeforeLedger,
    ];

    /// <summary>Steps that a file with a staging table passes.</summary>
    protected static readonly FaultPoint[] Staged =
    [
        .. Direct, FaultPoint.AfterStagingCreated, FaultPoint.AfterInsertBeforeVerify, FaultPoint.AfterPublishingBeforeAttach, FaultPoint.AfterFirstAttach,
    ];

    /// <summary>So small that a file of 30,000 rows has several.</summary>
    protected const string SmallBatches = "ingest:\n  max_batch_rows: 4096\n  max_batch_bytes: 64KiB\n";

    protected CrashHome Home { get; } = home;

    protected static TheoryData<string, int> Rows(params IEnumerable<(FaultPoint Point, int Time)>[] parts)
    {
        var rows = new TheoryData<string, int>();
        foreach (var (point, time) in parts.SelectMany(p => p))
        {
            rows.Add(Faults.Name(point), time);
        }

        return rows;
    }

    /// <summary>Steps, at the time when each is reached for the given time.</summary>
    protected static IEnumerable<(FaultPoint Point, int Time)> At(int time, params IEnumerable<FaultPoint> points) => points.Select(p => (p, time));

    private protected async Task CrashAndRecoverAsync(string point, int times, params SomeFile[] files)
    {
        // The daemon of the test before has another configuration: it must not see these files.
        await Home.EndAsync();
        Home.Drop(files);
        await Home.DieAtAsync(Enum.GetValues<FaultPoint>().Single(p => Faults.Name(p) == point), times);
        await Home.StartAsync();
        await Home.SettledAsync();
    }
}

[Collection(CrashChains.One)]
public sealed class OneBlockFaultTests(CrashHome home) : FaultPointTests(home), IClassFixture<CrashHome>
{
    public static TheoryData<string, int> Points => Rows(At(1, Direct));

    [Theory]
    [MemberData(nameof(Points))]
    public async Task OneBlockFile_KilledAtStep_LoadedOnce(string point, int times)
    {
        var table = $"one_{point}";
        var file = SomeFile.Orders($"{table}/{table}.csv", 2_000);

        await CrashAndRecoverAsync(point, times, file);

        await Promise.ShouldHoldAsync(Home, table, file);
    }
}

[Collection(CrashChains.One)]
public sealed class ManyBlockFaultTests(CrashHome home) : FaultPointTests(home), IClassFixture<CrashHome>
{
    public static TheoryData<string, int> Points => Rows(At(1, Staged), At(3, FaultPoint.AfterFirstInsert));

    [Theory]
    [MemberData(nameof(Points))]
    public async Task ManyBlockFile_KilledAtStep_LoadedOnce(string point, int times)
    {
        var table = $"many_{point}_{times}";
        var file = SomeFile.Orders($"{table}/{table}.csv", 30_000);
        Home.Configure(SmallBatches);

        await CrashAndRecoverAsync(point, times, file);

        await Promise.ShouldHoldAsync(Home, table, file);
    }
}

/// <summary>The rows are in the order of the key: parts are written by the daemon and attached by the engine.</summary>
[Collection(CrashChains.One)]
public sealed class PartFaultTests(CrashHome home) : FaultPointTests(home), IClassFixture<CrashHome>
{
    public static TheoryData<string, int> Points => Rows(
        At(1, Staged.Except(Direct)), At(1, FaultPoint.AfterPartMovedBeforeAttach), At(3, FaultPoint.AfterPartMovedBeforeAttach, FaultPoint.AfterFirstInsert));

    [Theory]
    [MemberData(nameof(Points))]
    public async Task FileInOrderOfTheKey_KilledAtStep_LoadedOnce(string point, int times)
    {
        var table = $"in_order_{point}_{times}";
        var file = SomeFile.Orders($"{table}/{table}.csv", 60_000);
        Home.Configure($"{SmallBatches}\ndatasets:\n  {table}:\n    order_by: [id]\n");

        await CrashAndRecoverAsync(point, times, file);

        await Promise.ShouldHoldAsync(Home, table, file);
    }
}

[Collection(CrashChains.Two)]
public sealed class PartitionedFaultTests(CrashHome home) : FaultPointTests(home), IClassFixture<CrashHome>
{
    // Four months are four partitions, each moved by itself.
    public static TheoryData<string, int> Points => Rows(
        At(1, Staged), At(2, FaultPoint.AfterFirstAttach), At(4, FaultPoint.AfterFirstAttach));

    [Theory]
    [MemberData(nameof(Points))]
    public async Task PartitionedTarget_KilledAtStep_LoadedOnce(string point, int times)
    {
        var table = $"parts_{point}_{times}";
        var earlier = SomeFile.Orders($"{table}/earlier_{table}.csv", 400, firstId: 100_001);
        var file = SomeFile.Orders($"{table}/{table}.csv", 3_000);
        Home.Configure($"datasets:\n  {table}:\n    partition_by: toYYYYMM(day)\n");
        if (times == 2)
        {
            // Partitions that hold rows of others already.
            await Home.StartAsync();
            Home.Drop(earlier);
            await Home.SettledAsync();
            await Home.KillAsync();
        }

        await CrashAndRecoverAsync(point, times, file);

        await Promise.ShouldHoldAsync(Home, table, times == 2 ? [earlier, file] : [file]);
    }
}

[Collection(CrashChains.Two)]
public sealed class ThreeFilesFaultTests(CrashHome home) : FaultPointTests(home), IClassFixture<CrashHome>
{
    // The steps that only the large one passes come once; the others at the first file and at the second.
    public static TheoryData<string, int> Points => Rows(At(2, Direct), At(1, Staged.Except(Direct)));

    [Theory]
    [MemberData(nameof(Points))]
    public async Task ThreeFilesAtOnce_KilledAtStep_EachLoadedOnce(string point, int times)
    {
        var table = $"three_{point}";
        SomeFile[] files =
        [
            SomeFile.Orders($"{table}/a_{table}.csv", 500),
            SomeFile.Orders($"{table}/b_{table}.csv", 700, firstId: 10_001),
            SomeFile.Orders($"{table}/c_{table}.csv", 20_000, firstId: 20_001),
        ];
        Home.Configure(SmallBatches);

        await CrashAndRecoverAsync(point, s_sharedSteps.Contains(point) ? 1 : times, files);

        await Promise.ShouldHoldAsync(Home, table, files);
    }

    // Files that are ready together share these steps: a second time need not come.
    static readonly string[] s_sharedSteps = [Faults.Name(FaultPoint.AfterPublishBeforeLedger), Faults.Name(FaultPoint.AfterLedgerBeforeArchive)];
}

[Collection(CrashChains.One)]
public sealed class RejectedRowsFaultTests(CrashHome home) : FaultPointTests(home), IClassFixture<CrashHome>
{
    public static TheoryData<string, int> Points => Rows(At(1, Direct), At(2, FaultPoint.AfterPublishingBeforeAttach));

    [Theory]
    [MemberData(nameof(Points))]
    public async Task FileWithRejectedRows_KilledAtStep_LoadedAndRejectedOnce(string point, int times)
    {
        var table = $"bad_{point}";
        // With two, the staging table is the second file's: the first has made the target.
        var isStaged = times == 2;
        SomeFile[] files =
        [
            SomeFile.Orders($"{table}/a_{table}.csv", isStaged ? 20_000 : 2_000, badEvery: 50),
            .. isStaged ? [SomeFile.Orders($"{table}/b_{table}.csv", 20_000, firstId: 50_001, badEvery: 40)] : Array.Empty<SomeFile>(),
        ];
        Home.Configure($"{SmallBatches}\ndatasets:\n  {table}:\n    columns:\n      amount:\n        type: Decimal(12, 2)\n");

        await CrashAndRecoverAsync(point, times, files);

        await Promise.ShouldHoldAsync(Home, table, files);
    }
}

[Collection(CrashChains.Two)]
public sealed class QuarantinedFaultTests(CrashHome home) : FaultPointTests(home), IClassFixture<CrashHome>
{
    public static TheoryData<string, int> Points => Rows(At(
        1, FaultPoint.AfterClaimBeforeLoading, FaultPoint.AfterQuarantineBeforeMove,
        FaultPoint.AfterQuarantineMoveBeforeLedger));

    [Theory]
    [MemberData(nameof(Points))]
    public async Task FileOfBadRows_KilledAtStep_QuarantinedOnce(string point, int times)
    {
        var table = $"refused_{point}";
        var file = SomeFile.Orders($"{table}/{table}.csv", 2_000, badEvery: 3);
        Home.Configure($"datasets:\n  {table}:\n    columns:\n      amount:\n        type: Decimal(12, 2)\n");

        await CrashAndRecoverAsync(point, times, file);

        await Promise.ShouldBeQuarantinedOnceAsync(Home, table, file);
    }

    [Theory]
    [MemberData(nameof(StagedPoints))]
    public async Task LargeFileOfBadRows_KilledAfterRowsWereSent_QuarantinedOnce(string point, int times)
    {
        var table = $"late_{point}";

        // More than may wait beside the making of the staging table: rows are sent before the last ones are read.
        var file = SomeFile.Orders($"{table}/{table}.csv", 100_000, badEvery: 3);
        Home.Configure($"{SmallBatches}\ndatasets:\n  {table}:\n    columns:\n      amount:\n        type: Decimal(12, 2)\n");

        await CrashAndRecoverAsync(point, times, file);

        await Promise.ShouldBeQuarantinedOnceAsync(Home, table, file);
    }

    public static TheoryData<string, int> StagedPoints => Rows(At(
        1, FaultPoint.AfterStagingCreated, FaultPoint.AfterFirstInsert, FaultPoint.AfterQuarantineBeforeMove));
}
