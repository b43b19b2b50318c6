using Microsoft.Extensions.FileSystemGlobbing;

namespace Pipeline.Discovery;

/// <summary>
/// Which names below the data folder are never files to load: hidden ones, what programs write while they are not done, and the
/// README.md at the root that the repository ships. Quiet on purpose: such names are conventions, not mistakes.
/// </summary>
sealed class FileNameRules
{
    static readonly string[] s_temporaryEndings = [".tmp", ".part", ".crdownload", ".filepart"];

    // A folder with such a name is a mistake of somebody (an unpacked archive, a partitioned export), not a dataset.
    static readonly string[] s_dataEndings =
        [".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".xlsx", ".xls", ".parquet", ".orc", ".avro", ".arrow", ".gz", ".zip"];

    readonly Matcher? _globs;

    public FileNameRules(IReadOnlyList<string> include, IReadOnlyList<string> exclude)
    {
        if (include.Count + exclude.Count > 0)
        {
            _globs = new Matcher(StringComparison.Ordinal);
            _globs.AddIncludePatterns(include.Count > 0 ? include : ["**/*"]);
            _globs.AddExcludePatterns(exclude);
        }
    }

    /// <summary>True for a name that is never looked at; of a folder, nothing in it.</summary>
    public static bool IsIgnoredName(ReadOnlySpan<char> name) =>
        name.Length == 0 || name[0] is '.' or '~' || EndsWithAny(name, s_temporaryEndings);

    /// <summary>True for a folder that bears the name of a file.</summary>
    public static bool IsFileLikeFolder(ReadOnlySpan<char> name) => EndsWithAny(name, s_dataEndings);

    public static bool IsRootReadme(ReadOnlySpan<char> relativePath) => relativePath.Equals("README.md", StringComparison.OrdinalIgnoreCase);

    /// <summary>True when the include and exclude globs take this path.</summary>
    public bool Takes(string relativePath) => _globs is null || _globs.Match(relativePath).HasMatches;

    static bool EndsWithAny(ReadOnlySpan<char> name, string[] endings)
    {
        foreach (var ending in endings)
        {
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
