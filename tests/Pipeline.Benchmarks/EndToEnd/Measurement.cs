namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>One measured load.</summary>
/// <param name="Bytes">Of the file or files as they lie on the disk.</param>
/// <param name="WallSeconds">Until the rows were queryable.</param>
/// <param name="DaemonCpuSeconds">User and system time of the daemon; of the process itself where a reference is a program.</param>
/// <param name="DaemonPeakBytes">Highest resident memory of the same.</param>
sealed record Measurement(
    long Rows,
    long Bytes,
    double WallSeconds,
    double DaemonCpuSeconds,
    double EngineCpuSeconds,
    long DaemonPeakBytes,
    long EnginePeakBytes)
{
    public double RowsPerSecond => Rows / WallSeconds;

    /// <summary>Each figure's own median, so that one disturbed run spoils none of them.</summary>
    public static Measurement MedianOf(IReadOnlyList<Measurement> runs) => new(
        runs[0].Rows,
        runs[0].Bytes,
        Statistics.Median(runs.Select(r => r.WallSeconds)),
        Statistics.Median(runs.Select(r => r.DaemonCpuSeconds)),
        Statistics.Median(runs.Select(r => r.EngineCpuSeconds)),
        (long)Statistics.Median(runs.Select(r => (double)r.DaemonPeakBytes)),
        (long)Statistics.Median(runs.Select(r => (double)r.EnginePeakBytes)));
}

static class Statistics
{
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The smallest value that at least <paramref name="share"/> of all values do not exceed.</summary>
    public static double Quantile(IReadOnlyCollection<double> values, double share) =>
        values.Order().ElementAt(Math.Max(0, (int)Math.Ceiling(share * values.Count) - 1));
}
