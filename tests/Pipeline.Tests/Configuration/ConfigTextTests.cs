using System.Text.Json.Nodes;
using Pipeline.Configuration;
using Pipeline.TestKit;

namespace Pipeline.Tests.Configuration;

public sealed class ConfigTextTests
{
    [Fact]
    public void Commented_IsTheFileAtTheRootOfTheRepository() =>
        Golden.Matches(Golden.FromRoot("pipeline.yaml"), ConfigText.Commented());

    [Fact]
    public void Commented_Parsed_IsEveryDefault()
    {
        var result = ConfigLoader.LoadText("home", File.ReadAllText(Golden.FromRoot("pipeline.yaml")));

        result.Problems.ShouldBeEmpty();
        ConfigText.Show(result.Options!).ShouldBe(ConfigText.Show(new PipelineOptions()));
    }

    [Fact]
    public void Commented_ExampleUncommented_HasEveryKeyAndNoUnknownOne()
    {
        // Taking "# " off every line below "An example" leaves the example, with its own comments.
        var lines = File.ReadAllLines(Golden.FromRoot("pipeline.yaml"));
        var start = Array.FindIndex(lines, l => l.StartsWith("# An example", StringComparison.Ordinal));
        var example = string.Join('\n', lines[(start + 1)..].Select(l => l.Length > 1 ? l[2..] : l));

        var result = ConfigLoader.LoadText("home", example);

        result.Problems.ShouldBeEmpty();
        result.Options!.Datasets.ShouldHaveSingleItem().Value.Columns.Count.ShouldBe(1);
        var dataset = (ConfigSection)((ConfigMap)ConfigNode.Root.Find("datasets")!.Node).Value;
        var keys = dataset.Keys.Concat(((ConfigSection)((ConfigMap)dataset.Find("columns")!.Node).Value).Keys).ToList();
        keys.Count.ShouldBe(18);
        keys.ShouldAllBe(k => example.Contains($" {k.Name}:"));
    }

    [Fact]
    public void Show_Secrets_AreMasked()
    {
        var options = new PipelineOptions { Clickhouse = new() { Password = "hunter2" } };

        ConfigText.Show(options).ShouldNotContain("hunter2");
        ConfigText.ShowJson(options).ToJsonString().ShouldNotContain("hunter2");
        ConfigText.Show(options).ShouldContain("password: \"********\"");
    }

    [Theory]
    [InlineData("no")]
    [InlineData("null")]
    [InlineData("a: b")]
    [InlineData("# x")]
    [InlineData("\"quoted\" 'text' \\ \t \n end")]
    [InlineData(" spaces ")]
    [InlineData("naïve ☃")]
    [InlineData("[a, b]")]
    [InlineData("*")]
    public void Show_OddTexts_AreReadBack(string text)
    {
        var options = new PipelineOptions
        {
            Clickhouse = new() { Settings = new Dictionary<string, string> { ["s"] = text } },
            Datasets = new Dictionary<string, DatasetOptions>
            {
                ["a: b"] = new()
                {
                    Delimiter = '\t',
                    OrderBy = [text],
                    BadRowLimit = 0.0001,
                    Columns = new Dictionary<string, ColumnOptions>
                    {
                        [string.Concat(
                        text.Where(c => !char.IsControl(c)))] = new() { In = [text, text] }
                    },
                },
            },
        };

        var read = ConfigLoader.LoadText("home", ConfigText.Show(options));

        read.Problems.ShouldBeEmpty();
        read.Options.ShouldNotBeNull();
        ConfigText.Show(read.Options).ShouldBe(ConfigText.Show(options));
        read.Options.Clickhouse.Settings["s"].ShouldBe(text);
    }

    [Fact]
    public void Schema_IsTheApprovedOne() => Golden.Matches(
        Golden.FromRoot("tests/Pipeline.Tests/Configuration/config.schema.json"),
        ConfigSchema.Generate().ToJsonString(Golden.Indented) + "\n");

    [Fact]
    public void Schema_EveryKey_HasADescription()
    {
        var seen = 0;
        Walk(ConfigSchema.Generate());
        seen.ShouldBeGreaterThan(45);

        void Walk(JsonObject schema)
        {
            foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
            {
                seen++;
                property!["description"]!.GetValue<string>().ShouldNotBeNullOrWhiteSpace(name);
                Walk((JsonObject)property);
            }

            if (schema["additionalProperties"] is JsonObject inner)
            {
                Walk(inner);
            }
        }
    }
}
