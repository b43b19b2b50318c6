using Pipeline.ClickHouse;
using Pipeline.Loading;
using Pipeline.TestKit.Engine;
using Pipeline.Tests.ClickHouse;

namespace Pipeline.Tests.Loading;

[Collection(EngineCollection.Name)]
public sealed class TableCatalogTests(EngineFixture engine) : IDisposable
{
    static readonly TableName s_table = new("default", $"described_{Environment.ProcessId}");

    readonly ClickHouseClient _client = new(TestClient.Options(engine));

    public void Dispose() => _client.Dispose();

    // A folder of files for a table that is not there yet: the questions took half of the engine's time of its load.
    [Fact]
    public async Task Describe_ManyAtOnceAboutATableThatIsNotThere_IsAskedOnce()
    {
        var catalog = new TableCatalog(_client);
        var selects = await CountAsync("InitialSelectQuery");
        var before = await CountAsync("InitialQuery");
        await catalog.DescribeAsync(s_table, CancellationToken.None);
        var afterOne = await CountAsync("InitialQuery");

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => catalog.DescribeAsync(s_table, CancellationToken.None)));

        answers.ShouldAllBe(a => a == null);

        (await CountAsync("InitialQuery") - afterOne).ShouldBe(afterOne - before);

        // Neither its columns nor the table are described: the selects are the four questions of this test.
        (await CountAsync("InitialSelectQuery") - selects).ShouldBe(4);
    }

    [Fact]
    public async Task Apply_DatabaseIsNotThere_IsMadeWithTheTable()
    {
        var target = new TableName($"made_{Environment.ProcessId}", "numbers");
        var catalog = new TableCatalog(_client);
        (await catalog.DescribeAsync(target, CancellationToken.None)).ShouldBeNull();
        try
        {
            var made = await catalog.ApplyPlannedAsync(TestSchema.Of(target), CancellationToken.None);

            made.Find("id")!.TypeName.ShouldBe("Int64");
            (await engine.QueryAsync($"EXISTS TABLE {target}")).Trim().ShouldBe("1");
        }
        finally
        {
            await engine.QueryAsync($"DROP DATABASE IF EXISTS {Identifier.Quote(target.Database)} SYNC");
        }
    }

    [Fact]
    public async Task Describe_TableMadeAfterwards_IsFound()
    {
        var catalog = new TableCatalog(_client);
        (await catalog.DescribeAsync(s_table, CancellationToken.None)).ShouldBeNull();
        await engine.QueryAsync($"CREATE TABLE {s_table} (id Int64) ENGINE = MergeTree ORDER BY id");
        try
        {
            (await catalog.DescribeAsync(s_table, CancellationToken.None))!.Columns.ShouldHaveSingleItem().TypeName.ShouldBe("Int64");
        }
        finally
        {
            await engine.QueryAsync($"DROP TABLE {s_table} SYNC");
        }
    }

    [Fact]
    public async Task Describe_OneOfManyGivesUp_TheOthersGetTheAnswer()
    {
        var catalog = new TableCatalog(_client);
        var first = catalog.DescribeAsync(s_table, new CancellationToken(canceled: true));
        var second = catalog.DescribeAsync(s_table, CancellationToken.None);

        await Should.ThrowAsync<OperationCanceledException>(() => first);
        (await second).ShouldBeNull();
    }

    Task<long> CountAsync(string @event) => _client.QueryScalarAsync<long>(
        $"SELECT toInt64(sum(value)) FROM system.events WHERE event = '{@event}'", null, CancellationToken.None);
}
