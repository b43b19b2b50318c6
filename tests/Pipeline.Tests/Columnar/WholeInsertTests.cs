using Pipeline.ClickHouse;
using Pipeline.Columnar;
using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Records;
using Pipeline.Ingestion;
using Pipeline.Loading;
using Pipeline.TestKit.Engine;
using Pipeline.Tests.ClickHouse;
using Pipeline.Tests.Ingestion;

namespace Pipeline.Tests.Columnar;

/// <summary>Parquet files whose rows the engine inserts by itself: the same rows, numbers, receipts and refusals as batch by batch.</summary>
[Collection(EngineCollection.Name)]
public sealed class WholeInsertTests(EngineFixture engine)
{
    const string Table = "SELECT number AS id, if(number % 7 = 0, NULL, toString(cityHash64(number))) AS name, toDate32('2024-01-01') + number % 90 AS day";

    static readonly IngestOptions s_smallBatches = new() { MaxBatchRows = 1000 };

    [Theory]
    [InlineData("")]
    [InlineData("toYYYYMM(day)")]
    public async Task Load_MoreThanABatch_EveryRowIsThereWithItsNumber(string partitionBy)
    {
        await using var home = await IngestHome.OpenAsync(
            engine, new DatasetOptions { PartitionBy = partitionBy.Length == 0 ? null : partitionBy }, ingest: s_smallBatches);
        var path = await WriteAsync(home, "orders_1.parquet", $"{Table} FROM numbers(30000) SETTINGS output_format_parquet_row_group_size = 4000");

        var result = await home.LoadAsync(path);

        result.Outcome.ShouldBe("loaded", result.Error?.Message);
        (result.RowsRead, result.RowsLoaded, result.RowsRejected, result.RowsSkipped).ShouldBe((30_000, 30_000, 0, 0));
        (await home.QueryAsync("SELECT count(), countIf(_row != id + 1), uniqExact(_file_id), min(_file_id), countIf(_loaded_at < now() - 3600) FROM {db}.orders"))
            .ShouldBe($"30000\t0\t1\t{result.FileId}\t0");
        (await home.QueryAsync("SELECT sum(cityHash64(id, name, day)), countIf(name IS NULL) FROM {db}.orders"))
            .ShouldBe(await home.QueryAsync($"SELECT sum(cityHash64(id, name, day)), countIf(name IS NULL) FROM ({Table} FROM numbers(30000))"));
        (await home.LoadAsync(path)).Outcome.ShouldBe("duplicate");
    }

    [Fact]
    public async Task Load_EqualRowsIntoATableWithoutProvenance_AllOfThemAreThere()
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_smallBatches);
        await home.QueryAsync(
            "CREATE TABLE {db}.orders (id UInt64) ENGINE = MergeTree ORDER BY tuple() SETTINGS non_replicated_deduplication_window = 100");
        var path = await WriteAsync(
            home, "orders_1.parquet", "SELECT toUInt64(1) AS id FROM numbers(8000) SETTINGS output_format_parquet_row_group_size = 2000");

        var result = await home.LoadAsync(path);

        result.Outcome.ShouldBe("loaded", result.Error?.Message);
        (await home.QueryAsync("SELECT count(), sum(id) FROM {db}.orders")).ShouldBe("8000\t8000");
    }

    [Fact]
    public async Task Load_TableRefusesARow_IsQuarantinedWithTheTablesReasonAndNothingIsLeft()
    {
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_smallBatches);
        await home.QueryAsync("CREATE TABLE {db}.orders (id UInt64, CONSTRAINT small CHECK id < 7000) ENGINE = MergeTree ORDER BY tuple()");
        var path = await WriteAsync(home, "orders_1.parquet", "SELECT number AS id FROM numbers(8000)");

        var result = await home.LoadAsync(path);

        result.Outcome.ShouldBe("quarantined");
        result.Error!.Message.ShouldContain("VIOLATED_CONSTRAINT");
        (await home.QueryAsync("SELECT count() FROM {db}.orders")).ShouldBe("0");
    }

    [Theory]
    [InlineData("SELECT number AS id FROM numbers(2000)", "", true)]
    [InlineData("SELECT number AS id FROM numbers(1000)", "", false)]
    [InlineData("SELECT number AS _row_number FROM numbers(2000)", "", false)]
    [InlineData("SELECT number AS id FROM numbers(2000)", "Int8", false)]
    public async Task CanInsertWhole_ManyRowsThatNeedNoLook_Only(string select, string declared, bool expected)
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = await WriteAsync(home, "some.parquet", select);
        using var client = new ClickHouseClient(new ClickHouseOptions { Url = engine.Url, User = engine.User, Password = engine.Password });
        using var reader = new ColumnarReader(_ => Task.FromResult(client), home.Files.State, TimeProvider.System, isDestination: true);
        using var content = await FileContent.OpenAsync(path, FormatLimits.Default, CompressionLimits.Default, CancellationToken.None);
        await using var rows = await reader.OpenAsync(content, ColumnarFormat.Parquet, CancellationToken.None);
        var evidence = await rows.InferAsync();
        var dataset = new DatasetOptions
        {
            Columns = declared.Length == 0 ? new Dictionary<string, ColumnOptions>() : new Dictionary<string, ColumnOptions> { ["id"] = new() { Type = declared } },
        };
        var schema = LoadPlanner.Plan(new TableName("default", "some"), null, dataset, rows.ColumnNames, evidence!.Columns);

        rows.CanInsertWhole(schema, 1000).ShouldBe(expected);
    }

    static async Task<string> WriteAsync(IngestHome home, string name, string select)
    {
        var path = home.Files.PathOf(name);
        await home.QueryAsync($"INSERT INTO FUNCTION file('{path}', Parquet) {select}");
        return path;
    }
}
