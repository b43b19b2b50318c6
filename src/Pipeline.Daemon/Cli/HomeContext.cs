using System.CommandLine;
using Pipeline.Configuration;

namespace Pipeline.Daemon.Cli;

/// <summary>The home that a command line means, with its configuration.</summary>
sealed record HomeContext(PipelineHome Home, PipelineOptions Options)
{
    /// <exception cref="CliException">There is no such folder, or its configuration has problems; all of them are in the
    /// message.</exception>
    public static HomeContext Of(ParseResult result)
    {
        var root = Root(result);
        var config = ConfigLoader.Load(root);
        return config.Options is { } options
            ? new HomeContext(PipelineHome.At(root, options.Folders), options)
            : throw new CliException(ExitCode.Usage, Describe(config));
    }

    public static string Root(ParseResult result)
    {
        var root = Path.GetFullPath(result.GetValue(CommandLine.Home)!);
        return Directory.Exists(root)
            ? root
            : throw new CliException(
                ExitCode.Usage, $"The home folder {root} does not exist. Create it, or give another --home.");
    }

    public static string Describe(ConfigResult config)
    {
        var count = config.Problems.Count;
        return string.Join('\n', config.Problems.Select(p => p.ToString())
            .Prepend($"The configuration has {count} problem{(count == 1 ? "" : "s")}{(config.File is null ? "" : $" ({config.File})")}:"));
    }
}
