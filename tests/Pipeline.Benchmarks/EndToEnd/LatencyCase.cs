using Pipeline.TestKit.Generators;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>From the rename of one small file to its rows in a query, and from the last close of a file that is written slowly in place.</summary>
sealed class LatencyCase : EndToEndCase
{
    const int RowsPerFile = 100;
    const int Renamed = 200;
    const int Written = 60;

    /// <summary>Pieces of a file written in place, and the time between two of them: longer than any loader may take the file for finished.</summary>
    const int Pieces = 3;
    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(120);

    /// <summary>After a file is seen: the daemon is idle again when the next one comes.</summary>
    static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(60);

    public override string Name => "latency";

    public override string Description => "one CSV file of 100 rows at a time, into a running, idle daemon";

    public override async Task<CaseResult> RunAsync(EndToEndOptions options, string folder, CancellationToken cancellation)
    {
        await using var daemon = await BenchDaemon.StartAsync(options.Pipeline, Path.Combine(folder, "home"), cpus: null, cancellation);
        Directory.CreateDirectory(Path.Combine(daemon.DataFolder, "readings"));
        var warm = (int)Scaled(30, options);
        var (renamed, written) = ((int)Scaled(Renamed, options), (int)Scaled(Written, options));
        var times = new List<double>();
        var measurement = await daemon.MeasureAsync((long)renamed * RowsPerFile, 0, async () =>
        {
            for (var i = 0; i < warm + renamed; i++)
            {
                times.Add(await RenameInAsync(daemon, i, folder, cancellation));
            }
        });
        await SayAsync($"{renamed} files renamed in");
        var closed = new List<double>();
        for (var i = 0; i < written; i++)
        {
            closed.Add(await WriteInPlaceAsync(daemon, warm + renamed + i, cancellation));
        }

        await CheckAsync(daemon, warm + renamed + written, folder, cancellation);
        double[] measured = [.. times.Skip(warm)];
        return Result(
            options,
            measured.Length,
            [new("daemon", $"{renamed} files renamed in one at a time, from the first to the last", measurement)],
            [
                Check.AtMost("renamed in → queryable, p50", Statistics.Quantile(measured, 0.5), 50, 10, "ms"),
                Check.AtMost("renamed in → queryable, p99", Statistics.Quantile(measured, 0.99), 250, 50, "ms"),
                Check.AtMost("written in place, last close → queryable, p50", Statistics.Quantile(closed, 0.5), 250, 60, "ms"),
                Check.AtMost("written in place, last close → queryable, p99", Statistics.Quantile(closed, 0.99), 1000, 250, "ms"),
            ]);
    }

    static async Task<double> RenameInAsync(BenchDaemon daemon, int number, string folder, CancellationToken cancellation)
    {
        ReadingFiles.WriteFile(folder, number, RowsPerFile);
        var name = ReadingFiles.NameOf(number);
        await Task.Delay(s_rest, TimeProvider.System, cancellation);
        var began = TimeProvider.System.GetTimestamp();
        File.Move(Path.Combine(folder, name), Path.Combine(daemon.DataFolder, "readings", name));
        return await UntilThereAsync(daemon, number, began, cancellation);
    }

    /// <summary>Written with pauses, and never seen before it is closed.</summary>
    static async Task<double> WriteInPlaceAsync(BenchDaemon daemon, int number, CancellationToken cancellation)
    {
        using var content = new MemoryStream();
        ReadingFiles.Write(content, number, RowsPerFile);
        var bytes = content.ToArray();
        await Task.Delay(s_rest, TimeProvider.System, cancellation);
        long began;
        await using (var file = File.Create(Path.Combine(daemon.DataFolder, "readings", ReadingFiles.NameOf(number))))
        {
            for (var piece = 0; piece < Pieces; piece++)
            {
                var (from, to) = (bytes.Length * piece / Pieces, bytes.Length * (piece + 1) / Pieces);
                await file.WriteAsync(bytes.AsMemory(from, to - from), cancellation);
                await file.FlushAsync(cancellation);
                await Task.Delay(s_pause, TimeProvider.System, cancellation);
            }

            var early = await daemon.Engine.CountAsync("default.readings", cancellation) - ((long)number * RowsPerFile);
            if (early != 0)
            {
                throw new WrongLoadException($"{early} rows of {file.Name} were there before it was closed.");
            }

            began = TimeProvider.System.GetTimestamp();
        }

        return await UntilThereAsync(daemon, number, began, cancellation);
    }

    /// <summary>Asks without a pause: a question takes about a millisecond.</summary>
    static async Task<double> UntilThereAsync(BenchDaemon daemon, int number, long began, CancellationToken cancellation)
    {
        await daemon.WaitForRowsAsync("default.readings", (number + 1L) * RowsPerFile, TimeSpan.Zero, cancellation);
        return TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
    }

    static async Task CheckAsync(BenchDaemon daemon, int files, string folder, CancellationToken cancellation)
    {
        await daemon.WaitUntilSettledAsync(cancellation);
        var truth = Directory.CreateDirectory(Path.Combine(folder, "truth")).FullName;
        for (var i = 0; i < files; i++)
        {
            ReadingFiles.WriteFile(truth, i, RowsPerFile);
        }

        var structure = ReadingFiles.Structure.Replace("'", "\\'", StringComparison.Ordinal);
        var expected = await TableChecksum.OfAsync(
            daemon.Engine, $"file('{truth}/*.csv', 'CSVWithNames', '{structure}')", ReadingFiles.Columns, cancellation);
        var actual = await TableChecksum.OfAsync(daemon.Engine, "default.readings", ReadingFiles.Columns, cancellation);
        actual.MustEqual(expected, ReadingFiles.Columns, exactFloats: true, "the daemon");
    }
}
