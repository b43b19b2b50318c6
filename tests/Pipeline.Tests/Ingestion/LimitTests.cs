using System.Text;
using Pipeline.Configuration;
using Pipeline.TestKit.Engine;
using Pipeline.TestKit.Files;
using Pipeline.Tests.ClickHouse;

namespace Pipeline.Tests.Ingestion;

/// <summary>Each limit of the configuration, hit by a file: a code, what and where, and the setting to raise. The daemon goes on.</summary>
[Collection(EngineCollection.Name)]
public sealed class LimitTests(EngineFixture engine)
{
    static readonly object[][] s_cells = [["id", "n"], [1, 10]];

    public static TheoryData<string, string, string> Files => new()
    {
        { "max_file_bytes", "limit_exceeded", "large.csv" },
        { "max_columns", "too_many_columns", "wide.csv" },
        { "max_record_bytes", "record_too_long", "record.csv" },
        { "max_field_bytes", "field_too_long", "field.csv" },
        { "max_field_bytes", "field_too_long", "field.ndjson" },
        { "max_decompressed_bytes", "limit_exceeded", "large.csv.gz" },
        { "max_archive_members", "limit_exceeded", "many.zip" },
        { "max_nesting_depth", "limit_exceeded", "deep.json" },
        { "max_sheets", "limit_exceeded", "many.xlsx" },
        { "max_workbook_text_bytes", "field_too_long", "text.xlsx" },
        { "max_workbook_part_bytes", "limit_exceeded", "part.xlsx" },
        { "max_buffered_workbook_bytes", "limit_exceeded", "packed.xlsx.gz" },
    };

    [Theory, MemberData(nameof(Files))]
    public async Task Load_FileAboveALimit_IsRefusedWithTheSettingToRaise(string setting, string code, string name)
    {
        await using var home = await IngestHome.OpenAsync(engine, limits: LimitsOf(setting));

        var results = await home.LoadAllAsync(home.Files.Write(name, Content(name)));
        var good = await home.LoadAsync("good.csv", "id,n\n1,2\n");

        good.Outcome.ShouldBe("loaded");
        var error = results.Values.ShouldHaveSingleItem().Error.ShouldNotBeNull();
        if (error.Code == "too_many_bad_rows")
        {
            // One row of few: the file's reason names the first row's.
            error.Message.ShouldContain($"The first: {code}: ");
        }
        else
        {
            error.Code.ShouldBe(code);
        }

        error.Message.ShouldContain($"limits.{setting}");
        home.Host.Quarantine.List().ShouldHaveSingleItem().Record!.WhatToDo.ShouldNotBeNullOrEmpty();
    }

    [Theory, MemberData(nameof(Files))]
    public async Task Load_SameFileUnderTheDefaults_IsLoaded(string setting, string code, string name)
    {
        (setting.Length, code.Length).ShouldNotBe((0, 0));
        await using var home = await IngestHome.OpenAsync(engine);

        (await home.LoadAllAsync(home.Files.Write(name, Content(name)))).Values.ShouldAllBe(r => r.Outcome == "loaded" || r.Outcome == "duplicate");
    }

    static LimitOptions LimitsOf(string setting) => setting switch
    {
        "max_file_bytes" => new LimitOptions { MaxFileBytes = 1024 },
        "max_columns" => new LimitOptions { MaxColumns = 20 },
        "max_record_bytes" => new LimitOptions { MaxRecordBytes = 2 << 20 },
        "max_field_bytes" => new LimitOptions { MaxFieldBytes = 256 },
        "max_decompressed_bytes" => new LimitOptions { MaxDecompressedBytes = 1024 },
        "max_archive_members" => new LimitOptions { MaxArchiveMembers = 2 },
        "max_nesting_depth" => new LimitOptions { MaxNestingDepth = 20 },
        "max_sheets" => new LimitOptions { MaxSheets = 2 },
        "max_workbook_text_bytes" => new LimitOptions { MaxWorkbookTextBytes = 1024 },
        "max_workbook_part_bytes" => new LimitOptions { MaxWorkbookPartBytes = 1024 },
        "max_buffered_workbook_bytes" => new LimitOptions { MaxBufferedWorkbookBytes = 1024 },
        _ => throw new ArgumentOutOfRangeException(nameof(setting), setting, null),
    };

    static byte[] Content(string name) => name switch
    {
        "large.csv" => Text("id,n\n" + string.Concat(Enumerable.Range(0, 500).Select(i => $"{i},{i}\n"))),
        "wide.csv" => Text($"{string.Join(',', Enumerable.Range(0, 30).Select(i => $"c{i}"))}\n{string.Join(',', Enumerable.Range(0, 30))}\n"),
        "record.csv" => Text($"{string.Join(',', Enumerable.Range(0, 30).Select(i => $"c{i}"))}\n"
            + string.Concat(Enumerable.Repeat(string.Join(',', Enumerable.Range(0, 30).Select(i => new string('x', 100_000))) + "\n", 2))),
        "field.csv" => Text($"id,n\n1,{new string('x', 500)}\n2,y\n"),
        "field.ndjson" => Text($$"""{"id":1,"n":"{{new string('x', 500)}}"}""" + "\n" + """{"id":2,"n":"y"}""" + "\n"),
        "large.csv.gz" => Packed.Gzip(Content("large.csv")),
        "many.zip" => Packed.Zip(("a.csv", "id\n1\n"), ("b.csv", "id\n2\n"), ("c.csv", "id\n3\n")),
        "deep.json" => Text($"[{{\"id\":1,\"n\":{new string('[', 30)}1{new string(']', 30)}}}]"),
        "many.xlsx" => Packed.Workbook(("A", false, s_cells), ("B", true, s_cells), ("C", true, s_cells)),
        "text.xlsx" => Packed.Workbook(("A", false, [["id", "n"], [1, new string('x', 5000)]])),
        "part.xlsx" => Packed.Workbook(("A", false, [["id", "n"], .. Enumerable.Range(0, 200).Select(i => new object[] { i, i })])),
        "packed.xlsx.gz" => Packed.Gzip(Packed.Workbook(("A", false, s_cells))),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
