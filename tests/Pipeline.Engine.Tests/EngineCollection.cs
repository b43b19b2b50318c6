using Pipeline.TestKit.Engine;

namespace Pipeline.Engine.Tests;

/// <summary>The tests that share one engine.</summary>
[CollectionDefinition(Name)]
public sealed class EngineCollection : ICollectionFixture<EngineFixture>
{
    public const string Name = "engine";
}
