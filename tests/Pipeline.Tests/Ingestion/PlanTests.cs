using Pipeline.Configuration;
using Pipeline.Ingestion;
using Pipeline.TestKit.Engine;
using Pipeline.TestKit.Files;
using Pipeline.TestKit.Generators;
using Pipeline.Tests.ClickHouse;

namespace Pipeline.Tests.Ingestion;

/// <summary>A plan says what a load then does, and does none of it.</summary>
[Collection(EngineCollection.Name)]
public sealed class PlanTests(EngineFixture engine)
{
    [Fact]
    public async Task Plan_NewTable_IsTheTableThatALoadMakes()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var file = home.Files.Write("orders.csv", "id,price,when,note\n1,1.5,2025-01-02,a\n2,,2025-01-03,b\n");

        var plan = await home.PlanAsync(file);

        (plan.Action, plan.Dataset, plan.Table).ShouldBe((PlanAction.Create, "orders", $"{home.Database}.orders"));
        (await home.ColumnsAsync("orders")).ShouldBeEmpty();
        await home.QueryAsync(plan.Statements.ShouldHaveSingleItem().Replace("`orders`", "`planned`", StringComparison.Ordinal));
        (await home.LoadAsync(file)).Outcome.ShouldBe("loaded");
        (await home.ColumnsAsync("planned")).ShouldBe(await home.ColumnsAsync("orders"));
    }

    [Fact]
    public async Task Plan_ExistingTable_IsAppendAlterOrRefuseAsALoadIs()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        await home.LoadAsync("orders.csv", "id,name\n1,a\n2,b\n");
        var same = home.Files.Write("orders_2.csv", "id,name\n3,c\n");
        var more = home.Files.Write("orders_3.csv", "id,name,price\n4,d,1.50\n,e,2.50\n");
        var wrong = home.Files.Write("orders_4.csv", "id,name\nfive,e\nsix,f\n");

        (await home.PlanAsync(same)).Action.ShouldBe(PlanAction.Append);
        (await home.PlanAsync(more)).Statements.ShouldBe(
        [
            $"ALTER TABLE `{home.Database}`.`orders` MODIFY COLUMN `id` Nullable(Int64) SETTINGS mutations_sync = 1, alter_sync = 1",
            $"ALTER TABLE `{home.Database}`.`orders` ADD COLUMN IF NOT EXISTS `price` Decimal(18, 2) AFTER `name`",
        ]);
        var refused = await home.PlanAsync(wrong);

        (refused.Action, refused.Error!.Code, refused.RowsRejected).ShouldBe((PlanAction.Refuse, "too_many_bad_rows", 2));
        (await home.ColumnsAsync("orders")).ShouldBe(["id Int64", "name String"]);
        (await home.LoadAsync(wrong)).Error.ShouldBe(refused.Error);
    }

    [Fact]
    public async Task Plan_ContractIsBroken_RefusesWithItsReason()
    {
        await using var home = await IngestHome.OpenAsync(engine, orders: new DatasetOptions
        {
            Columns = new Dictionary<string, ColumnOptions> { ["id"] = new() { Required = true } },
        });
        var file = home.Files.Write("orders.csv", "name,price\na,1\n");

        var plan = await home.PlanAsync(file);

        (plan.Action, plan.Error!.Code, plan.Error.Column).ShouldBe((PlanAction.Refuse, "missing_column", "id"));
        (await home.LoadAsync(file)).Error.ShouldBe(plan.Error);
    }

    [Fact]
    public async Task Plan_SameContentAgain_IsADuplicateUntilItsTableIsGoneOrItIsUndone()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var file = home.Files.Write("orders.csv", "id,name\n1,a\n2,b\n");
        await home.LoadAsync(file);

        var again = await home.PlanAsync(home.Files.Write("orders_copy.csv", "id,name\n1,a\n2,b\n"), "orders");
        (again.Action, again.DuplicateOf, again.Statements.Count).ShouldBe((PlanAction.Duplicate, file, 0));

        await home.Host.UndoAsync((await home.Host.Ledger.FindByPathAsync(file))[0].Key, CancellationToken.None);
        (await home.PlanAsync(file)).Action.ShouldBe(PlanAction.Append);

        (await home.LoadAsync(file)).Outcome.ShouldBe("loaded");
        (await home.PlanAsync(file)).Action.ShouldBe(PlanAction.Duplicate);

        await home.QueryAsync("DROP TABLE {db}.orders SYNC");
        (await home.PlanAsync(file)).Action.ShouldBe(PlanAction.Create);
    }

    [Fact]
    public async Task Plan_ValueFarBehindTheSampleFitsNoMore_IsPlannedWithTheWiderType()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var rows = Enumerable.Range(1, 40_000).Select(i => i == 39_999 ? "00501,x" : $"{i},x");
        var file = home.Files.Write("orders.csv", "zip,name\n" + string.Join('\n', rows) + "\n");

        var plan = await home.PlanAsync(file);

        plan.RowsRejected.ShouldBe(0);
        plan.Statements.Single().ShouldContain("`zip` String");
    }

    [Fact]
    public async Task Plan_ArchiveAndDamagedMember_IsOneForEachFileInIt()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var zip = home.Files.PathOf("in/x.zip");
        Directory.CreateDirectory(Path.GetDirectoryName(zip)!);
        await File.WriteAllBytesAsync(zip, Packed.Zip(("orders/a.csv", "id,name\n1,a\n"), ("empty.csv", ""), ("picture.csv", "\x89PNG\r\n\x1a\n\0\0\0\0")));

        var plans = await home.PlanAllAsync(zip);

        plans.Select(p => (p.Key, p.Value.Dataset, p.Value.Action)).ShouldBe(
        [
            ("!/empty.csv", "empty", PlanAction.Empty), ("!/orders/a.csv", "orders", PlanAction.Create), ("!/picture.csv", "picture", PlanAction.Refuse),
        ]);
    }

    /// <summary>The rule itself: over files of every fate, each is planned right before it is loaded, and ends as planned.</summary>
    [Fact]
    public async Task Plan_FilesOfEveryFate_EachEndsAsPlanned()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var folder = home.Files.PathOf("in");
        foreach (var file in MixedFiles.Write(folder, 100, seed: 7))
        {
            var path = Path.Join(folder, file.Path);
            var plan = await home.PlanAsync(path, file.Dataset);
            var result = await home.LoadAsync(path, new IngestRequest { Dataset = file.Dataset });

            var outcome = plan.Action switch
            {
                PlanAction.Refuse => "quarantined",
                PlanAction.Duplicate => "duplicate",
                PlanAction.Empty => "empty",
                _ => "loaded",
            };
            outcome.ShouldBe(result.Outcome, file.Path);
            plan.Error.ShouldBe(result.Error, file.Path);
            if (result.Outcome == "loaded")
            {
                (plan.RowsLoaded, plan.RowsRejected).ShouldBe((result.RowsLoaded, result.RowsRejected), file.Path);
                plan.Table.ShouldBe(result.Table, file.Path);
            }
        }
    }
}
