using System.CommandLine;
using Pipeline.Ingestion;

namespace Pipeline.Daemon.Cli;

/// <summary>The files that a person names on a command line.</summary>
static class FileArguments
{
    public static readonly Argument<string[]> Paths = new("PATH")
    {
        Description = "Files, or folders with all that is in them",
        Arity = ArgumentArity.OneOrMore,
    };

    public static readonly Option<string?> Dataset = new("--dataset")
    {
        Description = "Dataset of all of them [default: by folder or file name]",
        HelpName = "NAME",
    };

    /// <summary>Each once, in the order given; folders stand for the files in them.</summary>
    /// <exception cref="CliException">Something does not exist, all of it is named; or there is no file at all.</exception>
    public static IReadOnlyList<FileToLoad> Expand(IEnumerable<string> paths)
    {
        var files = new List<FileToLoad>();
        var missing = new List<string>();
        foreach (var path in paths.Select(Path.GetFullPath))
        {
            try
            {
                files.AddRange(FileToLoad.In(path));
            }
            catch (FileNotFoundException)
            {
                missing.Add(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CliException(ExitCode.Usage, $"{path} cannot be looked through: {e.Message}", e);
            }
        }

        return missing.Count > 0 ? throw new CliException(ExitCode.Usage, $"There is no such file: {string.Join(", ", missing)}")
            : files.Count == 0 ? throw new CliException(ExitCode.Usage, "There is no file in what was given.")
            : [.. files.DistinctBy(f => f.Path, StringComparer.Ordinal)];
    }
}
