namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>One measured load.</summary>
/// <param name="WallSeconds">From the call to the answer, for our side with the start and end of its process.</param>
/// <param name="LoadSeconds">What the receipt says, without the start of the process; the same as wall where there is no receipt.</param>
/// <param name="DaemonCpuSeconds">0 where no daemon takes part.</param>
/// <param name="DaemonPeakBytes">0 where no daemon takes part.</param>
sealed record Measurement(
    double WallSeconds,
    double LoadSeconds,
    double DaemonCpuSeconds,
    double EngineCpuSeconds,
    long DaemonPeakBytes,
    long EnginePeakBytes)
{
    /// <summary>Each figure's own median, so that one disturbed run spoils none of them.</summary>
    public static Measurement MedianOf(IReadOnlyCollection<Measurement> runs) => new(
        Median(runs.Select(r => r.WallSeconds)),
        Median(runs.Select(r => r.LoadSeconds)),
        Median(runs.Select(r => r.DaemonCpuSeconds)),
        Median(runs.Select(r => r.EngineCpuSeconds)),
        (long)Median(runs.Select(r => (double)r.DaemonPeakBytes)),
        (long)Median(runs.Select(r => (double)r.EnginePeakBytes)));

    static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
