using System.IO.Compression;
using Pipeline.Configuration;
using Pipeline.Ingestion;
using Pipeline.TestKit.Engine;
using Pipeline.Tests.ClickHouse;
using Pipeline.Tests.Ingestion;

namespace Pipeline.Tests.Columnar;

/// <summary>What only Arrow files have: durations, dictionaries of anything, nulls above values.</summary>
[Collection(EngineCollection.Name)]
public sealed class ArrowLoadTests(EngineFixture engine)
{
    /// <summary>A stream of <c>{1, "abc"}</c>, null above <c>{2, null}</c>, <c>{3, null}</c>, made with Arrow's library.</summary>
    const string NullStructure =
        "H4sIAAAAAAACA3VRMW7DMAw82nJiGCrgwQg8dMjQIWOf0Cd07FinadL0AX1JxjwiT+gDMuQp+YF6ougmEOADSOpIiqSoEEK4AmgR0cBjhgo1T4Q4cpDV1M40UFAOlE7vdf"
        + "TPMNfM1urIwzv1213+k51P7Md45Y1fyIV2TTmnWNFZ7Fc5ZBkVZVC/01jkPxTPjmN/n3oXj+qPc3vKXOce68RZ9huApUMv6Q3Q/IW93OqUDj3NK0Y05F63EHdztJ2VuKHG"
        + "NLzZ1qyY7bO8PstfZfnPWZ2X/+lucNlcuOOS8am42K5GfzXhl6xGabMM64/N53b3tf9OsZD+En+NppDWcAIAAA==";

    [Fact]
    public async Task Load_NullStructureAboveValues_IsAStructureOfNulls()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = home.Files.PathOf("structures.arrows");
        await using (var gzip = new GZipStream(new MemoryStream(Convert.FromBase64String(NullStructure)), CompressionMode.Decompress))
        await using (var file = File.Create(path))
        {
            await gzip.CopyToAsync(file);
        }

        (await home.LoadAsync(path, new IngestRequest { Dataset = "structures" })).RowsLoaded.ShouldBe(3);

        (await home.QueryAsync("SELECT toString(groupArray(v)) FROM (SELECT v FROM {db}.structures ORDER BY id)"))
            .ShouldBe(@"[(1,\'abc\'),(NULL,NULL),(3,NULL)]");
    }

    [Theory]
    [InlineData("toIntervalSecond(number - 1)", "Int64", "[-1,0,1]")]
    [InlineData("toIntervalNanosecond(number * 9000000000)", "Int64", "[0,9000000000,18000000000]")]
    [InlineData("CAST(number * 5, 'LowCardinality(Int64)')", "Int64", "[0,5,10]")]
    [InlineData("CAST(if(number = 1, NULL, number), 'LowCardinality(Nullable(Int32))')", "Nullable(Int32)", "[0,NULL,2]")]
    public async Task Load_DurationsAndDictionariesOfNumbers_AreNumbers(string value, string type, string values)
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = home.Files.PathOf("numbers.arrow");
        await home.QueryAsync(
            $"INSERT INTO FUNCTION file('{path}', Arrow) SELECT number AS id, {value} AS v FROM numbers(3) "
            + "SETTINGS allow_suspicious_low_cardinality_types = 1, output_format_arrow_low_cardinality_as_dictionary = 1");

        (await home.LoadAsync(path)).Outcome.ShouldBe("loaded");

        (await home.ColumnsAsync("numbers"))[1].ShouldBe($"v {type}");
        (await home.QueryAsync("SELECT toString(groupArray(tuple(v))) FROM (SELECT v FROM {db}.numbers ORDER BY id)"))
            .Replace("(", "", StringComparison.Ordinal).Replace(")", "", StringComparison.Ordinal).ShouldBe(values);
    }

    [Fact]
    public async Task Load_UnionWithNulls_KeepsThem()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = home.Files.PathOf("unions.avro");
        await home.QueryAsync(
            $"INSERT INTO FUNCTION file('{path}', Avro) SELECT toInt32(number) AS id, "
            + "multiIf(number = 0, toInt32(5)::Variant(Int32, String), number = 1, 'x'::Variant(Int32, String), NULL::Variant(Int32, String)) AS v FROM numbers(3)");

        (await home.LoadAsync(path)).Outcome.ShouldBe("loaded");

        (await home.QueryAsync("SELECT groupArray(ifNull(v, 'null')) FROM (SELECT v FROM {db}.unions ORDER BY id)")).ShouldBe("['5','x','null']");
    }

    [Theory]
    [InlineData("String", 2, 1)]
    [InlineData("LowCardinality(String)", 2, 1)]
    [InlineData("Bytes", 3, 0)]
    public async Task Load_TextThatIsNoUtf8_IsARejectAndBytesAreNot(string type, int loaded, int rejected)
    {
        await using var home = await IngestHome.OpenAsync(engine, new DatasetOptions { BadRowLimit = 1 });
        var path = home.Files.PathOf("orders_1.arrow");
        await home.QueryAsync(
            $"INSERT INTO FUNCTION file('{path}', Arrow) SELECT number AS id, CAST(if(number = 1, unhex('FF41'), 'ok'), '{type.Replace("Bytes", "String", StringComparison.Ordinal)}') "
            + $"AS s FROM numbers(3) SETTINGS output_format_arrow_low_cardinality_as_dictionary = 1, output_format_arrow_string_as_string = {(type == "Bytes" ? 0 : 1)}");

        var result = await home.LoadAsync(path);

        (result.RowsLoaded, result.RowsRejected).ShouldBe((loaded, rejected), result.Error?.Message);
    }
}
