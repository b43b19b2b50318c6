using Pipeline.TestKit;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Daemon.Tests.Deploy;

public sealed class PrometheusTests
{
    [Fact]
    public void Rules_EveryExpression_NamesMetricsAndLabelsThatExist()
    {
        var expressions = Rules().Select(rule => rule["expr"].ToString()).ToList();

        expressions.Count.ShouldBeGreaterThan(8);
        expressions.SelectMany(MetricCatalog.Approved().Unknown).ShouldBeEmpty();
    }

    [Fact]
    public void Rules_EveryAlert_HasSeverityTextsAndATest()
    {
        var tests = File.ReadAllText(Golden.FromRoot("deploy/prometheus/rules.test.yml"));

        foreach (var rule in Rules())
        {
            rule["labels"]["severity"].ToString().ShouldBeOneOf("page", "ticket", "info");
            rule["annotations"]["summary"].ToString().ShouldNotBeEmpty();
            rule["annotations"]["description"].ToString().ShouldNotBeEmpty();
            tests.ShouldContain($"alertname: {rule["alert"]}\n");
        }
    }

    [SkippableFact]
    public async Task Configuration_WithItsRules_IsValid()
    {
        var (exitCode, output) = await Tool.RunAsync("promtool", "check", "config", Golden.FromRoot("deploy/prometheus/prometheus.yml"));

        exitCode.ShouldBe(0, output);
        output.ShouldContain("rules found");
    }

    [SkippableFact]
    public async Task Rules_AgainstTheirOwnTests_FireWhereTheyMust()
    {
        var (exitCode, output) = await Tool.RunAsync("promtool", "test", "rules", Golden.FromRoot("deploy/prometheus/rules.test.yml"));

        exitCode.ShouldBe(0, output);
    }

    static IEnumerable<YamlNode> Rules()
    {
        var yaml = new YamlStream();
        using var reader = File.OpenText(Golden.FromRoot("deploy/prometheus/rules.yml"));
        yaml.Load(reader);
        return ((YamlSequenceNode)yaml.Documents[0].RootNode["groups"]).SelectMany(group => (YamlSequenceNode)group["rules"]);
    }
}
