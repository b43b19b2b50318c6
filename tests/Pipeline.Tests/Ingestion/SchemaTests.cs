using Pipeline.Configuration;
using Pipeline.Ingestion;
using Pipeline.TestKit.Engine;
using Pipeline.Tests.ClickHouse;

namespace Pipeline.Tests.Ingestion;

/// <summary>Who decides the columns of a table: the table itself, the contract, the values.</summary>
[Collection(EngineCollection.Name)]
public sealed class SchemaTests(EngineFixture engine)
{
    [Fact]
    public async Task Load_NewTable_TypesComeFromTheValues()
    {
        await using var home = await IngestHome.OpenAsync(engine);

        var result = await home.LoadAsync("orders_2025-01-31.csv", "id,price,day,note,big\n1,1.50,2025-01-31,a,18446744073709551615\n2,10.25,2025-02-01,,1\n");

        result.Outcome.ShouldBe("loaded");
        result.Dataset.ShouldBe("orders");
        (await home.ColumnsAsync("orders")).ShouldBe(["id Int64", "price Decimal(18, 2)", "day Date", "note String", "big UInt64"]);
        (await home.QueryAsync("SELECT * EXCEPT (_file_id, _loaded_at) FROM {db}.orders ORDER BY _row")).ShouldBe(
            "1\t1.5\t2025-01-31\ta\t18446744073709551615\t1\n2\t10.25\t2025-02-01\t\t1\t2");
    }

    [Fact]
    public async Task Load_ColumnMoreThanTheTable_IsAddedAndOldRowsHaveItsDefault()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        await home.LoadAsync("orders_1.csv", "id,price\n1,1.5\n2,2.5\n");

        var result = await home.LoadAsync("orders_2.csv", "id,price,currency,tax\n3,3.5,EUR,7\n4,4.5,USD,19\n");

        result.Outcome.ShouldBe("loaded");
        (await home.ColumnsAsync("orders")).ShouldBe(["id Int64", "price Decimal(18, 1)", "currency String", "tax Int64"]);
        (await home.QueryAsync("SELECT id, currency, tax FROM {db}.orders ORDER BY id")).ShouldBe("1\t\t0\n2\t\t0\n3\tEUR\t7\n4\tUSD\t19");
    }

    [Fact]
    public async Task Load_ColumnsInAnotherOrderAndOneMissing_AreMatchedByName()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        await home.LoadAsync("orders_1.csv", "id,price,note\n1,1.5,a\n2,2.5,b\n");

        await home.LoadAsync("orders_2.csv", "price,id\n3.5,3\n4.5,4\n");

        (await home.QueryAsync("SELECT id, price, note FROM {db}.orders ORDER BY id")).ShouldBe("1\t1.5\ta\n2\t2.5\tb\n3\t3.5\t\n4\t4.5\t");
    }

    [Fact]
    public async Task Load_NullsInAColumnThatHadNone_TheColumnTakesThem()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        await home.LoadAsync("orders_1.csv", "id,price\n1,1.5\n2,2.5\n");

        var result = await home.LoadAsync("orders_2.csv", "id,price\n3,\n4,4.5\n");

        result.Outcome.ShouldBe("loaded");
        (await home.QueryAsync("SELECT id, price FROM {db}.orders ORDER BY id")).ShouldBe("1\t1.5\n2\t2.5\n3\t\\N\n4\t4.5");
    }

    [Fact]
    public async Task Load_NullElementsInAnArrayThatHadNone_TheColumnTakesThem()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        await home.LoadAsync("orders_1.ndjson", "{\"id\":1,\"tags\":[\"a\"],\"grid\":[[1,2],[3]]}\n{\"id\":2,\"tags\":[],\"grid\":[]}\n");

        var result = await home.LoadAsync("orders_2.ndjson", "{\"id\":3,\"tags\":[\"b\",null],\"grid\":[[null,4]]}\n{\"id\":4,\"tags\":[],\"grid\":[[5]]}\n");

        result.Outcome.ShouldBe("loaded");
        result.RowsRejected.ShouldBe(0);
        (await home.ColumnsAsync("orders")).ShouldBe(["id Int64", "tags Array(Nullable(String))", "grid Array(Array(Nullable(Int64)))"]);
        (await home.QueryAsync("SELECT id, tags, grid FROM {db}.orders ORDER BY id")).ShouldBe(
            "1\t['a']\t[[1,2],[3]]\n2\t[]\t[]\n3\t['b',NULL]\t[[NULL,4]]\n4\t[]\t[[5]]");
    }

    [Fact]
    public async Task Load_TableOfSomebodyElse_IsTheAuthorityAndStaysAsItIs()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        await home.QueryAsync("CREATE TABLE {db}.orders (id UInt32, price Float64, day String, twice UInt64 MATERIALIZED id * 2) ENGINE = MergeTree ORDER BY id");

        var result = await home.LoadAsync("orders.csv", "id,price,day\n1,1.5,2025-01-31\n2,2.5,2025-02-01\n");

        result.Outcome.ShouldBe("loaded");
        (await home.ColumnsAsync("orders")).ShouldBe(["id UInt32", "price Float64", "day String", "twice UInt64"]);
        (await home.QueryAsync("SELECT id, price, day, twice FROM {db}.orders ORDER BY id")).ShouldBe("1\t1.5\t2025-01-31\t2\n2\t2.5\t2025-02-01\t4");
    }

    [Fact]
    public async Task Load_TableOfSomebodyElseWithProvenanceAdd_RowsCanBeUndone()
    {
        await using var home = await IngestHome.OpenAsync(engine, new DatasetOptions { Provenance = Provenance.Add });
        await home.QueryAsync("CREATE TABLE {db}.orders (id Int64) ENGINE = MergeTree ORDER BY id");
        await home.QueryAsync("INSERT INTO {db}.orders VALUES (100)");

        var result = await home.LoadAsync("orders.csv", "id,n\n1,5\n2,6\n");
        var entry = await home.Host.Ledger.FindByFileIdAsync(new Pipeline.Ledger.FileId(result.FileId!));
        (await home.QueryAsync("SELECT count() FROM {db}.orders")).ShouldBe("3");
        await home.Host.UndoAsync(entry!.Key, CancellationToken.None);

        (await home.QueryAsync("SELECT id FROM {db}.orders")).ShouldBe("100");
    }

    [Fact]
    public async Task Load_OnSchemaChangeFreeze_NewAndMissingColumnsAreRefused()
    {
        await using var home = await IngestHome.OpenAsync(engine, new DatasetOptions { OnSchemaChange = OnSchemaChange.Freeze });
        await home.LoadAsync("orders_1.csv", "id,price\n1,1.5\n2,2.5\n");

        (await home.LoadAsync("orders_2.csv", "id,price,tax\n3,3.5,1\n")).Error!.Code.ShouldBe("unexpected_column");
        (await home.LoadAsync("orders_3.csv", "id\n3\n4\n")).Error!.Code.ShouldBe("missing_column");
        (await home.QueryAsync("SELECT count() FROM {db}.orders")).ShouldBe("2");
    }

    [Fact]
    public async Task Load_ValueContradictsTheTable_FileIsRefusedAboveTheLimit()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        await home.LoadAsync("orders_1.csv", "id,price\n1,1.5\n2,2.5\n");

        var result = await home.LoadAsync("orders_2.csv", "id,price\n3,cheap\n4,4.5\n");

        result.Outcome.ShouldBe("quarantined");
        result.Error!.Code.ShouldBe("too_many_bad_rows");
        result.Error.Line.ShouldBe(2);
        result.Error.Column.ShouldBe("price");
        (await home.QueryAsync("SELECT count() FROM {db}.orders")).ShouldBe("2");
    }

    [Fact]
    public async Task Load_DeclaredOrderPartitionAndTypes_AreTheTables()
    {
        await using var home = await IngestHome.OpenAsync(engine, new DatasetOptions
        {
            OrderBy = ["id"],
            PartitionBy = "toYYYYMM(day)",
            Columns = new Dictionary<string, ColumnOptions>
            {
                ["id"] = new() { Type = "UInt32" },
                ["price"] = new() { Type = "Decimal(10, 4)" },
                ["region"] = new() { Type = "LowCardinality(String)" },
            },
        });

        var result = await home.LoadAsync("orders.csv", "id,price,day\n1,1.5,2025-01-31\n2,2.5,2025-02-01\n3,2.5,2025-02-02\n");

        result.Outcome.ShouldBe("loaded");
        (await home.ColumnsAsync("orders")).ShouldBe(["id UInt32", "price Decimal(10, 4)", "day Date", "region LowCardinality(String)"]);
        (await home.QueryAsync("SELECT partition_id, sum(rows) FROM system.parts WHERE database = '{db}' AND table = 'orders' AND active GROUP BY 1 ORDER BY 1"))
            .ShouldBe("202501\t1\n202502\t2");
        (await home.QueryAsync("SELECT sorting_key FROM system.tables WHERE database = '{db}' AND name = 'orders'")).ShouldBe("id");
    }

    [Fact]
    public async Task Load_TargetWithMaterializedView_TheViewSeesEveryRowOnce()
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: new IngestOptions { MaxBatchRows = 1000 });
        await home.LoadAsync("orders_0.csv", "id,n\n0,1\n");
        await home.QueryAsync("CREATE MATERIALIZED VIEW {db}.total ENGINE = SummingMergeTree ORDER BY k AS SELECT 1 AS k, count() AS c, sum(n) AS s FROM {db}.orders");

        await home.LoadAsync("orders_1.csv", "id,n\n" + string.Concat(Enumerable.Range(1, 5000).Select(i => $"{i},2\n")));
        await home.LoadAsync("orders_2.csv", "id,n\n6000,7\n");

        (await home.QueryAsync("SELECT sum(c), sum(s) FROM {db}.total")).ShouldBe("5001\t10007");
        (await home.QueryAsync("SELECT count(), uniqExact(id) FROM {db}.orders")).ShouldBe("5002\t5002");
    }

    // The table was asked about when the last rows had been read; by the time they are in staging that is long ago.
    [Fact]
    public async Task Load_ViewMadeWhileTheLastInsertsTookLong_SeesEveryRowOnce()
    {
        var time = new LaterTime();
        IngestHome? opened = null;
        var faults = Faults.Watched(point =>
        {
            if (point == FaultPoint.AfterInsertBeforeVerify)
            {
                Wait(opened!.QueryAsync("CREATE MATERIALIZED VIEW {db}.total ENGINE = SummingMergeTree ORDER BY k AS SELECT 1 AS k, count() AS c FROM {db}.orders"));
                time.Pass(TimeSpan.FromSeconds(2));
            }
        });
        await using var home = opened = await IngestHome.OpenAsync(engine, ingest: new IngestOptions { MaxBatchRows = 1000 }, faults: faults, time: time);

        var result = await home.LoadAsync("orders.csv", "id,n\n" + string.Concat(Enumerable.Range(1, 5000).Select(i => $"{i},2\n")));

        result.RowsLoaded.ShouldBe(5000);
        (await home.QueryAsync("SELECT sum(c) FROM {db}.total")).ShouldBe("5000");
        (await home.QueryAsync("SELECT count(), uniqExact(id) FROM {db}.orders")).ShouldBe("5000\t5000");
    }

    [Fact]
    public async Task Load_LaterValueWidens_TheWholeFileHasTheWiderTypeOnce()
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: new IngestOptions { MaxBatchRows = 4096 });
        var rows = string.Concat(Enumerable.Range(1, 25_000).Select(i => $"{i},{10000 + (i % 80000)}\n"));

        var result = await home.LoadAsync("orders.csv", "id,zip\n" + rows + "25001,00501\n");

        result.RowsLoaded.ShouldBe(25_001);
        (await home.ColumnsAsync("orders")).ShouldBe(["id Int64", "zip String"]);
        (await home.QueryAsync("SELECT count(), uniqExact(_row), countIf(zip = '00501') FROM {db}.orders")).ShouldBe("25001\t25001\t1");
        var entry = await home.Host.Ledger.FindByFileIdAsync(new Pipeline.Ledger.FileId(result.FileId!));
        entry!.Receipt!.Columns[1].Evidence.ShouldContain("line 25002");
    }

    // A step is told of where the file waits, on a thread that has no one else to wait for it.
    static void Wait(Task task) => task.GetAwaiter().GetResult();

    /// <summary>The system's time, and more.</summary>
    sealed class LaterTime : TimeProvider
    {
        long _later;

        public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _later);

        public void Pass(TimeSpan time) => Interlocked.Add(ref _later, (long)(time.TotalSeconds * TimestampFrequency));
    }
}
