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
        var before = await SelectsAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => catalog.DescribeAsync(s_table, CancellationToken.None)));

        answers.ShouldAllBe(a => a == null);

        // Tables and columns; and the question itself.
        (await SelectsAsync() - before).ShouldBe(2 + 1);
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

    Task<long> SelectsAsync() => _client.QueryScalarAsync<long>(
        "SELECT toInt64(sum(value)) FROM system.events WHERE event = 'InitialSelectQuery'", null, CancellationToken.None);
}
