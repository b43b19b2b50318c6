using System.Globalization;
using System.Text;
using Pipeline.Configuration;
using Pipeline.Ingestion;
using Pipeline.TestKit.Engine;
using Pipeline.Tests.ClickHouse;

namespace Pipeline.Tests.Ingestion;

/// <summary>Large loads whose parts are written here, and those that the engine has to insert.</summary>
[Collection(EngineCollection.Name)]
public sealed class PartLoadTests(EngineFixture engine)
{
    const int Rows = 200_000;

    static readonly IngestOptions s_smallBatches = new() { MaxBatchRows = 10_000, MaxBatchBytes = 128 << 10 };

    [Fact]
    public async Task Load_RowsInOrderOfTheKey_EngineInsertsNone()
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_smallBatches);
        var inserted = await InsertedRowsAsync();

        var result = await home.LoadAsync("orders.csv", Orders(Rows));

        (await InsertedRowsAsync() - inserted).ShouldBeLessThan(Rows);
        await ShouldHaveAllAsync(home, Rows);
        (await home.QueryAsync("SELECT uniqExact(_file_id), any(_file_id), uniqExact(_row), min(_row), max(_row) FROM {db}.orders"))
            .ShouldBe($"1\t{result.FileId}\t{Rows}\t1\t{Rows}");
        (await home.QueryAsync("SELECT min(_loaded_at) > now() - 600 AND max(_loaded_at) <= now64(3) + 1 FROM {db}.orders")).ShouldBe("1");
        (await home.QueryAsync("SELECT sorting_key FROM system.tables WHERE database = '{db}' AND name = 'orders'")).ShouldBe("at");
        (await home.QueryAsync("CHECK TABLE {db}.orders SETTINGS check_query_single_value_result = 1")).ShouldBe("1");
        LeftInSpool(home).ShouldBeEmpty();
    }

    [Fact]
    public async Task Load_SecondFileOfTheTable_EngineInsertsNone()
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_smallBatches);
        await home.LoadAsync("first.csv", Orders(10), new IngestRequest { Dataset = "orders" });
        var inserted = await InsertedRowsAsync();

        await home.LoadAsync("orders.csv", Orders(Rows));

        (await InsertedRowsAsync() - inserted).ShouldBeLessThan(Rows);
        (await home.QueryAsync("SELECT count(), uniqExact(id) FROM {db}.orders")).ShouldBe($"{Rows + 10}\t{Rows}");
    }

    // The engine sorts what it inserts, from wherever the order ends.
    [Theory]
    [InlineData(0)]
    [InlineData(Rows / 2)]
    public async Task Load_RowsOutOfOrder_EngineInsertsThem(int inOrder)
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_smallBatches);
        var inserted = await InsertedRowsAsync();

        await home.LoadAsync("orders.csv", Orders(Rows, inOrder));

        (await InsertedRowsAsync() - inserted).ShouldBeGreaterThanOrEqualTo(Rows - inOrder);
        await ShouldHaveAllAsync(home, Rows);
        LeftInSpool(home).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ADD INDEX note_set note TYPE set(100)")]
    [InlineData("ADD CONSTRAINT positive CHECK id >= 0")]
    [InlineData("ADD COLUMN twice Int64 MATERIALIZED id * 2")]
    [InlineData("ADD COLUMN extra String DEFAULT 'none'")]
    [InlineData("ADD PROJECTION by_note (SELECT * ORDER BY note)")]
    [InlineData("MODIFY TTL at + INTERVAL 100 YEAR")]
    public async Task Load_TableOfWhichInsertsDoMore_EngineInsertsAll(string change)
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_smallBatches);
        await home.QueryAsync(
            "CREATE TABLE {db}.orders (id Int64, at DateTime64(3), note String, _file_id LowCardinality(String), _row UInt64, "
            + "_loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)) ENGINE = MergeTree ORDER BY at");
        await home.QueryAsync($"ALTER TABLE {{db}}.orders {change}");
        var inserted = await InsertedRowsAsync();

        await home.LoadAsync("orders.csv", Orders(Rows));

        (await InsertedRowsAsync() - inserted).ShouldBeGreaterThanOrEqualTo(Rows);
        await ShouldHaveAllAsync(home, Rows);
    }

    // Whatever the engine has against a part, it has inserts.
    [Fact]
    public async Task Load_PartThatTheEngineRefuses_NextAttemptInsertsTheRows()
    {
        var damaged = 0;
        var faults = Faults.Watched(point =>
        {
            if (point == FaultPoint.AfterPartMovedBeforeAttach && damaged++ == 3)
            {
                foreach (var part in Directory.EnumerateDirectories(engine.StorePath, "all_*", SearchOption.AllDirectories)
                    .Where(p => Path.GetFileName(Path.GetDirectoryName(p)) == "detached"))
                {
                    File.WriteAllText(Path.Join(part, "columns.txt"), "nonsense");
                }
            }
        });
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_smallBatches, faults: faults);
        var inserted = await InsertedRowsAsync();

        (await home.LoadAsync("orders.csv", Orders(Rows))).Outcome.ShouldBe("loaded");

        damaged.ShouldBeGreaterThan(3);
        (await InsertedRowsAsync() - inserted).ShouldBeGreaterThanOrEqualTo(Rows);
        await ShouldHaveAllAsync(home, Rows);
        LeftInSpool(home).ShouldBeEmpty();
        (await home.QueryAsync("SELECT count() FROM system.tables WHERE database = 'pipeline' AND startsWith(name, 'staging_')")).ShouldBe("0");
    }

    async Task<long> InsertedRowsAsync() => long.Parse(
        await engine.QueryAsync("SELECT sum(value) FROM system.events WHERE event = 'InsertedRows'"), CultureInfo.InvariantCulture);

    static async Task ShouldHaveAllAsync(IngestHome home, int rows) =>
        (await home.QueryAsync(
            "SELECT count(), uniqExact(id), countIf(note = concat('note ', toString(id % 1000))), uniqExact(_row), countIf(id = _row - 1) FROM {db}.orders"))
        .ShouldBe($"{rows}\t{rows}\t{rows}\t{rows}\t{rows}");

    static string[] LeftInSpool(IngestHome home) => Directory.GetFileSystemEntries(Path.Join(home.Files.State, "tmp"), "*" + BlockSpool.Suffix);

    // From some row on each is a minute before the one before it.
    static string Orders(int rows, int inOrder = int.MaxValue)
    {
        var start = new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var text = new StringBuilder("id,at,note\n");
        for (var i = 0; i < rows; i++)
        {
            var minutes = i < inOrder ? i : inOrder - i;
            text.Append(CultureInfo.InvariantCulture, $"{i},{start.AddMinutes(minutes):yyyy-MM-dd HH:mm:ss.fff},note {i % 1000}\n");
        }

        return text.ToString();
    }
}
