using System.Text.Json;
using Pipeline.TestKit;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Daemon.Tests.Deploy;

public sealed class GrafanaTests
{
    [Fact]
    public void Dashboard_EveryQuery_NamesMetricsAndLabelsThatExist()
    {
        var queries = OverviewDashboard.Queries();

        queries.Count.ShouldBeGreaterThan(25);
        queries.SelectMany(MetricCatalog.Approved().Unknown).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Dashboard_EveryQuery_IsPromQl()
    {
        var rules = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(rules, JsonSerializer.Serialize(new
            {
                groups = new[] { new { name = "dashboard", rules = OverviewDashboard.Expressions().Select((expr, i) => new { record = $"query_{i}", expr }) } },
            }));

            var (exitCode, output) = await Tool.RunAsync("promtool", "check", "rules", rules);

            exitCode.ShouldBe(0, output);
        }
        finally
        {
            File.Delete(rules);
        }
    }

    [Fact]
    public void Dashboard_Panels_HaveIdsOfTheirOwnAndDoNotOverlap()
    {
        var panels = OverviewDashboard.Root().GetProperty("panels").EnumerateArray().ToList();
        var cells = panels.SelectMany(p =>
        {
            var at = p.GetProperty("gridPos");
            var (x, y) = (at.GetProperty("x").GetInt32(), at.GetProperty("y").GetInt32());
            return from dx in Enumerable.Range(0, at.GetProperty("w").GetInt32())
                   from dy in Enumerable.Range(0, at.GetProperty("h").GetInt32())
                   select (X: x + dx, Y: y + dy);
        }).ToList();

        panels.Select(p => p.GetProperty("id").GetInt32()).ShouldBeUnique();
        cells.ShouldBeUnique();
        cells.ShouldAllBe(c => c.X < 24);
    }

    [Fact]
    public void Dashboard_DataSource_IsTheProvisionedOne()
    {
        var provisioned = (YamlMappingNode)Yaml("grafana/provisioning/datasources/prometheus.yml")["datasources"][0];

        var used = OverviewDashboard.Descendants(OverviewDashboard.Root(), "uid").Where(uid => uid != "pipeline-overview").Distinct().ToList();

        used.ShouldBe([provisioned["uid"].ToString()]);
    }

    [Fact]
    public void Provisioning_Folders_AreTheMountedOnes()
    {
        var provider = Yaml("grafana/provisioning/dashboards/pipeline.yml")["providers"][0];
        var folder = provider["options"]["path"].ToString();
        var grafana = Yaml("docker-compose.yml")["services"]["grafana"];
        var mounts = ((YamlSequenceNode)grafana["volumes"]).Select(v => v.ToString()).ToList();

        mounts.ShouldContain($"./grafana/dashboards:{folder}:ro");
        mounts.ShouldContain("./grafana/provisioning:/etc/grafana/provisioning:ro");
        grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"].ToString().ShouldBe($"{folder}/overview.json");
    }

    static YamlNode Yaml(string path)
    {
        var yaml = new YamlStream();
        using var reader = File.OpenText(Golden.FromRoot(path));
        yaml.Load(reader);
        return yaml.Documents[0].RootNode;
    }
}
