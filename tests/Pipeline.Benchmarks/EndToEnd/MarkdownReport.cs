using System.Runtime.InteropServices;
using System.Text;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>The results with the machine, the version and the date that they hold for.</summary>
static class MarkdownReport
{
    public static string Of(IReadOnlyList<CaseResult> results, int runs)
    {
        var text = new StringBuilder();
        text.Append($"{TimeProvider.System.GetUtcNow():yyyy-MM-dd}, {CpuName()}, {Environment.ProcessorCount} cores, ");
        text.Append($"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}; medians of {runs}, both sides alternating.\n\n");
        text.Append("| case | side | wall s | receipt s | rows/s | MB/s | CPU s daemon | CPU s engine | peak MB daemon | peak MB engine | speed |\n");
        text.Append("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
        foreach (var result in results)
        {
            Row(text, result, "pipeline", result.Ours, $"**{result.Ratio:F2} ×**");
            Row(text, result, "reference", result.Reference, "1 ×");
        }

        text.Append('\n');
        foreach (var result in results)
        {
            var floor = result.Ratio >= result.Floor ? "holds" : "does not hold";
            text.Append($"- `{result.Case.Name}`: {result.Case.Description}; {result.Rows:N0} rows, {result.Bytes / 1e6:N0} MB. ");
            text.Append($"Reference: `{result.Case.Reference}`. Floor {result.Floor:F1} ×: {floor}.\n");
        }

        return text.ToString();
    }

    static void Row(StringBuilder text, CaseResult result, string side, Measurement m, string speed) => text.Append(
        $"| {result.Case.Name} | {side} | {m.WallSeconds:F2} | {m.LoadSeconds:F2} | {result.Rows / m.WallSeconds:N0} | {result.Bytes / 1e6 / m.WallSeconds:N0} "
        + $"| {m.DaemonCpuSeconds:F2} | {m.EngineCpuSeconds:F2} | {m.DaemonPeakBytes / 1e6:N0} | {m.EnginePeakBytes / 1e6:N0} | {speed} |\n");

    static string CpuName() => File.ReadLines("/proc/cpuinfo")
        .Where(l => l.StartsWith("model name", StringComparison.Ordinal))
        .Select(l => l[(l.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim())
        .FirstOrDefault("unknown processor");
}
