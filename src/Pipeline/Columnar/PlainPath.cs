using Pipeline.Formats.Compression;
using Pipeline.Ingestion;

namespace Pipeline.Columnar;

/// <summary>
/// A file under a path that the engine takes as it stands. In the engine's <c>file()</c> the characters <c>*?{}[]</c> are patterns and <c>::</c> looks into an
/// archive, so it never sees the file's own name: it gets a link with a random name, or the decompressed content. Disposing removes it.
/// </summary>
sealed class PlainPath : IDisposable
{
    /// <summary>What a killed process left behind is known by this suffix.</summary>
    const string Suffix = ".columnar";

    const string Patterns = "*?{}[]:\\'";

    PlainPath(string text) => Text = text;

    public string Text { get; }

    /// <param name="temporaryFolder">Where links and decompressed files lie, if its own path can be given to the engine.</param>
    /// <exception cref="Formats.Records.BadFileException">The compressed content is damaged or above a limit.</exception>
    public static async Task<PlainPath> CreateAsync(FileContent content, string temporaryFolder, CancellationToken cancellationToken)
    {
        var folder = temporaryFolder.AsSpan().ContainsAny(Patterns) ? Path.GetTempPath() : temporaryFolder;
        Directory.CreateDirectory(folder);
        var path = new PlainPath(Path.Combine(folder, Guid.NewGuid().ToString("N") + Suffix));
        if (content is { Compression: CompressionKind.None, FilePath: { } file })
        {
            File.CreateSymbolicLink(path.Text, file);
            return path;
        }

        try
        {
            await using var decompressed = content.OpenRead();
            await using var copy = File.Create(path.Text);
            await decompressed.CopyToAsync(copy, cancellationToken);
            return path;
        }
        catch
        {
            path.Dispose();
            throw;
        }
    }

    /// <summary>Removes what an earlier process left. For a start, when no file is being read.</summary>
    public static void RemoveLeftovers(string temporaryFolder)
    {
        foreach (var path in Directory.Exists(temporaryFolder) ? Directory.EnumerateFiles(temporaryFolder, "*" + Suffix) : [])
        {
            File.Delete(path);
        }
    }

    public void Dispose() => File.Delete(Text);
}
