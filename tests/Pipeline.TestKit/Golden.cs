using System.Text.Encodings.Web;
using System.Text.Json;
using Xunit;

namespace Pipeline.TestKit;

/// <summary>
/// Approved files. A test asserts against them; only PIPELINE_UPDATE_GOLDEN=1 rewrites them, for a person to look at in the diff.
/// </summary>
public static class Golden
{
    public static JsonSerializerOptions Indented { get; } =
        new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A path below the root of the repository.</summary>
    public static string FromRoot(string path) => Path.GetFullPath(Path.Combine(Root(), path));

    public static void Matches(string file, string actual)
    {
        if (Environment.GetEnvironmentVariable("PIPELINE_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
            return;
        }

        Assert.True(File.Exists(file), $"{file} is missing: look at the new text and approve it with PIPELINE_UPDATE_GOLDEN=1.");
        Assert.Equal(File.ReadAllText(file), actual);
    }

    static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Pipeline.sln above {AppContext.BaseDirectory}.");
    }
}
