using Pipeline.Benchmarks.Machine;
using Pipeline.TestKit.Generators;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>The wide CSV with daemon and engine pinned to one core and to two, and the engine alone on the same cores.</summary>
sealed class ScalingCase : EndToEndCase
{
    static readonly string s_structure = WideTable.Structure.Replace("'", "\\'", StringComparison.Ordinal);

    public override string Name => "scaling";

    public override string Description => "CSV, 3,000,000 rows × 18 typed columns, daemon and engine pinned to 1 and to 2 cores";

    public override async Task<CaseResult> RunAsync(EndToEndOptions options, string folder, CancellationToken cancellation)
    {
        var rows = Scaled(3_000_000, options);
        var path = Path.Combine(folder, "wide.csv");
        WideTable.WriteFile(path, rows);
        await using var one = await BenchDaemon.StartAsync(options.Pipeline, Path.Combine(folder, "one"), "0", cancellation);
        await using var two = await BenchDaemon.StartAsync(options.Pipeline, Path.Combine(folder, "two"), "0,1", cancellation);
        List<Measurement> oneCore = [], twoCores = [], engineOne = [], engineTwo = [];
        for (var run = 1; run <= ComparingCase.WarmUps + options.Runs; run++)
        {
            var isMeasured = run > ComparingCase.WarmUps;
            Keep(oneCore, await QuietlyAsync(() => LoadAsync(one, path, rows, run, cancellation)), isMeasured);
            Keep(twoCores, await QuietlyAsync(() => LoadAsync(two, path, rows, run, cancellation)), isMeasured);
            Keep(engineOne, await QuietlyAsync(() => ReferenceAsync(one, path, rows, cancellation)), isMeasured);
            Keep(engineTwo, await QuietlyAsync(() => ReferenceAsync(two, path, rows, cancellation)), isMeasured);
            if (isMeasured)
            {
                await SayAsync($"run {run - ComparingCase.WarmUps} of {options.Runs}");
            }
        }

        var sides = new List<SideResult>
        {
            new("daemon, 2 cores", "as in csv-wide", Measurement.MedianOf(twoCores)),
            new("daemon, 1 core", "the same", Measurement.MedianOf(oneCore)),
            new("engine, 2 cores", "`INSERT … SELECT … FROM file(…)`, types given", Measurement.MedianOf(engineTwo)),
            new("engine, 1 core", "the same", Measurement.MedianOf(engineOne)),
        };
        return Result(
            options, options.Runs, sides, [Check.Speed("one core", sides[0].Median.RowsPerSecond / sides[1].Median.RowsPerSecond, 1.7, 1.9)]);

        async Task<Measurement> QuietlyAsync(Func<Task<Measurement>> run)
        {
            await one.WaitUntilQuietAsync(cancellation);
            await two.WaitUntilQuietAsync(cancellation);
            return await run();
        }
    }

    static void Keep(List<Measurement> runs, Measurement run, bool isMeasured)
    {
        if (isMeasured)
        {
            runs.Add(run);
        }
    }

    static async Task<Measurement> LoadAsync(BenchDaemon daemon, string path, long rows, int run, CancellationToken cancellation)
    {
        var dataset = $"load{run}";
        var target = Path.Combine(Directory.CreateDirectory(Path.Combine(daemon.DataFolder, dataset)).FullName, "wide.csv");
        var measurement = await daemon.MeasureAsync(rows, new FileInfo(path).Length, async () =>
        {
            File.Move(path, target);
            await daemon.WaitUntilLoadedAsync(target, cancellation);
        });
        File.Move(Directory.GetFiles(Path.Combine(daemon.Home, "archive", dataset), "*", SearchOption.AllDirectories).Single(), path);
        await CheckAndDropAsync(daemon, $"default.{dataset}", rows, cancellation);
        return measurement;
    }

    static async Task<Measurement> ReferenceAsync(BenchDaemon daemon, string path, long rows, CancellationToken cancellation)
    {
        const string Table = "default.reference";
        await daemon.Engine.QueryAsync($"CREATE TABLE {Table} ({WideTable.Structure}) ENGINE = MergeTree ORDER BY order_date", cancellation);
        var measurement = await daemon.MeasureAsync(rows, new FileInfo(path).Length, () =>
            daemon.Engine.QueryAsync($"INSERT INTO {Table} SELECT * FROM file('{path}', 'CSVWithNames', '{s_structure}')", cancellation));
        await CheckAndDropAsync(daemon, Table, rows, cancellation);
        return measurement with { DaemonCpuSeconds = 0, DaemonPeakBytes = 0 };
    }

    /// <summary>The values are compared by csv-wide; here the orders' numbers, from 1,000,000 upwards, have to add up.</summary>
    static async Task CheckAndDropAsync(BenchDaemon daemon, string table, long rows, CancellationToken cancellation)
    {
        var sum = await daemon.Engine.QueryAsync($"SELECT sum(order_id) FROM {table}", cancellation);
        if (sum.Trim() != $"{rows * (2_000_000 + rows - 1) / 2}")
        {
            throw new WrongLoadException($"The numbers of {rows} orders add up to {sum.Trim()} in {table}.");
        }

        await daemon.Engine.QueryAsync($"DROP TABLE {table} SYNC", cancellation);
    }
}
