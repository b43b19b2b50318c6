using System.Text.Json;
using Pipeline.Benchmarks.EndToEnd;

namespace Pipeline.Benchmarks.Reports;

/// <summary>
/// The committed results: <c>benchmarks.json</c> keeps the last one of every case, and the tables between the markers of <c>benchmarks.md</c> are
/// written from it.
/// </summary>
static class ResultBook
{
    const string Begin = "<!-- e2e: written by the benchmark -->";
    const string End = "<!-- /e2e -->";

    static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Replaces the result of a case.</summary>
    /// <param name="docs">The folder of both files; the Markdown file has to be there, with its markers.</param>
    public static void Add(string docs, CaseResult result)
    {
        var book = Path.Combine(docs, "benchmarks.json");
        var kept = File.Exists(book) ? JsonSerializer.Deserialize<List<CaseResult>>(File.ReadAllText(book), s_json)! : [];
        var order = CaseList.All.Select(c => c.Name).ToList();
        var results = kept.Where(r => r.Name != result.Name && order.Contains(r.Name)).Append(result).OrderBy(r => order.IndexOf(r.Name)).ToList();
        File.WriteAllText(book, JsonSerializer.Serialize(results, s_json) + "\n");
        Section.Replace(Path.Combine(docs, "benchmarks.md"), Begin, End, MarkdownReport.Of(results));
    }
}

/// <summary>What stands between two marker lines of a file.</summary>
static class Section
{
    /// <exception cref="InvalidOperationException">The file lacks a marker.</exception>
    public static void Replace(string path, string begin, string end, string content)
    {
        var text = File.ReadAllText(path);
        var from = text.IndexOf(begin, StringComparison.Ordinal);
        var to = text.IndexOf(end, StringComparison.Ordinal);
        if (from < 0 || to < from)
        {
            throw new InvalidOperationException($"{path} has no section from '{begin}' to '{end}'.");
        }

        File.WriteAllText(path, $"{text[..(from + begin.Length)]}\n{content}\n{text[to..]}");
    }
}
