using Pipeline.TestKit.Generators;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>Peak resident memory of a fresh daemon that loads one file, for files of very different sizes.</summary>
sealed class MemoryCase : EndToEndCase
{
    /// <summary>Rows of the wide table in 100 MB of CSV.</summary>
    const long RowsOf100Megabytes = 845_000;

    public override string Name => "memory";

    public override string Description => "a fresh daemon loads one CSV file: the wide table in 100 MB, 1 GB and, with `--large`, 10 GB";

    public override async Task<CaseResult> RunAsync(EndToEndOptions options, string folder, CancellationToken cancellation)
    {
        (string Name, long Rows)[] sizes =
        [
            ("100 MB", Scaled(RowsOf100Megabytes, options)),
            ("1 GB", Scaled(10 * RowsOf100Megabytes, options)),
            .. options.Large ? [("10 GB", Scaled(100 * RowsOf100Megabytes, options))] : Array.Empty<(string, long)>(),
        ];
        var sides = new List<SideResult>();
        foreach (var (name, rows) in sizes)
        {
            var loads = new List<Measurement>();
            for (var run = 0; run < (rows > 20 * RowsOf100Megabytes ? 1 : Math.Min(3, options.Runs)); run++)
            {
                loads.Add(await LoadAsync(options, Path.Combine(folder, "home"), rows, cancellation));
            }

            sides.Add(new($"daemon, {name}", "claimed, loaded, settled by a daemon that did nothing before", Measurement.MedianOf(loads)));
            await SayAsync($"{name}: {sides[^1].Median.DaemonPeakBytes / 1e6:F0} MB");
        }

        var peaks = sides.Select(s => s.Median.DaemonPeakBytes / 1e6).ToList();
        return Result(
            options,
            Math.Min(3, options.Runs),
            sides,
            [
                Check.AtMost("peak memory of the daemon, any size", peaks.Max(), 350, 200, "MB"),
                Check.AtMost("peak at the largest file against the smallest", peaks[^1] / peaks[0], 1.10, 1.10, "×"),
            ]);
    }

    static async Task<Measurement> LoadAsync(EndToEndOptions options, string home, long rows, CancellationToken cancellation)
    {
        Measurement measurement;
        await using (var daemon = await BenchDaemon.StartAsync(options.Pipeline, home, cpus: null, cancellation))
        {
            var path = Path.Combine(home, "wide.csv");
            var bytes = WideTable.WriteFile(path, rows);
            measurement = await daemon.MeasureAsync(rows, bytes, async () =>
            {
                var target = Path.Combine(daemon.DataFolder, "wide.csv");
                File.Move(path, target);
                await daemon.WaitUntilLoadedAsync(target, cancellation);
            });

            // The orders are numbered from 1,000,000 upwards.
            var sum = await daemon.Engine.QueryAsync("SELECT sum(order_id) FROM default.wide", cancellation);
            if (sum.Trim() != $"{rows * (2_000_000 + rows - 1) / 2}")
            {
                throw new WrongLoadException($"The numbers of {rows} orders add up to {sum.Trim()}.");
            }
        }

        Directory.Delete(home, recursive: true);
        return measurement;
    }
}
