namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>Runs the cases, our side and the reference alternating, and writes the medians as a Markdown table.</summary>
static class EndToEndCommand
{
    /// <summary>0: all floors hold; 1: one does not; 2: a case of that name does not exist.</summary>
    public static async Task<int> RunAsync(EndToEndOptions options, CancellationToken cancellation)
    {
        var known = CaseList.All.Select(create => create()).ToList();
        var unknown = options.Cases.Except(known.Select(c => c.Name)).ToList();
        if (unknown.Count > 0)
        {
            await Console.Error.WriteLineAsync($"No case {string.Join(", ", unknown)}. Cases: {string.Join(", ", known.Select(c => c.Name))}.");
            return 2;
        }

        var results = new List<CaseResult>();
        foreach (var chosen in known.Where(c => options.Cases.Count == 0 || options.Cases.Contains(c.Name)))
        {
            results.Add(await RunAsync(chosen, options, cancellation));
        }

        var report = MarkdownReport.Of(results, options.Runs);
        Console.WriteLine(report);
        if (options.Out is { } path)
        {
            await File.WriteAllTextAsync(path, report, cancellation);
        }

        return results.All(r => r.Ratio >= r.Floor) ? 0 : 1;
    }

    /// <summary>Every case has a folder and an engine of its own, so that none inherits the caches or parts of another.</summary>
    static async Task<CaseResult> RunAsync(EndToEndCase measured, EndToEndOptions options, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("pipeline-bench-");
        try
        {
            await using var engine = options.Engine is { } url
                ? BenchEngine.At(url)
                : await BenchEngine.StartAsync(options.Pipeline, folder.FullName, cancellation);
            var bench = new Bench(folder.FullName, options.Pipeline, engine);
            var rows = options.Rows ?? measured.DefaultRows;
            await Console.Error.WriteLineAsync($"{measured.Name}: preparing {rows:N0} rows");
            var bytes = await measured.PrepareAsync(bench, rows, cancellation);

            var ours = new List<Measurement>();
            var reference = new List<Measurement>();
            for (var run = 0; run < options.Runs; run++)
            {
                // Whoever runs second finds warmer caches and a busier disk: the sides take turns.
                if (run % 2 == 0)
                {
                    ours.Add(await measured.RunOursAsync(bench, cancellation));
                    reference.Add(await measured.RunReferenceAsync(bench, cancellation));
                }
                else
                {
                    reference.Add(await measured.RunReferenceAsync(bench, cancellation));
                    ours.Add(await measured.RunOursAsync(bench, cancellation));
                }

                await Console.Error.WriteLineAsync(
                    $"{measured.Name}: run {run + 1} of {options.Runs}: ours {ours[^1].WallSeconds:F2} s, reference {reference[^1].WallSeconds:F2} s");
            }

            return new(measured, rows, bytes, Measurement.MedianOf(ours), Measurement.MedianOf(reference));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

/// <summary>The medians of both sides of a case.</summary>
sealed record CaseResult(EndToEndCase Case, long Rows, long Bytes, Measurement Ours, Measurement Reference)
{
    public double Floor => Case.Floor;

    /// <summary>Our speed divided by the reference's, by wall clock, with the start of our process.</summary>
    public double Ratio => Reference.WallSeconds / Ours.WallSeconds;
}
