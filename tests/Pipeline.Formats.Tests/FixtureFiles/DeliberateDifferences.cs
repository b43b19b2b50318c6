namespace Pipeline.Formats.Tests.FixtureFiles;

/// <summary>The table of deliberate differences in docs/formats/delimited.md.</summary>
static class DeliberateDifferences
{
    /// <summary>File and aspect, separated by a blank.</summary>
    public static HashSet<string> Read()
    {
        var path = Path.Combine(FixtureEntry.Root!, "..", "..", RepositoryName(), "docs", "formats", "delimited.md");
        var rows = File.ReadAllLines(path).Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('|'));
        return rows.Select(c => $"{c[1].Trim().Trim('`')} {c[2].Trim()}").ToHashSet(StringComparer.Ordinal);
    }

    static string RepositoryName()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Pipeline.sln")))
        {
            folder = folder.Parent;
        }

        return folder.Name;
    }
}
