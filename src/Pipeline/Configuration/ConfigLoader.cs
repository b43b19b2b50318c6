using System.Collections;

namespace Pipeline.Configuration;

/// <summary>A configuration, or all that is wrong with it.</summary>
/// <param name="Options">Null when there are problems.</param>
/// <param name="File">The file that was read; null when there is none and everything is default or environment.</param>
public sealed record ConfigResult(PipelineOptions? Options, IReadOnlyList<ConfigProblem> Problems, string? File);

/// <summary>
/// Reads pipeline.yaml and the environment. Steps: 1. the file into raw nodes; 2. environment variables over them; 3. raw nodes
/// into options; 4. rules between keys. Problems of all steps are reported together.
/// </summary>
public static class ConfigLoader
{
    /// <summary>Files larger than this are not configurations.</summary>
    const long MaxFileBytes = 16 << 20;

    /// <summary>The configuration of a home folder under the environment of this process.</summary>
    public static ConfigResult Load(string root) => Load(root, ProcessEnvironment());

    public static ConfigResult Load(string root, IReadOnlyDictionary<string, string> environment)
    {
        var file = PipelineHome.ConfigFileOf(root);
        var problems = new List<ConfigProblem>();
        if (!File.Exists(file))
        {
            return Load(root, null, null, environment, problems);
        }

        try
        {
            if (new FileInfo(file).Length > MaxFileBytes)
            {
                problems.Add(new ConfigProblem("", ConfigCode.Unreadable, "The file has more than 16 MiB.") { Source = file });
                return new ConfigResult(null, problems, file);
            }

            return Load(root, file, File.ReadAllText(file), environment, problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(new ConfigProblem("", ConfigCode.Unreadable, $"The file cannot be read: {e.Message}") { Source = file });
            return new ConfigResult(null, problems, file);
        }
    }

    /// <summary>The same, from text: <paramref name="yaml"/> null stands for no file.</summary>
    internal static ConfigResult LoadText(string root, string? yaml, IReadOnlyDictionary<string, string>? environment = null) =>
        Load(root, yaml is null ? null : "pipeline.yaml", yaml, environment ?? new Dictionary<string, string>(), []);

    static ConfigResult Load(
        string root, string? file, string? yaml, IReadOnlyDictionary<string, string> environment, List<ConfigProblem> problems)
    {
        var source = file is null ? "pipeline.yaml" : Path.GetFileName(file);
        var raw = yaml is null ? new RawMap(new RawPlace(source)) : YamlSource.Read(yaml, source, problems);
        EnvironmentSource.Overlay(raw, environment, problems);

        var binder = new ConfigBinder(problems);
        var options = binder.Bind(raw);
        ConfigValidator.Validate(options, root, (path, code, message) =>
            problems.Add(binder.PlaceOf(path.Split('[')[0]) is { } place
                ? place.Problem(path, code, message)
                : new ConfigProblem(path, code, message)));

        var ordered = problems.OrderBy(p => p.Line is null).ThenBy(p => p.Line).ThenBy(p => p.Column).ToList();
        return new ConfigResult(ordered.Count == 0 ? options : null, ordered, file);
    }

    static Dictionary<string, string> ProcessEnvironment()
    {
        var variables = new Dictionary<string, string>();
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return variables;
    }
}
