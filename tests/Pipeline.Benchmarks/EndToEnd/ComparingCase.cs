using Pipeline.Benchmarks.Machine;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>One side of a comparison.</summary>
/// <param name="RunAsync">One checked load, told how many there were before.</param>
/// <param name="Target">What our speed divided by this side's has to be; null: shown only.</param>
/// <param name="IsLast">
/// It runs when the others are through: it deletes files by the ten thousand, and on ext4 without a journal whoever makes a file in the minute after that
/// passes by each of them.
/// </param>
sealed record Side(string Name, string How, Func<int, Task<Measurement>> RunAsync, (double Floor, double Aim)? Target = null, bool IsLast = false);

/// <summary>
/// The same data loaded by several sides, the first of which is the daemon: unmeasured runs of each, then as many as asked for, taking turns.
/// </summary>
abstract class ComparingCase : EndToEndCase
{
    /// <summary>Unmeasured runs: a daemon that runs has compiled what it compiles, which takes it three loads.</summary>
    public const int WarmUps = 3;

    public sealed override async Task<CaseResult> RunAsync(EndToEndOptions options, string folder, CancellationToken cancellation)
    {
        var home = Path.Combine(folder, "home");
        await using var daemon = await BenchDaemon.StartAsync(options.Pipeline, home, cpus: null, cancellation);
        await SayAsync("preparing");
        var sides = await PrepareAsync(daemon, options, folder, cancellation);
        var measured = sides.ToDictionary(side => side, _ => new List<Measurement>());
        foreach (var taking in sides.GroupBy(side => side.IsLast).OrderBy(group => group.Key).Select(group => group.ToList()))
        {
            for (var run = 1; run <= WarmUps + options.Runs; run++)
            {
                for (var turn = 0; turn < taking.Count; turn++)
                {
                    // Whoever runs later finds warmer caches and a busier disk: the sides take turns at the front.
                    var side = taking[(turn + run) % taking.Count];
                    await daemon.WaitUntilQuietAsync(cancellation);
                    HostMemory.Touch(options.TouchBytes);
                    var measurement = await side.RunAsync(run);
                    if (run > WarmUps)
                    {
                        measured[side].Add(measurement);
                    }
                }

                if (run > WarmUps)
                {
                    await SayAsync($"run {run - WarmUps} of {options.Runs}: {string.Join(", ", taking.Select(s => $"{s.Name} {measured[s][^1].WallSeconds:F2} s"))}");
                }
            }
        }

        var results = sides.Select(s => new SideResult(s.Name, s.How, Measurement.MedianOf(measured[s]))).ToList();
        var checks = sides
            .Select((side, i) => (side, Ratio: results[0].Median.RowsPerSecond / results[i].Median.RowsPerSecond))
            .Where(s => s.side.Target is not null)
            .Select(s => Check.Speed(s.side.Name, s.Ratio, s.side.Target!.Value.Floor, s.side.Target.Value.Aim))
            .ToList();
        return Result(options, options.Runs, results, checks);
    }

    /// <summary>Writes the data, learns what a right load looks like, and says who loads it: our daemon first.</summary>
    protected abstract Task<IReadOnlyList<Side>> PrepareAsync(
        BenchDaemon daemon, EndToEndOptions options, string folder, CancellationToken cancellation);
}
