using Pipeline.TestKit.Engine;

namespace Pipeline.Tests.ClickHouse;

/// <summary>One engine for all tests of the client.</summary>
[CollectionDefinition(Name)]
public sealed class EngineCollection : ICollectionFixture<EngineFixture>
{
    public const string Name = "clickhouse-engine";
}
