using Pipeline.Formats.Compression;

namespace Pipeline.Formats.Tests;

/// <summary>
/// A line of the fixtures' INDEX.tsv. The fixtures lie beside the repository; a test that asks for them is skipped where they are
/// not.
/// </summary>
sealed record Fixture(string FullPath, string Path, string Corpus, string Format, string Expect, string Evidence,
    string ExpectedJson)
{
    /// <summary>The decompressed bytes.</summary>
    public byte[] Content
    {
        get
        {
            var raw = File.ReadAllBytes(FullPath);
            var kind = ContentCompression.Detect(raw, FullPath);
            using var stream = ContentCompression.OpenRead(new MemoryStream(raw), kind, CompressionLimits.Default);
            var content = new MemoryStream();
            stream.CopyTo(content);
            return content.ToArray();
        }
    }

    public static IReadOnlyList<Fixture> All(params string[] formats)
    {
        var root = Root();
        Skip.If(root is null, "the folder ../shared/fixtures is not beside the repository");
        return
        [
            .. File.ReadLines(System.IO.Path.Combine(root!, "INDEX.tsv")).Skip(1).Select(l => l.Split('\t')).Where(f =>
                formats.Contains(f[5]))
                .Select(f => new Fixture(System.IO.Path.Combine(root!, f[0]), f[0], f[1], f[5], f[11], f[12], f[13])),
        ];
    }

    static string? Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Pipeline.sln")))
            {
                var fixtures = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder.FullName, "..", "shared", "fixtures"));
                return Directory.Exists(fixtures) ? fixtures : null;
            }
        }

        return null;
    }
}
