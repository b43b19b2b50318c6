using System.Text;
using Pipeline.TestKit.Engine;
using Pipeline.Tests.ClickHouse;
using Pipeline.Tests.Ingestion;

namespace Pipeline.Tests.Columnar;

/// <summary>Logical types of Avro that the engine takes for bare integers.</summary>
[Collection(EngineCollection.Name)]
public sealed class AvroLoadTests(EngineFixture engine)
{
    [Fact]
    public async Task Load_TimesAndLocalTimestamps_AreWhatTheSchemaSays()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        const string Schema = """
            {"type": "record", "name": "r", "fields": [
              {"name": "a", "type": {"type": "int", "logicalType": "time-millis"}},
              {"name": "b", "type": ["null", {"type": "long", "logicalType": "time-micros"}]},
              {"name": "c", "type": {"type": "long", "logicalType": "local-timestamp-millis"}},
              {"name": "d", "type": {"type": "long", "logicalType": "timestamp-nanos"}},
              {"name": "e", "type": {"type": "long", "logicalType": "timestamp-micros"}},
              {"name": "f", "type": "long"}]}
            """;
        var path = home.Files.Write("orders_1.avro", Container(
            Schema,
            [.. Long(43_200_123), .. Long(1), .. Long(86_399_999_999), .. Long(-1), .. Long(1_715_000_000_123_456_789), .. Long(5), .. Long(7)],
            [.. Long(86_400_000), .. Long(0), .. Long(0), .. Long(1), .. Long(253_402_300_799_000_000), .. Long(8)]));

        (await home.LoadAsync(path)).RowsLoaded.ShouldBe(2);

        (await home.ColumnsAsync("orders")).ShouldBe(
            ["a String", "b Nullable(String)", "c DateTime64(3, 'UTC')", "d DateTime64(9, 'UTC')", "e String", "f Int64"]);
        (await home.QueryAsync("SELECT a, b, c, d, e, f FROM {db}.orders ORDER BY _row")).ShouldBe(
            "12:00:00.123\t23:59:59.999999\t1969-12-31 23:59:59.999\t2024-05-06 12:53:20.123456789\t1970-01-01 00:00:00.000005\t7\n"
            + "1970-01-02 00:00:00.000\t\\N\t1970-01-01 00:00:00.000\t1970-01-01 00:00:00.000000001\t9999-12-31 23:59:59.000000\t8");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[1]")]
    [InlineData("{\"type\": \"record\", \"name\": \"r\", \"fields\": [5, {\"name\": 6}, {\"type\": 7}]}")]
    public async Task Load_SchemaThatIsNone_IsRefusedAsTheEngineSays(string schema)
    {
        await using var home = await IngestHome.OpenAsync(engine);

        var result = await home.LoadAsync(home.Files.Write("orders_1.avro", Container(schema, Long(1))));

        result.Outcome.ShouldBe("quarantined");
        result.Error!.Code.ShouldBe("corrupt_file");
    }

    static byte[] Container(string schema, params byte[][] rows)
    {
        byte[] mark = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
        return
        [
            .. "Obj\u0001"u8, .. Long(2), .. Text("avro.schema"), .. Text(schema), .. Text("avro.codec"), .. Text("null"), .. Long(0), .. mark,
            .. Long(rows.Length), .. Long(rows.Sum(r => r.Length)), .. rows.SelectMany(r => r), .. mark,
        ];
    }

    static byte[] Text(string text) => [.. Long(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    static byte[] Long(long value)
    {
        var bytes = new List<byte>();
        var rest = (ulong)((value << 1) ^ (value >> 63));
        for (; rest >= 0x80; rest >>= 7)
        {
            bytes.Add((byte)(rest | 0x80));
        }

        return [.. bytes, (byte)rest];
    }
}
