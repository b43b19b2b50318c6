using System.Text.Json;

namespace Pipeline.Formats.Tests.FixtureFiles;

/// <summary>A line of the fixtures' index.</summary>
/// <param name="File">Path below the fixtures folder.</param>
/// <param name="Corpus">Where it comes from.</param>
/// <param name="Format">What it is.</param>
/// <param name="Compression">Around it; <c>-</c> for none.</param>
/// <param name="Metric">What it is good for.</param>
/// <param name="Expect">The right behaviour.</param>
/// <param name="Evidence">Who says so.</param>
/// <param name="Expected">What is known of its content.</param>
sealed record FixtureEntry(
    string File, string Corpus, string Format, string Compression, string Metric, string Expect, string Evidence, JsonElement Expected)
{
    public static string? Root { get; } = Fixtures.Find(".");

    public string FullPath => Path.Combine(Root!, File);

    public static IReadOnlyList<FixtureEntry> ReadAll()
    {
        var lines = System.IO.File.ReadAllLines(Path.Combine(Root!, "INDEX.tsv"));
        var names = lines[0].Split('\t');
        return [.. lines.Skip(1).Select(line => line.Split('\t')).Select(c => new FixtureEntry(
            c[Index("file")], c[Index("corpus")], c[Index("format")], c[Index("compression")], c[Index("metric")], c[Index("expect")],
            c[Index("evidence")], JsonDocument.Parse(c[Index("expected_json")]).RootElement))];

        int Index(string name) => Array.IndexOf(names, name);
    }
}
