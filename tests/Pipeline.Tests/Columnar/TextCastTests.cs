using Pipeline.Configuration;
using Pipeline.TestKit.Engine;
using Pipeline.Tests.ClickHouse;
using Pipeline.Tests.Ingestion;

namespace Pipeline.Tests.Columnar;

/// <summary>Texts of a columnar file for a table of other types: what the text says, or a reject. The engine's casts alone give many another value.</summary>
[Collection(EngineCollection.Name)]
public sealed class TextCastTests(EngineFixture engine)
{
    [Theory]
    [InlineData("Date32", "2024-05-06|2024-02-29|2024-05-06 00:00:00.000", "2024-05-06|2024-02-29|2024-05-06")]
    [InlineData("Date32", "9999-12-31|0001-01-01|2024-13-06|2024-02-31|2023-02-29|0000-00-00|2024-05-06 07:00:00|05/06/2024", "")]
    [InlineData("Date", "2149-06-06", "2149-06-06")]
    [InlineData("Date", "2200-12-31|1960-01-01", "")]
    [InlineData("DateTime('UTC')", "2024-05-06 07:08:09|2024-05-06T07:08:09+02:00|2024-05-06", "2024-05-06 07:08:09|2024-05-06 05:08:09|2024-05-06 00:00:00")]
    [InlineData("DateTime('UTC')", "2200-01-01 00:00:00|1955-03-04 05:06:07|2024-05-06 25:00:00|2024-05-06 07:08:09.5|2023-02-29 00:00:00", "")]
    [InlineData("DateTime64(3, 'UTC')", "1969-12-31T23:59:59.25Z|2024-05-06 07:08:09.123000", "1969-12-31 23:59:59.250|2024-05-06 07:08:09.123")]
    [InlineData("DateTime64(3, 'UTC')", "2024-05-06 07:08:09.1234|9999-12-31 23:59:59|2024-05-06 24:00:00", "")]
    [InlineData("Decimal(5, 2)", "1.20|-0.5|+7|.25|1.5000", "1.2|-0.5|7|0.25|1.5")]
    [InlineData("Decimal(5, 2)", "1.239|99999|.|5e-3|x", "")]
    [InlineData("Float64", "1.5|1e3|inf", "1.5|1000|inf")]
    [InlineData("Float64", "1e400|-1e999|1.5x", "")]
    [InlineData("Int8", "5|-128", "5|-128")]
    [InlineData("Int8", "128|1.5| 5", "")]
    public async Task Load_Texts_AreWhatTheySayOrRejects(string type, string texts, string expected)
    {
        await using var home = await IngestHome.OpenAsync(engine, new DatasetOptions { BadRowLimit = 1 });
        await home.QueryAsync($"CREATE TABLE {{db}}.orders (v {type}, _file_id String, _row UInt64) ENGINE = MergeTree ORDER BY tuple()");
        var path = home.Files.PathOf("orders_1.parquet");
        var all = texts.Split('|');
        await home.QueryAsync($"INSERT INTO FUNCTION file('{path}', Parquet) SELECT arrayJoin(['{string.Join("', '", all)}']) AS v");

        var result = await home.LoadAsync(path);

        result.RowsRead.ShouldBe(all.Length, result.Error?.Message);
        (await home.QueryAsync("SELECT arrayStringConcat(groupArray(toString(v)), '|') FROM (SELECT v FROM {db}.orders ORDER BY _row)")).ShouldBe(expected);
    }

    [Theory]
    [InlineData("['2024-02-31']", "Array(Date32)")]
    [InlineData("['1.239']", "Array(Decimal(5, 2))")]
    [InlineData("[1.239]", "Array(Decimal(5, 2))")]
    [InlineData("tuple(1, 'x')::Tuple(a Int8, b String)", "Tuple(a Int8, c String)")]
    public async Task Load_ElementsThatACastWouldChange_AreRejects(string value, string type)
    {
        await using var home = await IngestHome.OpenAsync(engine, new DatasetOptions { BadRowLimit = 1 });
        await home.QueryAsync($"CREATE TABLE {{db}}.orders (v {type}) ENGINE = MergeTree ORDER BY tuple()");
        var path = home.Files.PathOf("orders_1.parquet");
        await home.QueryAsync($"INSERT INTO FUNCTION file('{path}', Parquet) SELECT {value} AS v");

        var result = await home.LoadAsync(path);

        result.RowsLoaded.ShouldBe(0);
        (await home.QueryAsync("SELECT count() FROM {db}.orders")).ShouldBe("0");
    }
}
