namespace Pipeline.TestKit.Files;

/// <summary>A home folder of its own for one test, with the folders of a home in it; gone when disposed.</summary>
public sealed class TempHome : IDisposable
{
    /// <param name="parent">Where it is made; null: the system's folder for temporary files.</param>
    public TempHome(string? parent = null)
    {
        Root = Path.Join(parent ?? Path.GetTempPath(), "pipeline-test-" + Guid.NewGuid().ToString("N")[..16]);
        foreach (var folder in new[] { Data, Quarantine, Archive, State })
        {
            Directory.CreateDirectory(folder);
        }
    }

    public string Root { get; }

    public string Data => Path.Join(Root, "data");

    public string Quarantine => Path.Join(Root, "quarantine");

    public string Archive => Path.Join(Root, "archive");

    public string State => Path.Join(Root, ".pipeline");

    public string PathOf(string relativePath) => Path.Join(Root, relativePath);

    /// <summary>Writes a file below the root, with its folders; returns its full path.</summary>
    public string Write(string relativePath, string text) => Write(relativePath, System.Text.Encoding.UTF8.GetBytes(text));

    public string Write(string relativePath, ReadOnlySpan<byte> bytes)
    {
        var path = PathOf(relativePath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose()
    {
        if (Directory.Exists(Root))
        {
            Directory.Delete(Root, recursive: true);
        }
    }
}
