using System.Globalization;
using System.Text;
using Pipeline.Benchmarks.EndToEnd;

namespace Pipeline.Benchmarks.Reports;

/// <summary>Results of cases as two Markdown tables: what had to be reached, and what was measured.</summary>
static class MarkdownReport
{
    public static string Of(IReadOnlyList<CaseResult> results)
    {
        var text = new StringBuilder();
        text.Append("| case | measured | floor | aim | value | |\n|---|---|--:|--:|--:|---|\n");
        foreach (var (result, check) in results.SelectMany(r => r.Checks.Select(c => (r, c))))
        {
            var sign = check.IsLowerBetter ? "≤ " : "";
            text.Append($"| {result.Name} | {check.What} | {sign}{Figure(check.Floor)} {check.Unit} | {sign}{Figure(check.Aim)} {check.Unit} ");
            text.Append($"| **{Figure(check.Value)} {check.Unit}** | {(check.ReachesAim ? "aim" : check.Holds ? "floor" : "missed")} |\n");
        }

        text.Append("\n| case | side | wall s | rows/s | MB/s | CPU s daemon | CPU s engine | peak MB daemon | peak MB engine |\n");
        text.Append("|---|---|--:|--:|--:|--:|--:|--:|--:|\n");
        foreach (var (result, side) in results.SelectMany(r => r.Sides.Select(s => (r, s))))
        {
            var m = side.Median;
            text.Append($"| {result.Name} | {side.Name} | {m.WallSeconds:F2} | {Rate(m.Rows, m)} | {Rate(m.Bytes / 1e6, m)} | {Seconds(m.DaemonCpuSeconds)} ");
            text.Append($"| {Seconds(m.EngineCpuSeconds)} | {Megabytes(m.DaemonPeakBytes)} | {Megabytes(m.EnginePeakBytes)} |\n");
        }

        text.Append('\n');
        foreach (var result in results)
        {
            var scale = result.Scale == 1 ? "" : $", size × {result.Scale.ToString(CultureInfo.InvariantCulture)}";
            text.Append($"- `{result.Name}`: {result.Description}{scale}; medians of {result.Runs}.\n");
            foreach (var side in result.Sides)
            {
                text.Append($"  - {side.Name}: {side.How}\n");
            }
        }

        foreach (var group in results.GroupBy(r => (r.Date, r.Machine)))
        {
            text.Append($"\n{group.Key.Date:yyyy-MM-dd}, {group.Key.Machine}: {string.Join(", ", group.Select(r => r.Name))}.\n");
        }

        return text.ToString();
    }

    static string Figure(double value) => value.ToString(Math.Abs(value) >= 100 ? "F0" : Math.Abs(value) >= 20 ? "F1" : "0.##", CultureInfo.InvariantCulture);

    static string Rate(double amount, Measurement m) => amount == 0 ? "–" : $"{amount / m.WallSeconds:N0}";

    static string Seconds(double value) => value == 0 ? "–" : value.ToString("F2", CultureInfo.InvariantCulture);

    static string Megabytes(long bytes) => bytes == 0 ? "–" : $"{bytes / 1e6:N0}";
}
