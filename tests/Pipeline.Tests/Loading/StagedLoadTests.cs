using Pipeline.ClickHouse;
using Pipeline.Loading;
using Pipeline.TestKit.Engine;
using Pipeline.Tests.ClickHouse;

namespace Pipeline.Tests.Loading;

[Collection(EngineCollection.Name)]
public sealed class StagedLoadTests(EngineFixture engine) : IDisposable
{
    static readonly TableName s_target = new("default", $"target_{Environment.ProcessId}");
    static readonly TableName s_staging = new("default", $"staging_{Environment.ProcessId}");

    readonly ClickHouseClient _client = new(TestClient.Options(engine));

    public void Dispose() => _client.Dispose();

    // The answer to an attempt may have been lost, or its load go another way.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Create_AnEarlierAttemptLeftRows_IsAnEmptyTableThatWaitsForItsMerge(bool hasTarget)
    {
        try
        {
            TargetTable? existing = null;
            if (hasTarget)
            {
                await engine.QueryAsync($"CREATE TABLE {s_target} (id Int64) ENGINE = MergeTree ORDER BY id");
                existing = await new TableCatalog(_client).DescribeAsync(s_target, CancellationToken.None);
            }

            var staged = new StagedLoad(_client);
            var schema = TestSchema.Of(s_target, existing);
            await staged.CreateAsync(s_staging, schema, existing, isCompressedByMerge: false, CancellationToken.None);
            await engine.QueryAsync($"INSERT INTO {s_staging} (id) VALUES (1)");

            await staged.CreateAsync(s_staging, schema, existing, isCompressedByMerge: true, CancellationToken.None);

            (await staged.CountAsync(s_staging, CancellationToken.None)).ShouldBeEmpty();
            (await engine.QueryAsync($"SHOW CREATE TABLE {s_staging}"))
                .ShouldMatch("max_bytes_to_merge_at_max_space_in_pool = 1.*min_rows_for_wide_part = 1000000000000.*default_compression_codec = .*NONE");
        }
        finally
        {
            await engine.QueryAsync($"DROP TABLE IF EXISTS {s_staging} SYNC");
            await engine.QueryAsync($"DROP TABLE IF EXISTS {s_target} SYNC");
        }
    }
}
