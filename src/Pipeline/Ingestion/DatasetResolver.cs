using Microsoft.Extensions.FileSystemGlobbing;
using Pipeline.Configuration;
using Pipeline.Discovery;
using Pipeline.Quarantine;

namespace Pipeline.Ingestion;

/// <summary>Says which dataset a file belongs to: the one that was asked for, a declared pattern, its folder, or its name.</summary>
sealed class DatasetResolver
{
    static readonly DatasetOptions s_undeclared = new();

    readonly IReadOnlyDictionary<string, DatasetOptions> _datasets;
    readonly IReadOnlyList<(string Name, Matcher Matcher)> _patterns;

    public DatasetResolver(IReadOnlyDictionary<string, DatasetOptions> datasets)
    {
        _datasets = datasets;
        _patterns = [.. datasets.Where(d => d.Value.Match.Count > 0).Select(d => (d.Key, MatcherOf(d.Value.Match)))];
    }

    /// <param name="relativePath">Path below the data folder, or a file name.</param>
    /// <param name="asked">Dataset named by whoever sent the file.</param>
    public (string Name, DatasetOptions Options) Resolve(string relativePath, string? asked)
    {
        // A rejects file belongs where the file it came from belongs.
        var path = RejectsFile.IsName(Path.GetFileName(relativePath))
            ? relativePath[..relativePath.LastIndexOf(".rejects", StringComparison.OrdinalIgnoreCase)]
            : relativePath;
        var name = asked
            ?? _patterns.FirstOrDefault(p => p.Matcher.Match(path.Replace('\\', '/')).HasMatches).Name
            ?? DatasetNaming.Of(path);
        return (name, _datasets.GetValueOrDefault(name) ?? s_undeclared);
    }

    static Matcher MatcherOf(IReadOnlyList<string> globs)
    {
        var matcher = new Matcher(StringComparison.Ordinal);
        matcher.AddIncludePatterns(globs);
        return matcher;
    }
}
