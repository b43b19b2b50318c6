using System.Globalization;
using Pipeline.Benchmarks.EndToEnd;
using Pipeline.Benchmarks.Reports;

namespace Pipeline.Benchmarks.Growth;

/// <summary>What becomes of speed and memory while the work grows: a table and a plot, so that a bend is seen.</summary>
static class GrowthCommand
{
    const string Begin = "<!-- growth: written by the benchmark -->";
    const string End = "<!-- /growth -->";

    public static async Task<int> RunAsync(EndToEndOptions options, CancellationToken cancellation)
    {
        Func<Task<GrowthSeries>>[] all =
        [
            () => InFolderAsync(folder => GrowthOfFiles.RowsAsync(options, folder, cancellation)),
            () => InFolderAsync(folder => GrowthOfFiles.ColumnsAsync(options, folder, cancellation)),
            () => InFolderAsync(folder => GrowthOfFiles.BacklogAsync(options, folder, cancellation)),
            () => InFolderAsync(folder => GrowthOfLedger.EntriesAsync(options, folder, cancellation)),
        ];
        var series = new List<GrowthSeries>();
        foreach (var measure in all)
        {
            series.Add(await measure());
            Console.WriteLine(series[^1].ToMarkdown());
        }

        if (options.Docs is { } docs)
        {
            await File.WriteAllTextAsync(Path.Combine(docs, "growth.svg"), GrowthPlot.Of(series), cancellation);
            var date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            Section.Replace(
                Path.Combine(docs, "benchmarks.md"), Begin, End,
                $"![Speed and memory while the work grows](growth.svg)\n\n{string.Join('\n', series.Select(s => s.ToMarkdown()))}\n{date}, {Machine.MachineName.Text}.");
        }

        return 0;
    }

    static async Task<GrowthSeries> InFolderAsync(Func<string, Task<GrowthSeries>> measure)
    {
        var folder = Directory.CreateTempSubdirectory("pipeline-growth-");
        try
        {
            return await measure(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

/// <summary>One quantity that grows, and what was measured at each size.</summary>
/// <param name="Work">What grows, such as <c>rows of a file</c>.</param>
/// <param name="Figure">What is measured, such as <c>rows/s</c>.</param>
/// <param name="Extra">A second figure of each point, in the table only; null: none.</param>
sealed record GrowthSeries(string Work, string Figure, string? Extra, IReadOnlyList<GrowthPoint> Points)
{
    public string ToMarkdown() =>
        $"| {Work} | {Figure} | {(Extra is null ? "" : $"{Extra} | ")}peak MB daemon | peak MB engine |\n|--:|--:|{(Extra is null ? "" : "--:|")}--:|--:|\n"
        + string.Concat(Points.Select(p =>
            $"| {p.Size:N0} | {p.Value:N0} | {(Extra is null ? "" : $"{p.Extra.ToString("0.##", CultureInfo.InvariantCulture)} | ")}{p.DaemonPeakBytes / 1e6:N0} | {p.EnginePeakBytes / 1e6:N0} |\n"));
}

sealed record GrowthPoint(long Size, double Value, double Extra, long DaemonPeakBytes, long EnginePeakBytes);
