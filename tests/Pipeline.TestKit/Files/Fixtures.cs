using System.Text.Json;

namespace Pipeline.TestKit.Files;

/// <summary>A file of the shared fixtures, with what is expected of it.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="File">Its path below the fixtures' folder.</param>
/// <param name="Format">What it is, by the index.</param>
/// <param name="Expect"><c>load</c>, <c>load_exact</c>, <c>reject</c>, …</param>
/// <param name="Rows">Rows it has, where the index says so.</param>
public sealed record Fixture(string Path, string File, string Format, string Expect, long? Rows);

/// <summary>Files of public test suites, beside the repository; absent on most machines.</summary>
public static class Fixtures
{
    static readonly string? s_folder = Find();

    /// <summary>Why tests over fixtures are skipped; null when the fixtures are there.</summary>
    public static string? Missing => s_folder is null ? "There is no folder ../shared/fixtures beside the repository." : null;

    /// <summary>Files of these formats, in the order of the index; empty when the fixtures are not there.</summary>
    public static IReadOnlyList<Fixture> Of(params string[] formats) => s_folder is null
        ? []
        : [
            .. File.ReadLines(Path.Combine(s_folder, "INDEX.tsv"))
                .Skip(1)
                .Select(line => line.Split('\t'))
                .Where(row => formats.Contains(row[5]))
                .Select(row => new Fixture(Path.Combine(s_folder, row[0]), row[0], row[5], row[11], RowsOf(row[13]))),
        ];

    static long? RowsOf(string json)
    {
        if (json.Length == 0)
        {
            return null;
        }

        using var expected = JsonDocument.Parse(json);
        return expected.RootElement.TryGetProperty("rows", out var rows) && rows.ValueKind == JsonValueKind.Number ? rows.GetInt64() : null;
    }

    static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln")))
            {
                var fixtures = Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "fixtures"));
                return File.Exists(Path.Combine(fixtures, "INDEX.tsv")) ? fixtures : null;
            }
        }

        return null;
    }
}
