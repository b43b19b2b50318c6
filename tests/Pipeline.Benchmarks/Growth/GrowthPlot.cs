using System.Globalization;
using System.Text;

namespace Pipeline.Benchmarks.Growth;

/// <summary>One small plot for each series: the figure (left scale) and the peak memory of the daemon (right scale) over the size, which grows by powers of ten.</summary>
static class GrowthPlot
{
    const int Width = 480;
    const int Height = 240;
    const int Left = 70;
    const int Right = 50;
    const int Top = 40;
    const int Bottom = 40;
    const int Lines = 4;
    const string Speed = "#1f5fa8";
    const string Memory = "#c2571a";

    public static string Of(IReadOnlyList<GrowthSeries> series)
    {
        var svg = new StringBuilder();
        var rows = (series.Count + 1) / 2;
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{2 * Width}\" height=\"{rows * Height}\" ");
        svg.Append("font-family=\"sans-serif\" font-size=\"11\" fill=\"#333\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
        for (var i = 0; i < series.Count; i++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<g transform=\"translate({i % 2 * Width},{i / 2 * Height})\">\n");
            Panel(svg, series[i]);
            svg.Append("</g>\n");
        }

        svg.Append("</svg>\n");
        return svg.ToString();
    }

    static void Panel(StringBuilder svg, GrowthSeries series)
    {
        var top = Lines * Step(series.Points.Max(p => p.Value));
        var memory = Lines * Step(series.Points.Max(p => p.DaemonPeakBytes / 1e6));
        Text(svg, Left, 16, "start", series.Work, "#333");
        Text(svg, Left, 31, "start", series.Figure, Speed);
        Text(svg, Width - Right, 31, "end", "peak MB of the daemon", Memory);
        for (var line = 0; line <= Lines; line++)
        {
            var y = Y((double)line / Lines);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" y1=\"{y}\" x2=\"{Width - Right}\" y2=\"{y}\" stroke=\"#e2e2e2\"/>\n");
            Text(svg, Left - 6, y + 4, "end", Short(top * line / Lines), Speed);
            Text(svg, Width - Right + 6, y + 4, "start", Short(memory * line / Lines), Memory);
        }

        for (var i = 0; i < series.Points.Count; i++)
        {
            Text(svg, X(series, i), Height - Bottom + 16, "middle", Short(series.Points[i].Size), "#333");
        }

        Line(svg, series, p => p.Value / top, Speed, "");
        Line(svg, series, p => p.DaemonPeakBytes / 1e6 / memory, Memory, " stroke-dasharray=\"4 3\"");
    }

    /// <summary>Between two lines: the least round number by which they reach the highest value.</summary>
    static double Step(double highest)
    {
        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(highest, 1) / Lines)));
        return ((double[])[1, 2, 2.5, 5, 10]).Select(round => round * magnitude).First(step => step * Lines >= highest);
    }

    static string Short(double number) => number switch
    {
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e6:0.##} M"),
        >= 1e4 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e3:0.##} k"),
        _ => number.ToString("#,0.##", CultureInfo.InvariantCulture),
    };

    static void Line(StringBuilder svg, GrowthSeries series, Func<GrowthPoint, double> share, string colour, string dash)
    {
        var points = series.Points.Select((p, i) => (X: X(series, i), Y: Y(share(p)))).ToList();
        var path = string.Join(' ', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.X},{p.Y}")));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>\n");
        foreach (var (x, y) in points)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x}\" cy=\"{y}\" r=\"3\" fill=\"{colour}\"/>\n");
        }
    }

    static void Text(StringBuilder svg, int x, int y, string anchor, string text, string colour) => svg.Append(
        CultureInfo.InvariantCulture, $"<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{text}</text>\n");

    static int X(GrowthSeries series, int index) =>
        Left + 15 + (int)((Width - Left - Right - 30) * (series.Points.Count == 1 ? 0 : index / (series.Points.Count - 1.0)));

    static int Y(double share) => Height - Bottom - (int)((Height - Top - Bottom) * share);
}
