using Pipeline.Benchmarks.Reports;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>Runs the cases and writes what they measured.</summary>
static class EndToEndCommand
{
    /// <summary>0: all floors hold; 1: one does not; 2: a case of that name does not exist.</summary>
    public static async Task<int> RunAsync(EndToEndOptions options, CancellationToken cancellation)
    {
        var unknown = options.Cases.Except(CaseList.All.Select(c => c.Name)).ToList();
        if (unknown.Count > 0)
        {
            await Console.Error.WriteLineAsync(
                $"No case {string.Join(", ", unknown)}. Cases: {string.Join(", ", CaseList.All.Select(c => c.Name))}.");
            return 2;
        }

        var results = new List<CaseResult>();
        var began = TimeProvider.System.GetTimestamp();
        foreach (var chosen in CaseList.All.Where(c => options.Cases.Count == 0 || options.Cases.Contains(c.Name)))
        {
            // Every case has a folder, a daemon and an engine of its own, so that none inherits the caches or parts of another.
            var folder = Directory.CreateTempSubdirectory("pipeline-bench-");
            try
            {
                var result = await chosen.RunAsync(options, folder.FullName, cancellation);
                results.Add(result);
                Console.WriteLine(MarkdownReport.Of([result]));
            }
            finally
            {
                folder.Delete(recursive: true);
            }

            // What was measured stays, whatever happens to the cases that follow.
            if (options.Docs is { } docs)
            {
                ResultBook.Add(docs, results[^1]);
            }
        }

        await Console.Error.WriteLineAsync($"{TimeProvider.System.GetElapsedTime(began).TotalMinutes:F1} minutes");
        return results.All(r => r.Checks.All(c => c.Holds)) ? 0 : 1;
    }
}
