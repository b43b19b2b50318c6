using Xunit.Abstractions;

namespace Pipeline.Formats.Tests.FixtureFiles;

/// <summary>
/// Every delimited file of the fixtures is opened, read to its end and compared with what is expected of it. What differs stands in
/// docs/formats/delimited.md with its reason, and nothing stands there that does not differ.
/// </summary>
public sealed class DelimitedFixtureTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task Read_AllDelimitedFixtures_AreAsExpectedOrListed()
    {
        Skip.If(FixtureEntry.Root is null, "The fixtures are not beside the repository.");
        var listed = DeliberateDifferences.Read();
        var unexpected = new List<string>();
        var differing = new HashSet<string>(StringComparer.Ordinal);
        var entries = FixtureEntry.ReadAll().Where(e => e.Format is "csv" or "tsv" or "txt" && e.Compression is "-" or "gzip").ToList();
        var right = 0;
        foreach (var entry in entries.Where(e => !e.File.EndsWith(".zip", StringComparison.Ordinal)))
        {
            var problems = DelimitedExpectation.Check(entry, await DelimitedFixture.ReadAsync(entry)).ToList();
            right += problems.Count == 0 ? 1 : 0;
            foreach (var problem in problems)
            {
                var key = $"{entry.File} {problem[..problem.IndexOf(':')]}";
                differing.Add(key);
                output.WriteLine($"{(listed.Contains(key) ? "listed" : "WRONG ")} {key}{problem[problem.IndexOf(':')..]}");
                if (!listed.Contains(key))
                {
                    unexpected.Add(key);
                }
            }
        }

        output.WriteLine($"{right} of {entries.Count} files as expected, {differing.Count} differences, {unexpected.Count} not listed");
        entries.Count.ShouldBeGreaterThan(200);
        unexpected.ShouldBeEmpty();
        listed.Except(differing).ShouldBeEmpty("listed as different, but not different");
    }
}
