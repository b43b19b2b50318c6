using Pipeline.Columnar;
using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Records;
using Pipeline.Ingestion;
using Pipeline.TestKit.Files;
using Pipeline.TestKit.Mutants;

namespace Pipeline.Tests.Ingestion;

/// <summary>
/// A damaged file loads or is refused, as rows or as a reason: found out by planning it, which is the way of a load without a destination.
/// <c>PIPELINE_LONG_TESTS=1</c> tries many more.
/// </summary>
public sealed class MutantTests : IDisposable
{
    const int Short = 250;
    const int Long = 5_000;
    const int MaxFailures = 20;

    /// <summary>Mutants that once went wrong; see the commits that name them.</summary>
    static readonly int[] s_failedOnce = [];

    /// <summary>Of one file of at most some ten kilobytes: workbooks may unpack to a thousand times of that.</summary>
    const long MaxAllocatedBytes = 1L << 30;

    /// <summary>A hundred times what the slowest takes: a guard against endless loops, not a measure.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    readonly TempHome _home = new();
    readonly ColumnarReader _columnar;
    readonly Inspector _inspector;
    readonly FilePlanner _planner;

    public MutantTests()
    {
        // Damage may make any file look columnar; nothing of that is asked here.
        _columnar = new ColumnarReader(_ => throw new BadFileException(RejectCode.EngineCrashed, "There is no engine here."), _home.State, TimeProvider.System);
        var options = new PipelineOptions { Limits = new LimitOptions { MaxDecompressedBytes = 64 << 20 } };
        _inspector = new Inspector(options, _columnar);
        _planner = new FilePlanner(PipelineHome.At(_home.Root, options.Folders), options, _inspector, null, null);
    }

    public void Dispose()
    {
        _inspector.Dispose();
        _columnar.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task Plan_DamagedFiles_AreRowsOrAReason()
    {
        var mutants = new MutantFiles(columnar: false);
        var actions = new HashSet<PlanAction>();
        var failures = new List<string>();
        var count = Environment.GetEnvironmentVariable("PIPELINE_LONG_TESTS") == "1" ? Long : Short;
        foreach (var number in s_failedOnce.Concat(Enumerable.Range(0, count)).TakeWhile(_ => failures.Count < MaxFailures))
        {
            var mutant = mutants[number];
            try
            {
                actions.UnionWith(await PlanAsync(mutant));
            }
            catch (Exception e)
            {
                failures.Add($"Mutant {number} of {mutant.From} ({mutant.Content.Length} bytes): {e}");
            }
        }

        failures.ShouldBeEmpty(string.Join("\n\n", failures));
        actions.ShouldContain(PlanAction.Create, "some damage is harmless");
        actions.ShouldContain(PlanAction.Refuse, "and some is not");
    }

    async Task<IEnumerable<PlanAction>> PlanAsync(Mutant mutant)
    {
        var path = _home.Write(mutant.Name, mutant.Content);
        var plans = new List<FilePlan>();
        var before = GC.GetTotalAllocatedBytes();
        using var patience = new CancellationTokenSource(s_patience);
        await foreach (var plan in _planner.PlanAsync(new FileToLoad(path, mutant.Name), null, patience.Token))
        {
            plans.Add(plan);
        }

        (GC.GetTotalAllocatedBytes() - before).ShouldBeLessThan(MaxAllocatedBytes);
        plans.ShouldNotBeEmpty();
        foreach (var plan in plans.Where(p => p.File.Error is null && p.Error?.Code is null or "too_many_bad_rows"))
        {
            (plan.RowsLoaded + plan.RowsRejected).ShouldBe(plan.File.Rows, "rows read by inspect, and by plan");
        }

        File.Delete(path);
        return plans.Select(p => p.Action);
    }
}
