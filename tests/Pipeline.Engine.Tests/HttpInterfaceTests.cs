using Pipeline.TestKit.Engine;

namespace Pipeline.Engine.Tests;

[Collection(EngineCollection.Name)]
public sealed class HttpInterfaceTests(EngineFixture engine)
{
    [Fact]
    public async Task Insert_ValuesInTheBody_AreThere()
    {
        var table = EngineFixture.UniqueTable("inserted");
        await engine.QueryAsync($"CREATE TABLE {table} (a UInt64, s String) ENGINE = MergeTree ORDER BY a");
        await engine.QueryAsync($"INSERT INTO {table} VALUES (1, 'x'), (2, 'y')");
        (await engine.QueryAsync($"SELECT * FROM {table} ORDER BY a")).ShouldBe("1\tx\n2\ty\n");
    }
}
