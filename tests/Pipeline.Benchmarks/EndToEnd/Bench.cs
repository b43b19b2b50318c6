using Pipeline.Benchmarks.Machine;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>What the cases share: a folder for data, the engine that both sides load into, and the daemon's executable.</summary>
sealed class Bench(string folder, string pipeline, BenchEngine engine)
{
    public string Folder { get; } = folder;

    public BenchEngine Engine { get; } = engine;

    /// <summary>Runs the daemon's <c>ingest</c> once over a file, with a fresh home folder and the bench's engine as target.</summary>
    public async Task<(IngestLine Line, Measurement Measurement)> IngestAsync(string path, CancellationToken cancellation)
    {
        var home = Directory.CreateDirectory(Path.Combine(Folder, "home-" + Guid.NewGuid().ToString("N")));
        try
        {
            IngestLine? line = null;
            var measurement = await MeasureAsync(async () =>
            {
                var run = await IngestProcess.RunAsync(pipeline, home.FullName, path, Engine.Url, cancellation);
                line = run.Line;
                return run.PeakBytes;
            });
            return (line!, measurement with { LoadSeconds = line!.Seconds });
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    /// <summary>Measures a statement that the engine answers alone.</summary>
    public Task<Measurement> MeasureStatementAsync(string sql, CancellationToken cancellation) => MeasureAsync(async () =>
    {
        await Engine.QueryAsync(sql, cancellation);
        return 0;
    });

    /// <param name="load">Does the work and returns the peak memory of the daemon, 0 without one.</param>
    async Task<Measurement> MeasureAsync(Func<Task<long>> load)
    {
        Engine.ResetPeak();
        var engineCpu = Engine.CpuSeconds();
        var daemonCpu = ProcessMeter.EndedChildrenCpuSeconds();
        var began = TimeProvider.System.GetTimestamp();
        var daemonPeak = await load();
        var wall = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        return new(
            wall,
            wall,
            ProcessMeter.EndedChildrenCpuSeconds() - daemonCpu,
            Engine.CpuSeconds() - engineCpu,
            daemonPeak,
            Engine.PeakBytes());
    }
}
