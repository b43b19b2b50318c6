using System.Text.Json;

namespace Pipeline.Formats.Tests.Delimited;

/// <summary>The csv-spectrum suite: the acid test of CSV parsers, with the right answers as JSON.</summary>
public sealed class CsvSpectrumTests
{
    [SkippableTheory]
    [InlineData("comma_in_quotes")]
    [InlineData("empty")]
    [InlineData("escaped_quotes")]
    [InlineData("json")]
    [InlineData("newlines")]
    [InlineData("quotes_and_newlines")]
    [InlineData("simple")]
    [InlineData("utf8")]
    public async Task Read_SpectrumFile_IsExact(string name)
    {
        var folder = Fixtures.Find("csv-spectrum");
        Skip.If(folder is null, "The fixtures are not beside the repository.");
        var content = await File.ReadAllBytesAsync(Path.Combine(folder!, "csvs", name + ".csv"));
        using var expected = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder!, "json", name + ".json")));

        foreach (var options in new[] { FormatOptions.Default, new FormatOptions { BlockBytes = 64, BlockRows = 16 } })
        {
            var csv = await Csv.ReadAsync(content, options);
            var rows = expected.RootElement.EnumerateArray().ToList();
            csv.Records.Count.ShouldBe(rows.Count);
            csv.Names.ShouldBe(rows[0].EnumerateObject().Select(p => p.Name));
            for (var i = 0; i < rows.Count; i++)
            {
                var fields =
                    rows[i].EnumerateObject().Select(
                    p => p.Value.GetString()!.Replace("\r", "␍", StringComparison.Ordinal).Replace(
                    "\n", "␊", StringComparison.Ordinal)).ToList();
                Strip(csv.Records[i].Fields, fields).ShouldBe(fields);
            }
        }
    }

    /// <summary>
    /// The suite's JSON has another phone number than its CSV, and the degree signs are not UTF-8: the row is kept, with that
    /// said.
    /// </summary>
    [SkippableFact]
    public async Task Read_SpectrumCoordinates_KeepTheirQuotes()
    {
        var folder = Fixtures.Find("csv-spectrum");
        Skip.If(folder is null, "The fixtures are not beside the repository.");
        var csv = await Csv.ReadAsync(await File.ReadAllBytesAsync(Path.Combine(folder!, "csvs", "location_coordinates.csv")));

        csv.Names.ShouldBe(["Contact Phone Number", "Location Coordinates", "Cities", "Counties"]);
        csv.Rows.Single().ShouldBe("2095257564|37\uFFFD36'37.8\"N 121\uFFFD2'17.9\"W|Modesto|Stanislaus");
        csv.Warnings.ShouldContain(w => w.Code == "stray_quote");
    }

    static List<string> Strip(string snapshot, List<string> expected)
    {
        var fields = new List<string>();
        foreach (var value in expected)
        {
            var quoted = $"\"{value}\"";
            var taken = snapshot.StartsWith(quoted, StringComparison.Ordinal)
                ? quoted : snapshot[..Math.Min(value.Length, snapshot.Length)];
            fields.Add(taken == quoted ? value : taken);
            snapshot = snapshot[Math.Min(snapshot.Length, taken.Length + 1)..];
        }

        snapshot.ShouldBeEmpty();
        return fields;
    }
}
