using System.Diagnostics.Metrics;
using Pipeline.Telemetry;

namespace Pipeline.Tests.Telemetry;

public sealed class PrometheusExporterTests : IDisposable
{
    readonly Meter _meter = new("Exporter.Tests");
    readonly List<string> _folded = [];

    public void Dispose() => _meter.Dispose();

    [Fact]
    public void Export_Counter_AddsUp()
    {
        var counter = _meter.CreateCounter<long>("things_total", description: "Things.");
        using var exporter = CreateSut();

        counter.Add(2, Tag("b", "x"), Tag("a", "y"));
        counter.Add(3, Tag("a", "y"), Tag("b", "x"));
        counter.Add(1, Tag("a", "z"), Tag("b", "x"));

        Lines(exporter, "things").ShouldBe(
        [
            "# HELP things_total Things.",
            "# TYPE things_total counter",
            """things_total{a="y",b="x"} 5""",
            """things_total{a="z",b="x"} 1""",
        ]);
    }

    [Fact]
    public void Export_Histogram_HasCumulativeBucketsSumAndCount()
    {
        var histogram = _meter.CreateHistogram<double>(
            "wait_seconds", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1, 10] });
        using var exporter = CreateSut();

        foreach (var value in (double[])[0.5, 0.7, 3, 1000])
        {
            histogram.Record(value, Tag("q", "a"));
        }

        Lines(exporter, "wait_seconds").ShouldBe(
        [
            "# HELP wait_seconds ",
            "# TYPE wait_seconds histogram",
            """wait_seconds_bucket{q="a",le="0.5"} 1""",
            """wait_seconds_bucket{q="a",le="1"} 2""",
            """wait_seconds_bucket{q="a",le="10"} 3""",
            """wait_seconds_bucket{q="a",le="+Inf"} 4""",
            """wait_seconds_sum{q="a"} 1004.2""",
            """wait_seconds_count{q="a"} 4""",
        ]);
    }

    [Fact]
    public void Export_GaugesAndUpDownCounters_ShowTheirLastValue()
    {
        var gauge = _meter.CreateGauge<double>("level");
        var updown = _meter.CreateUpDownCounter<int>("open");
        using var exporter = CreateSut();

        gauge.Record(3);
        gauge.Record(double.NegativeInfinity);
        updown.Add(5);
        updown.Add(-2);

        Lines(exporter, "level")[^1].ShouldBe("level -Inf");
        Lines(exporter, "open")[^1].ShouldBe("open 3");
    }

    [Fact]
    public void Export_ObservedSeriesIsGone_IsNotExportedAgain()
    {
        var labels = new List<string> { "a", "b" };
        _meter.CreateObservableGauge("seen", () => labels.Select(l => new Measurement<int>(1, Tag("l", l))));
        _meter.CreateObservableCounter("ticks_total", () => 17L);
        using var exporter = CreateSut();

        Lines(exporter, "seen{").Length.ShouldBe(2);
        labels.Remove("a");

        Lines(exporter, "seen{").ShouldBe(["""seen{l="b"} 1"""]);
        Lines(exporter, "ticks_total").ShouldContain("ticks_total 17");
    }

    [Fact]
    public void Export_OddTexts_AreEscaped()
    {
        var counter = _meter.CreateCounter<int>("odd_total", description: "Back\\slash \"quoted\"\nnext");
        using var exporter = CreateSut();

        counter.Add(1, Tag("l", "a\\b\"c\"\nd"));

        Lines(exporter, "odd_total").ShouldBe(
        [
            """# HELP odd_total Back\\slash "quoted"\nnext""",
            "# TYPE odd_total counter",
            """odd_total{l="a\\b\"c\"\nd"} 1""",
        ]);
    }

    [Fact]
    public void Record_TooManySeries_AreFoldedCountedAndSaidOnce()
    {
        var counter = _meter.CreateCounter<long>("files_total");
        using var exporter = CreateSut(maxSeries: 3);

        for (var i = 0; i < 10; i++)
        {
            counter.Add(1, Tag("dataset", $"d{i}"));
        }

        counter.Add(1, Tag("dataset", "d0"));

        Lines(exporter, "files_total{").ShouldBe(
        [
            """files_total{dataset="d0"} 2""",
            """files_total{dataset="d1"} 1""",
            """files_total{dataset="d2"} 1""",
            """files_total{dataset="other"} 7""",
        ]);
        Lines(exporter, "pipeline_metrics_folded_total{").ShouldBe(["""pipeline_metrics_folded_total{metric="files_total"} 7"""]);
        _folded.ShouldBe(["files_total"]);
    }

    [Fact]
    public void Export_InstrumentOfAnotherMeter_IsNotShown()
    {
        using var other = new Meter("Exporter.Tests");
        using var exporter = CreateSut();

        other.CreateCounter<int>("foreign_total").Add(1);
        _meter.CreateCounter<int>("late_total").Add(1);

        exporter.Export().ShouldNotContain("foreign_total");
        exporter.Export().ShouldContain("late_total 1");
    }

    [Fact]
    public async Task Record_ManyTasks_LosesNothing()
    {
        var counter = _meter.CreateCounter<long>("parallel_total");
        using var exporter = CreateSut();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(t => Task.Run(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                counter.Add(1, Tag("t", t.ToString()));
                if (i % 250 == 0)
                {
                    exporter.Export();
                }
            }
        })));

        Lines(exporter, "parallel_total{").Sum(l => long.Parse(l.Split(' ')[1])).ShouldBe(8000);
    }

    PrometheusExporter CreateSut(int maxSeries = PrometheusExporter.DefaultMaxSeries) => new([_meter], _folded.Add, maxSeries);

    static string[] Lines(PrometheusExporter exporter, string word) =>
        [.. exporter.Export().Split('\n').Where(l => l.StartsWith(word, StringComparison.Ordinal)
            || (l.StartsWith('#') && l.Split(' ')[2].StartsWith(word, StringComparison.Ordinal)))];

    static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
