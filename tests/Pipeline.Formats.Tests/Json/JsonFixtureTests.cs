using System.Text.Json;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Json;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Json;

/// <summary>Real JSON files of other projects, beside the repository; skipped where they are not.</summary>
public sealed class JsonFixtureTests
{
    static readonly JsonFormat s_format = new();

    [SkippableFact]
    public async Task Fixtures_InvalidJson_IsRefusedOrHasARejectedRecord()
    {
        foreach (var file in Fixtures.Where(f => f is { Corpus: "jsontestsuite", Expect: "reject" }))
        {
            try
            {
                var read = await ReadRows.AllAsync(s_format, file.Content);
                read.Faults.ShouldNotBeEmpty($"{file.Path} was read without a word");
            }
            catch (BadFileException)
            {
                // Refused: right.
            }
        }
    }

    [SkippableFact]
    public async Task Fixtures_ValidJson_IsNeverCalledCorrupt()
    {
        foreach (var file in Fixtures.Where(f => f is { Corpus: "jsontestsuite", Expect: "valid_json" or "load" }))
        {
            try
            {
                await ReadRows.AllAsync(s_format, file.Content);
            }
            catch (BadFileException e)
            {
                e.Code.ShouldBe(RejectCode.NotATable, file.Path);
            }
        }
    }

    [SkippableFact]
    public async Task Fixtures_UnclearJson_EndsCleanly()
    {
        var clean = 0;
        foreach (var file in Fixtures.Where(f => f.Expect == "load_or_reject"))
        {
            try
            {
                await ReadRows.AllAsync(s_format, file.Content);
            }
            catch (BadFileException)
            {
                // Any clean outcome is right.
            }

            clean++;
        }

        clean.ShouldBeGreaterThan(5);
    }

    [SkippableFact]
    public async Task Fixtures_Tables_HaveTheirRowsAndColumns()
    {
        var wrong = new List<string>();
        foreach (var file in Fixtures.Where(f => f.Corpus != "jsontestsuite" && f.Expect is "load" or "load_exact"))
        {
            s_format.Detect(new FormatProbe(Path.GetFileName(file.Path), file.Content.AsMemory(0, Math.Min(file.Content.Length,
                1 << 20)),
                file.Content.Length <= 1 << 20)).Confidence.ShouldBeGreaterThan(0.5, file.Path);
            try
            {
                var read = await ReadRows.AllAsync(s_format, file.Content);
                var expected = JsonDocument.Parse(file.ExpectedJson).RootElement;
                foreach (var key in (string[])["rows", "rows_duckdb"])
                {
                    if (expected.TryGetProperty(key, out var rows) && rows.GetInt32() != read.Rows.Count)
                    {
                        wrong.Add($"{file.Path}: {read.Rows.Count} rows, not {rows}");
                    }
                }

                if (read.Faults.Count > 0)
                {
                    wrong.Add($"{file.Path}: {read.Faults.Count} faults, {read.Faults[0].Message}");
                }

                if (expected.TryGetProperty("types_declared", out var types)
                    && !types.EnumerateObject().Select(t => t.Name).All(read.Columns.Contains))
                {
                    wrong.Add($"{file.Path}: columns {string.Join(',', read.Columns)}");
                }
            }
            catch (BadFileException e)
            {
                wrong.Add($"{file.Path}: {e.Code} {e.Message}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    static IEnumerable<Fixture> Fixtures => Fixture.All("json", "ndjson");
}
