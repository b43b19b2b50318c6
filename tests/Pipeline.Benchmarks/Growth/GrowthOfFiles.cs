using Pipeline.Benchmarks.EndToEnd;
using Pipeline.TestKit.Generators;

namespace Pipeline.Benchmarks.Growth;

/// <summary>Longer files, wider files, more files: each size in a daemon that loaded one before.</summary>
static class GrowthOfFiles
{
    static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);

    /// <summary>Rows of the wide table in one file; 10⁸ with <c>--large</c>, 12 GB.</summary>
    public static Task<GrowthSeries> RowsAsync(EndToEndOptions options, string folder, CancellationToken cancellation) => MeasureAsync(
        options,
        folder,
        "rows of a file (CSV, 18 columns)",
        "rows/s",
        [10_000, 100_000, 1_000_000, 10_000_000, .. options.Large ? [100_000_000L] : Array.Empty<long>()],
        size => size,
        (path, size) => WideTable.WriteFile(Path.Combine(path, "wide.csv"), size),
        m => m.RowsPerSecond,
        cancellation);

    /// <summary>Columns of a file of about four million cells.</summary>
    public static Task<GrowthSeries> ColumnsAsync(EndToEndOptions options, string folder, CancellationToken cancellation) => MeasureAsync(
        options,
        folder,
        "columns of a file (CSV, 4,000,000 cells)",
        "cells/s",
        [1, 10, 100, 1_000],
        size => 4_000_000 / size,
        (path, size) => WriteColumns(Path.Combine(path, "columns.csv"), (int)size, 4_000_000 / size),
        m => 4_000_000 / m.WallSeconds,
        cancellation);

    /// <summary>Files of 100 rows that come at once; 10⁵ with <c>--large</c>.</summary>
    public static Task<GrowthSeries> BacklogAsync(EndToEndOptions options, string folder, CancellationToken cancellation) => MeasureAsync(
        options,
        folder,
        "files at once (CSV, 100 rows each)",
        "files/s",
        [1, 10, 100, 1_000, 10_000, .. options.Large ? [100_000L] : Array.Empty<long>()],
        size => size * 100,
        (path, size) => Enumerable.Range(0, (int)size).Sum(i => ReadingFiles.WriteFile(path, i, 100)),
        m => m.Rows / 100 / m.WallSeconds,
        cancellation);

    static async Task<GrowthSeries> MeasureAsync(
        EndToEndOptions options,
        string folder,
        string work,
        string figure,
        IReadOnlyList<long> sizes,
        Func<long, long> rowsOf,
        Func<string, long, long> write,
        Func<Measurement, double> value,
        CancellationToken cancellation)
    {
        await using var daemon = await BenchDaemon.StartAsync(options.Pipeline, Path.Combine(folder, "home"), cpus: null, cancellation);
        var points = new List<GrowthPoint>();
        await LoadAsync("warm", sizes[1]);
        foreach (var unscaled in sizes)
        {
            var size = Math.Max(1, (long)(unscaled * options.Scale));
            var m = await LoadAsync($"size{unscaled}", size);
            points.Add(new(size, value(m), 0, m.DaemonPeakBytes, m.EnginePeakBytes));
            await Console.Error.WriteLineAsync($"{work}: {size:N0}: {points[^1].Value:N0} {figure}");
        }

        return new(work, figure, null, points);

        async Task<Measurement> LoadAsync(string dataset, long size)
        {
            var source = Directory.CreateDirectory(Path.Combine(folder, dataset)).FullName;
            var bytes = write(source, size);
            var measurement = await daemon.MeasureAsync(rowsOf(size), bytes, async () =>
            {
                Directory.Move(source, Path.Combine(daemon.DataFolder, dataset));
                await daemon.WaitForRowsAsync($"default.{dataset}", rowsOf(size), s_look, cancellation);
            });
            await daemon.WaitUntilSettledAsync(cancellation);
            await daemon.Engine.QueryAsync($"DROP TABLE default.{dataset} SYNC", cancellation);
            Directory.Delete(Path.Combine(daemon.Home, "archive", dataset), recursive: true);
            return measurement;
        }
    }

    /// <summary>Integers, amounts, texts, days and booleans in turn.</summary>
    static long WriteColumns(string path, int columns, long rows)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        using var to = new Utf8Output(file);
        for (var i = 0; i < columns; i++)
        {
            to.Bytes(i == 0 ? "c"u8 : ",c"u8);
            to.Integer(i);
        }

        to.Byte((byte)'\n');
        var random = new Xorshift(1);
        for (long row = 0; row < rows; row++)
        {
            for (var i = 0; i < columns; i++)
            {
                WriteCell(to, ref random, i);
                to.Byte(i == columns - 1 ? (byte)'\n' : (byte)',');
            }
        }

        to.Flush();
        return to.Written;
    }

    static void WriteCell(Utf8Output to, ref Xorshift random, int column)
    {
        switch (column % 5)
        {
            case 0:
                to.Integer(random.Below(1_000_000));
                break;
            case 1:
                to.Fixed(random.Below(1_000_000), 2);
                break;
            case 2:
                to.Bytes("text-"u8);
                to.Digits((ulong)random.Below(1_000), 3);
                break;
            case 3:
                to.Date(19_000 + random.Below(1_000));
                break;
            default:
                to.Bytes(random.OneIn(2) ? "true"u8 : "false"u8);
                break;
        }
    }
}
