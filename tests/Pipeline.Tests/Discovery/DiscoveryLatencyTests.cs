using Pipeline.Discovery;
using Xunit.Abstractions;

namespace Pipeline.Tests.Discovery;

/// <summary>How long a file waits to be noticed. The limits are wide, for machines that do other things; the output holds the figures.</summary>
public sealed class DiscoveryLatencyTests(ITestOutputHelper output)
{
    const int Files = 101;

    [SkippableFact]
    public async Task Run_RenamedIn_IsOfferedInMilliseconds()
    {
        await using var run = await StartAsync();
        var times = await MeasureAsync(run, i =>
        {
            var temporary = run.Home.Write($"data/.{i}.tmp", "id\n1\n");
            return () => File.Move(temporary, run.Home.PathOf($"data/{i}.csv"));
        });

        Say("renamed within the folder", times).ShouldBeLessThan(TimeSpan.FromMilliseconds(100));
    }

    [SkippableFact]
    public async Task Run_MovedInFromOutside_IsOfferedInMilliseconds()
    {
        await using var run = await StartAsync();
        var times = await MeasureAsync(run, i =>
        {
            var outside = run.Home.Write($"outside/{i}.csv", "id\n1\n");
            File.SetLastWriteTimeUtc(outside, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            return () => File.Move(outside, run.Home.PathOf($"data/{i}.csv"));
        });

        Say("moved in", times).ShouldBeLessThan(TimeSpan.FromMilliseconds(100));
    }

    [SkippableFact]
    public async Task Run_WrittenInPlace_IsOfferedSoonAfterTheLastClose()
    {
        await using var run = await StartAsync();
        var times = await MeasureAsync(run, i =>
        {
            var writer = new FileStream(run.Home.PathOf($"data/{i}.csv"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
            writer.Write("id\n1\n"u8);
            return writer.Dispose;
        });

        Say("last close", times).ShouldBeLessThan(TimeSpan.FromMilliseconds(250));
    }

    static async Task<DiscoveryRun> StartAsync()
    {
        var run = new DiscoveryRun(TimeProvider.System).Start();
        await DiscoveryRun.UntilAsync(() => run.Discovery.Mode == WatchMode.Events, "no events");
        var path = run.Home.Write("x.csv", "1");
        if (WriterProbe.Look(path) == WriterState.Unknown)
        {
            await run.DisposeAsync();
            Skip.If(true, "no leases on this file system");
        }

        return run;
    }

    static async Task<List<TimeSpan>> MeasureAsync(DiscoveryRun run, Func<int, Action> prepare)
    {
        var times = new List<TimeSpan>();
        for (var i = 0; i < Files; i++)
        {
            var complete = prepare(i);
            run.Files.TryRead(out _).ShouldBeFalse();
            var started = TimeProvider.System.GetTimestamp();
            complete();
            var file = await run.NextAsync();
            times.Add(TimeProvider.System.GetElapsedTime(started));
            file.Bytes.ShouldBe(5);
            run.Discovery.Settled(file.Path);
        }

        times.Sort();
        return times;
    }

    TimeSpan Say(string what, List<TimeSpan> times)
    {
        output.WriteLine($"{what}: p50 {times[Files / 2].TotalMilliseconds:f1} ms, p90 {times[Files * 9 / 10].TotalMilliseconds:f1} ms, max {times[^1].TotalMilliseconds:f1} ms");
        return times[Files / 2];
    }
}
