namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>From the start of the process to the first good answer of <c>/readyz</c>, on a home that was used before.</summary>
sealed class StartCase : EndToEndCase
{
    public override string Name => "start";

    public override string Description => "start of the daemon with its engine until `/readyz` says ready, warm";

    public override async Task<CaseResult> RunAsync(EndToEndOptions options, string folder, CancellationToken cancellation)
    {
        var home = Path.Combine(folder, "home");
        var seconds = new List<double>();
        Measurement? last = null;

        // The first start makes the folders and warms the caches.
        for (var run = 0; run <= options.Runs; run++)
        {
            var began = TimeProvider.System.GetTimestamp();
            await using var daemon = await BenchDaemon.StartAsync(options.Pipeline, home, cpus: null, cancellation);
            var wall = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
            last = await daemon.MeasureAsync(0, 0, () => Task.CompletedTask) with
            {
                WallSeconds = wall,
                DaemonCpuSeconds = daemon.DaemonCpuSeconds(),
                EngineCpuSeconds = daemon.EngineCpuSeconds(),
            };
            if (run > 0)
            {
                seconds.Add(wall);
            }
        }

        return Result(
            options,
            options.Runs,
            [new("daemon", "last start; memory at rest", last!)],
            [Check.AtMost("start → ready", Statistics.Median(seconds), 2, 1, "s")]);
    }
}
