using System.Text.Json;
using Pipeline.Formats.Excel;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Excel;

/// <summary>Real workbooks of other projects, beside the repository; skipped where they are not.</summary>
public sealed class ExcelFixtureTests
{
    static readonly ExcelFormat s_format = new();

    /// <summary>
    /// Where we are right to differ from the reference, or refuse what the library for old workbooks cannot read.
    /// </summary>
    static readonly string[] s_differences =
    [
        // Chart sheets hold no cells of their own, macro sheets hold programs.
        "any_sheets.xls: no sheet 'Chart'", "any_sheets.xlsb: no sheet 'Chart'", "any_sheets.xlsx: no sheet 'Chart'",
        "issue438.xlsx: no sheet 'Chart1'", "47813.xlsx: no sheet 'Chart'", "xlmmacro.xlsm: no sheet 'Macro1'",

        // The reference misses cells whose references are in lower case.
        "LowerCaseReferenceAttribute.xlsx: 'Sheet1' has 3 rows, not 0",

        // The only sheet of these old files has no name.
        "as3xls_BIFF2.xls: no sheet 'Sheet1'", "as3xls_BIFF4.xls: no sheet 'Sheet1'",

        // The part with the relations is damaged: its checksum is wrong and it is no XML.
        "issue252.xlsx: CorruptFile",

        // The library stumbles over a short record in front of the cells.
        "Test_git_issue_609.xls: CorruptFile",

        // The library gives none of its cells.
        "Test_git_issue624.xls: CorruptFile",
    ];

    static IReadOnlyList<Fixture> Fixtures => Fixture.All("xls", "xlsx", "xlsm", "xlsb", "ods");

    [SkippableFact]
    public async Task Fixtures_Refused_AreRefused()
    {
        foreach (var file in Fixtures.Where(f => f.Expect == "reject"))
        {
            if (file.Path.EndsWith("issue_385.xls", StringComparison.Ordinal))
            {
                // Encrypted with the password that Excel tries by itself, and empty.
                (await ReadAllAsync(file)).ShouldBe(new Dictionary<string, long> { ["Sheet1"] = 0 });
                continue;
            }

            (await Should.ThrowAsync<BadFileException>(() => ReadAllAsync(file),
                file.Path)).Code.ShouldBe(RejectCode.EncryptedFile, file.Path);
        }
    }

    [SkippableFact]
    public async Task Fixtures_Damaged_EndCleanly()
    {
        var seen = 0;
        foreach (var file in Fixtures.Where(f => f.Expect == "load_or_reject"))
        {
            seen++;
            try
            {
                await ReadAllAsync(file);
            }
            catch (BadFileException)
            {
                // Any clean outcome is right.
            }
        }

        seen.ShouldBeGreaterThan(4);
    }

    /// <summary>
    /// The sheets are all there, and each row that a reference reader saw cells in is a header, a skipped row or a record.
    /// </summary>
    [SkippableFact]
    public async Task Fixtures_Workbooks_HaveTheirSheetsAndRows()
    {
        var wrong = new List<string>();
        foreach (var file in Fixtures.Where(f => f.Expect == "load"))
        {
            try
            {
                var expected = JsonDocument.Parse(file.ExpectedJson).RootElement;
                var sheets = await ReadAllAsync(file);
                if (!expected.TryGetProperty("sheets_ref", out var reference))
                {
                    continue;
                }

                foreach (var sheet in reference.EnumerateArray())
                {
                    var name = sheet[0].GetString()!;
                    var filled = sheet[3].GetInt32();
                    if (!sheets.TryGetValue(name, out var rows))
                    {
                        wrong.Add($"{file.Path}: no sheet '{name}'");
                    }
                    else if (rows < filled || rows > filled + 2)
                    {
                        wrong.Add($"{file.Path}: '{name}' has {rows} rows, not {filled}");
                    }
                }
            }
            catch (BadFileException e)
            {
                wrong.Add($"{file.Path}: {e.Code} {e.Message}");
            }
        }

        string.Join('\n', wrong.Where(w => !s_differences.Any(w.Contains))).ShouldBe("");
    }

    /// <summary>Rows by sheet: records, header and skipped ones.</summary>
    static async Task<Dictionary<string, long>> ReadAllAsync(Fixture file)
    {
        var result = new Dictionary<string, long>();
        var content = file.Content;
        foreach (var sheet in await ExcelWorkbook.ReadSheetsAsync(new MemoryStream(content), FormatLimits.Default,
            CancellationToken.None))
        {
            var options = new FormatOptions { Sheet = sheet.Name, BlockRows = 512, HasHeader = false };
            while (true)
            {
                await using var reader = await s_format.OpenAsync(new MemoryStream(content), options, CancellationToken.None);
                try
                {
                    var rows = await ReadRows.AllAsync(reader, options);
                    result[sheet.Name] = rows.Rows.Count + reader.SkippedRecords;
                    break;
                }
                catch (ColumnsGrewException e)
                {
                    options = options with { Learned = e.Learned };
                }
            }
        }

        return result;
    }
}
