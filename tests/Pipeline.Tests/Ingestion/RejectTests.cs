using Pipeline.Configuration;
using Pipeline.TestKit.Engine;
using Pipeline.Tests.ClickHouse;

namespace Pipeline.Tests.Ingestion;

/// <summary>Rows that break a contract: kept with their text, corrected, loaded; or the whole file is refused.</summary>
[Collection(EngineCollection.Name)]
public sealed class RejectTests(EngineFixture engine)
{
    static readonly DatasetOptions s_contract = new()
    {
        BadRowLimit = 0.5,
        Columns = new Dictionary<string, ColumnOptions>
        {
            ["id"] = new() { Type = "UInt32", Required = true },
            ["amount"] = new() { Type = "Decimal(10, 2)", Min = "0", Max = "1000" },
            ["status"] = new() { Type = "String", In = ["open", "paid"] },
            ["code"] = new() { Type = "String", Pattern = "[A-Z]{2}[0-9]+" },
        },
    };

    const string Header = "id,amount,status,code\n";

    [Theory]
    [InlineData("x,1,open,AB1", "id", "not_an_integer")]
    [InlineData("-1,1,open,AB1", "id", "out_of_range")]
    [InlineData("4294967296,1,open,AB1", "id", "out_of_range")]
    [InlineData(",1,open,AB1", "id", "required_missing")]
    [InlineData("7,1.234,open,AB1", "amount", "too_many_digits")]
    [InlineData("7,-0.01,open,AB1", "amount", "below_minimum")]
    [InlineData("7,1000.01,open,AB1", "amount", "above_maximum")]
    [InlineData("7,1,closed,AB1", "status", "not_in_set")]
    [InlineData("7,1,open,ab1", "code", "pattern_mismatch")]
    public async Task Load_RowBreaksTheContract_IsRejectedWithItsTextLineColumnAndCode(string row, string column, string code)
    {
        await using var home = await IngestHome.OpenAsync(engine, s_contract);

        var result = await home.LoadAsync("orders.csv", Header + "1,1.00,open,AB1\n2,1000,paid,ZZ99\n" + row + "\n3,3.5,open,XY7\n");

        (result.Outcome, result.RowsLoaded, result.RowsRejected).ShouldBe(("loaded", 3L, 1L));
        (await home.QueryAsync("SELECT id FROM {db}.orders ORDER BY id")).ShouldBe("1\n2\n3");
        var lines = (await File.ReadAllTextAsync(OneFile(home, "*.rejects.csv"))).TrimStart('\ufeff').ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(2);
        lines[0].ShouldBe("id,amount,status,code,_line,_column,_code,_message");
        lines[1].ShouldStartWith($"{row},4,{column},{code},");
    }

    [Fact]
    public async Task DropBack_CorrectedRejects_OnlyThoseRowsAreLoadedAndLinked()
    {
        await using var home = await IngestHome.OpenAsync(engine, s_contract);
        var first = await home.LoadAsync("orders.csv", Header + "1,1.00,open,AB1\n2,none,paid,ZZ99\n3,3.5,open,XY7\n");
        var rejects = OneFile(home, "*.rejects.csv");
        var corrected = home.Files.Write("fixed/" + Path.GetFileName(rejects), (await File.ReadAllTextAsync(rejects)).Replace(",none,", ",2.00,", StringComparison.Ordinal).Replace("none", "2.00", StringComparison.Ordinal));

        var second = await home.LoadAsync(corrected);

        (second.Outcome, second.Dataset, second.RowsLoaded).ShouldBe(("loaded", "orders", 1L));
        (await home.QueryAsync("SELECT id, amount, status, code FROM {db}.orders ORDER BY id")).ShouldBe("1\t1\topen\tAB1\n2\t2\tpaid\tZZ99\n3\t3.5\topen\tXY7");
        (await home.ColumnsAsync("orders")).Length.ShouldBe(4);
        var entry = await home.Host.Ledger.FindByFileIdAsync(new Pipeline.Ledger.FileId(second.FileId!));
        entry!.Receipt!.Repairs.ShouldBe(first.FileId);
    }

    [Fact]
    public async Task Load_OnBadRowFailFile_NothingIsLoaded()
    {
        await using var home = await IngestHome.OpenAsync(engine, s_contract with { OnBadRow = OnBadRow.FailFile });

        var result = await home.LoadAsync("orders.csv", Header + "1,1.00,open,AB1\nx,1,open,AB1\n");

        (result.Outcome, result.Error!.Code, result.Error.Line, result.Error.Column).ShouldBe(("quarantined", "not_an_integer", 3L, "id"));
        (await home.QueryAsync("SELECT count() FROM system.tables WHERE database = '{db}'")).ShouldBe("0");
        File.Exists(OneFile(home, "*.error.json")).ShouldBeTrue();
    }

    [Fact]
    public async Task Load_OnBadRowDiscard_IsCountedAndNotKept()
    {
        await using var home = await IngestHome.OpenAsync(engine, s_contract with { OnBadRow = OnBadRow.Discard });

        var result = await home.LoadAsync("orders.csv", Header + "1,1.00,open,AB1\nx,1,open,AB1\n");

        (result.RowsLoaded, result.RowsRejected).ShouldBe((1L, 1L));
        Directory.EnumerateFiles(home.Files.Quarantine, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task Load_MoreBadRowsThanTheLimit_TheFileIsRefusedAsAWhole()
    {
        await using var home = await IngestHome.OpenAsync(engine, s_contract with { BadRowLimit = 0.05 });
        var good = string.Concat(Enumerable.Range(1, 90).Select(i => $"{i},1.00,open,AB1\n"));

        var result = await home.LoadAsync("orders.csv", Header + good + string.Concat(Enumerable.Repeat("x,1,open,AB1\n", 10)));

        (result.Outcome, result.Error!.Code).ShouldBe(("quarantined", "too_many_bad_rows"));
        result.Error.Message.ShouldContain("10 of 100 rows (10 %)");
        (await home.QueryAsync("SELECT count() FROM system.tables WHERE database = '{db}'")).ShouldBe("0");
        Directory.EnumerateFiles(home.Files.Root, "*.rejects.*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task Load_RaggedRows_AreRejectedAndTheOthersStayInTheirColumns()
    {
        await using var home = await IngestHome.OpenAsync(engine, new DatasetOptions { BadRowLimit = 0.5 });

        var result = await home.LoadAsync("orders.csv", "a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n");

        (result.RowsLoaded, result.RowsRejected).ShouldBe((2L, 2L));
        (await home.QueryAsync("SELECT a, b, c FROM {db}.orders ORDER BY a")).ShouldBe("1\t2\t3\n10\t11\t12");
        var text = await File.ReadAllTextAsync(OneFile(home, "*.rejects.csv"));
        text.ShouldContain("too_few_fields");
        text.ShouldContain("too_many_fields");
    }

    static string OneFile(IngestHome home, string pattern) => Directory.EnumerateFiles(home.Files.Quarantine, pattern, SearchOption.AllDirectories).ShouldHaveSingleItem();
}
