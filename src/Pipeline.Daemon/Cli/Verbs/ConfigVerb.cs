using System.CommandLine;
using System.Text.Json.Nodes;
using Pipeline.Configuration;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary><c>config check | show | schema</c>.</summary>
static class ConfigVerb
{
    public static Command Create(CliIo io)
    {
        var check = new Command("check", "Report everything that is wrong with pipeline.yaml and the PIPELINE__… variables");
        check.SetAction(result => Check(result, io));
        var show = new Command("show", "Print the values in force, secrets masked");
        show.SetAction(result => Show(result, io));
        var schema = new Command("schema", "Print the JSON Schema of pipeline.yaml");
        schema.SetAction(_ =>
        {
            io.Out.WriteLine(ConfigSchema.Generate().ToJsonString(Json.Indented));
            return ExitCode.Good;
        });
        return new Command("config", "Check or show the configuration") { check, show, schema };
    }

    static int Check(ParseResult result, CliIo io)
    {
        var config = ConfigLoader.Load(HomeContext.Root(result));
        if (result.GetValue(CommandLine.AsJson))
        {
            foreach (var problem in config.Problems)
            {
                io.WriteJson(
                    new { problem.Source, problem.Line, problem.Column, problem.Path, Code = problem.CodeName, problem.Message });
            }
        }
        else if (config.Problems.Count > 0)
        {
            io.Out.WriteLine(HomeContext.Describe(config));
        }
        else
        {
            io.Out.WriteLine(config.File is null ? "No pipeline.yaml: every value is its default or from the environment."
                : $"{config.File} is good.");
        }

        return config.Problems.Count == 0 ? ExitCode.Good : ExitCode.Usage;
    }

    static int Show(ParseResult result, CliIo io)
    {
        var options = HomeContext.Of(result).Options;
        if (result.GetValue(CommandLine.AsJson))
        {
            io.WriteJson<JsonNode>(ConfigText.ShowJson(options));
        }
        else
        {
            io.Out.Write(ConfigText.Show(options));
        }

        return ExitCode.Good;
    }
}
