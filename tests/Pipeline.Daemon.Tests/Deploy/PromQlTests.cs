namespace Pipeline.Daemon.Tests.Deploy;

public sealed class PromQlTests
{
    [Theory]
    [InlineData("up", "up")]
    [InlineData("sum(rate(a_total[5m])) / sum(b) > 0.2", "a_total,b")]
    [InlineData("sum by (x, y) (a{l=\"v w\", m=~\"by (z)\"} unless a offset 15m)", "a,a")]
    [InlineData("time() - max by (i) (a) > 26 * 3600", "a")]
    [InlineData("a unless on (instance) increase(b[$__range])", "a,b")]
    [InlineData("label_values(a{b=\"c\"}, d)", "a")]
    [InlineData("histogram_quantile(0.5, sum by (le) (rate(a_bucket[$__rate_interval])))", "a_bucket")]
    public void Parse_Query_FindsMetricsOnly(string query, string expected) =>
        string.Join(',', PromQl.Parse(query).Selectors.Select(s => s.Metric)).ShouldBe(expected);

    [Fact]
    public void Parse_Query_FindsLabels()
    {
        var parsed = PromQl.Parse("sum by (x) (a{l=\"1\",m=~\"2\"}) / on (y) group_left (z) b{n!=\"3\"}");

        parsed.Selectors[0].Labels.ShouldBe(["l", "m"]);
        parsed.Selectors[1].Labels.ShouldBe(["n"]);
        parsed.Grouping.ShouldBe(["x", "y", "z"]);
    }

    [Theory]
    [InlineData("rate(pipeline_files_total{outcome=\"loaded\"}[5m])", 0)]
    [InlineData("rate(pipeline_flies_total[5m])", 1)]
    [InlineData("rate(pipeline_files_total{path=\"x\"}[5m])", 1)]
    [InlineData("sum by (table) (pipeline_files_total)", 1)]
    [InlineData("sum by (le, stage) (rate(pipeline_stage_seconds_bucket[5m]))", 0)]
    public void Unknown_PlantedMistakes_AreFound(string query, int problems) =>
        MetricCatalog.Approved().Unknown(query).Count().ShouldBe(problems);
}
