using Pipeline.Configuration;
using Pipeline.Ingestion;
using Pipeline.TestKit;
using Pipeline.TestKit.Engine;
using Pipeline.TestKit.Files;
using Pipeline.Tests.ClickHouse;

namespace Pipeline.Tests.Ingestion;

/// <summary>Workbooks: every visible sheet with cells is a table.</summary>
[Collection(EngineCollection.Name)]
public sealed class SheetTests(EngineFixture engine)
{
    static readonly object[][] s_orders = [["id", "n"], [1, 10], [2, 20]];
    static readonly object[][] s_customers = [["id", "name"], [1, "Ada"]];

    [Fact]
    public async Task Load_SeveralSheets_FirstKeepsTheDatasetOthersAddTheirName()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var book = home.Files.Write("sales.xlsx", Packed.Workbook(
            ("Empty", false, []), ("Orders", false, s_orders), ("Q1/Customers!", false, s_customers), ("Secret", true, s_orders)));

        var results = await home.LoadAllAsync(book);
        var again = await home.LoadAllAsync(book);

        results.Select(r => (r.Key, r.Value.Outcome, r.Value.Dataset, r.Value.RowsLoaded)).ShouldBe(
            [("!/Orders", "loaded", "sales", 2), ("!/Q1_Customers!", "loaded", "sales_q1_customers", 1)]);
        (await home.QueryAsync("SELECT sum(n) FROM {db}.sales")).ShouldBe("30");
        (await home.QueryAsync("SELECT name FROM {db}.sales_q1_customers")).ShouldBe("Ada");
        again.Values.ShouldAllBe(r => r.Outcome == "duplicate");
    }

    [Fact]
    public async Task Load_OneSheetWithCells_IsOneFile()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var book = home.Files.Write("sales.xlsx", Packed.Workbook(("Orders", false, s_orders), ("Empty", false, []), ("Secret", true, s_customers)));

        var result = await home.LoadAsync(book);

        (result.File, result.Outcome, result.Dataset).ShouldBe((book, "loaded", "sales"));
    }

    [Fact]
    public async Task Load_SheetIsChosen_OnlyThatOneIsLoaded()
    {
        await using var home = await IngestHome.OpenAsync(engine, new DatasetOptions { Sheet = "customers" });
        var book = home.Files.Write("orders.xlsx", Packed.Workbook(("Orders", false, s_orders), ("Customers", false, s_customers)));

        var result = await home.LoadAsync(book);

        (result.File, result.Outcome).ShouldBe((book, "loaded"));
        (await home.QueryAsync("SELECT name FROM {db}.orders")).ShouldBe("Ada");
    }

    [Fact]
    public async Task Load_ChosenSheetIsMissing_IsRefusedWithTheNamesThatAreThere()
    {
        await using var home = await IngestHome.OpenAsync(engine, new DatasetOptions { Sheet = "Invoices" });
        var book = home.Files.Write("orders.xlsx", Packed.Workbook(("Orders", false, s_orders), ("Customers", false, s_customers)));

        var result = await home.LoadAsync(book);

        result.Error!.Code.ShouldBe("not_a_table");
        result.Error.Message.ShouldContain("'Orders', 'Customers'");
    }

    [Fact]
    public async Task Load_SheetsWithTheSameSafeName_HaveDatasetsOfTheirOwn()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var book = home.Files.Write("sales.xlsx", Packed.Workbook(("All", false, s_orders), ("Jan 1", false, s_orders), ("Jan-1", false, s_customers)));

        var results = await home.LoadAllAsync(book);

        results.Values.Select(r => (r.Dataset, r.Outcome)).ShouldBe([("sales", "loaded"), ("sales_jan_1", "loaded"), ("sales_jan_1_2", "loaded")]);
    }

    [Fact]
    public async Task Load_WorkbookInAnArchive_ItsSheetsAreLoaded()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var book = Packed.Workbook(("Orders", false, s_orders), ("Customers", false, s_customers));
        var zip = home.Files.Write("export.zip", Packed.Zip(("sales.xlsx", book), ("more/plain.csv", "id\n1\n"u8.ToArray())));

        var results = await home.LoadAllAsync(zip);

        results.Select(r => (r.Key, r.Value.Outcome, r.Value.Dataset)).ShouldBe(
        [
            ("!/more/plain.csv", "loaded", "more"),
            ("!/sales.xlsx!/Customers", "loaded", "sales_customers"),
            ("!/sales.xlsx!/Orders", "loaded", "sales"),
        ]);
    }

    [SkippableTheory]
    [InlineData("calamine/tests/issues.xlsx", 6)]
    [InlineData("exceldatareader/src/TestData/Test_LotsOfSheets.xlsx", 14)]
    public async Task Load_RealWorkbook_EverySheetIsATable(string fixture, int sheets)
    {
        var path = Golden.FromRoot("../shared/fixtures/" + fixture);
        Skip.IfNot(File.Exists(path), $"{path} is not there");
        await using var home = await IngestHome.OpenAsync(engine);

        var results = await home.LoadAllAsync(path);

        results.Count.ShouldBe(sheets);
        results.Values.ShouldAllBe(r => r.Outcome == "loaded");
        (await home.QueryAsync("SELECT count() FROM system.tables WHERE database = '{db}'")).ShouldBe($"{sheets}");
    }

    [Fact]
    public async Task Inspect_FilesThatHoldFiles_ShowsEachOfThem()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var book = Packed.Workbook(("Orders", false, s_orders), ("Customers", false, s_customers));
        var zip = home.Files.Write("export.zip", Packed.Zip(("sales.xlsx", book), ("../x.csv", "id\n1\n"u8.ToArray()), ("plain.csv", "id\n1\n"u8.ToArray())));

        var found = new List<Inspection>();
        await foreach (var inspection in home.InspectAsync(zip))
        {
            found.Add(inspection);
        }

        found.Select(f => (f.File[zip.Length..], f.Rows, f.Error?.Code)).ShouldBe(
        [
            ("!/sales.xlsx!/Orders", 2, null),
            ("!/sales.xlsx!/Customers", 1, null),
            ("!/../x.csv", 0, "unsupported_format"),
            ("!/plain.csv", 1, null),
        ]);
    }
}
