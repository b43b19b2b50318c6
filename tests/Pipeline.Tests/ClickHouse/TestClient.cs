using Pipeline.ClickHouse;
using Pipeline.TestKit.Engine;

namespace Pipeline.Tests.ClickHouse;

static class TestClient
{
    public static ClickHouseOptions Options(EngineFixture engine) =>
        new() { Url = engine.Url, User = engine.User, Password = engine.Password };
}
