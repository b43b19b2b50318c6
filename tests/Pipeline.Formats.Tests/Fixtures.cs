namespace Pipeline.Formats.Tests;

/// <summary>The folder of real files beside the repository; tests skip where it is missing.</summary>
static class Fixtures
{
    public static string? Find(string corpus)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "..", "shared", "fixtures", corpus);
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln")) && Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
