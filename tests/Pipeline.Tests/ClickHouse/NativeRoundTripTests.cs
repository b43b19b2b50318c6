using System.Buffers;
using Pipeline.ClickHouse;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;
using Pipeline.TestKit.Columns;
using Pipeline.TestKit.Engine;

namespace Pipeline.Tests.ClickHouse;

/// <summary>The engine is the judge of the codec: what it stores and writes back is what we sent, byte for byte.</summary>
[Collection(EngineCollection.Name)]
public sealed class NativeRoundTripTests(EngineFixture engine) : IDisposable
{
    // Below the size at which the engine cuts its own blocks (65,409 rows), so that both sides write one block.
    const int Rows = 3000;

    static readonly Dictionary<string, string> s_anyType = new()
    {
        ["allow_suspicious_low_cardinality_types"] = "1",
        ["allow_suspicious_fixed_string_types"] = "1",
    };

    readonly ClickHouseClient _client = new(TestClient.Options(engine));

    public static TheoryData<string> Types => [.. RandomColumns.TypeNames];

    public void Dispose() => _client.Dispose();

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Insert_ThenSelect_BytesAreTheSame(string type)
    {
        var table = await CreateTableAsync(type);
        var column = RandomColumns.Create(ColumnType.Parse(type), Rows, seed: 3);

        (await InsertAsync(table, column)).ShouldBeOfType<InsertResult.Accepted>();

        ShouldBeSame(await SelectAsync($"SELECT x FROM {table}"), Bytes(column));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Insert_ThenSelect_ValuesReadTheSame(string type)
    {
        var table = await CreateTableAsync(type);
        var column = RandomColumns.Create(ColumnType.Parse(type), rows: 100, seed: 4);

        (await InsertAsync(table, column)).ShouldBeOfType<InsertResult.Accepted>();

        var result = await _client.QueryRowsAsync($"SELECT x FROM {table}", call: null, CancellationToken.None);
        result.Columns.ShouldHaveSingleItem().Type.ShouldBe(AsSent(ColumnType.Parse(type)));
        result.Rows.Select(r => r[0]).ShouldBe(Enumerable.Range(0, 100).Select(i => ColumnValue.Get(column, i)));
    }

    /// <summary>
    /// Values written as text by the engine's own formatting: a codec that swaps bytes both ways would pass the tests above.
    /// </summary>
    [Theory]
    [InlineData("toInt128('-170141183460469231731687303715884105728')", "-170141183460469231731687303715884105728")]
    [InlineData("toUInt128('340282366920938463463374607431768211455')", "340282366920938463463374607431768211455")]
    [InlineData("toDecimal128('-1.5', 10)", "-1.5000000000")]
    [InlineData("toDecimal64('-12.34', 2)", "-12.34")]
    [InlineData("toUUID('00112233-4455-6677-8899-aabbccddeeff')", "00112233-4455-6677-8899-aabbccddeeff")]
    [InlineData("toIPv4('1.2.3.4')", "1.2.3.4")]
    [InlineData("toIPv6('2001:db8::1')", "2001:db8::1")]
    [InlineData("CAST('b' AS Enum16('a' = -5, 'b' = 400))", "b")]
    [InlineData("true", "True")]
    [InlineData("toFloat64(-0.1)", "-0.1")]
    [InlineData("CAST('xy' AS LowCardinality(Nullable(String)))", "xy")]
    public async Task Select_Value_ReadsAsTheEngineMeansIt(string sql, string expected)
    {
        var value = await _client.QueryScalarAsync<object>($"SELECT {sql}", call: null, CancellationToken.None);

        Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture).ShouldBe(expected);
    }

    [Fact]
    public async Task Select_DatesAndTimes_ReadAsTheEngineMeansThem()
    {
        var row = (await _client.QueryRowsAsync(
            """
            SELECT toDate('2149-06-06'), toDate32('1900-01-01'), toDateTime('2106-02-07 06:28:15', 'UTC'),
                   toDateTime64('1900-01-01 00:00:00.5', 1, 'UTC'), toDateTime64('2024-02-29 12:00:00.123456789', 9, 'UTC'), map('k', [1, 2])
            """, call: null, CancellationToken.None)).Rows.ShouldHaveSingleItem();

        row[..5].ShouldBe(
        [
            new DateOnly(2149, 6, 6), new DateOnly(1900, 1, 1), new DateTimeOffset(2106, 2, 7, 6, 28, 15, TimeSpan.Zero),
            new DateTimeOffset(1900, 1, 1, 0, 0, 0, 500, TimeSpan.Zero),
            new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.Zero).AddTicks(1_234_567),
        ]);
        row[5].ShouldBe(new object[] { new object[] { "k", new object[] { (byte)1, (byte)2 } } });
    }

    [Theory]
    [InlineData(254)]
    [InlineData(255)]
    [InlineData(65_534)]
    [InlineData(65_535)]
    public async Task LowCardinality_AtTheWidthsOfItsKeys_BytesAreTheSame(int distinct)
    {
        var column = new LowCardinalityColumn(new LowCardinalityType(new StringType()));
        for (var i = 0; i < distinct; i++)
        {
            column.Append(System.Text.Encoding.ASCII.GetBytes(i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        ShouldBeSame(
            await SelectAsync($"SELECT toLowCardinality(toString(number)) AS x FROM numbers({distinct}) SETTINGS max_block_size = 100000"),
            Bytes(column));
    }

    [Fact]
    public async Task Select_ManyBlocks_EachIsRead()
    {
        await using var result = await _client.QueryStreamAsync(
            "SELECT number AS n, toString(number) AS s FROM numbers(200000)", "Native", call: null, CancellationToken.None);
        using var reader = new NativeBlockReader(result.Body);
        long rows = 0;
        ulong sum = 0;
        var blocks = 0;

        while (await reader.ReadAsync(CancellationToken.None) is { } block)
        {
            blocks++;
            rows += block.RowCount;
            foreach (var n in ((FixedColumn<ulong>)block.Columns[0].Column).Values)
            {
                sum += n;
            }

            reader.Recycle(block);
        }

        (rows, sum).ShouldBe((200_000, 19_999_900_000UL));
        blocks.ShouldBeGreaterThan(1);
        result.Format.ShouldBe("Native");
    }

    async Task<string> CreateTableAsync(string type)
    {
        var table = Identifier.Quote(EngineFixture.UniqueTable("native"));
        await _client.ExecuteAsync(
            $"CREATE TABLE {table} (x {type}) ENGINE = MergeTree ORDER BY tuple()", new() { Settings = s_anyType },
                CancellationToken.None);
        return table;
    }

    Task<InsertResult> InsertAsync(string table, Column column) =>
        _client.InsertNativeAsync(new() { Table = table, Data = new NativeData.Blocks([[new NamedColumn("x", column)]]), Settings = s_anyType },
            CancellationToken.None);

    async Task<byte[]> SelectAsync(string sql)
    {
        await using var result = await _client.QueryStreamAsync(sql, "Native", new() { Settings = s_anyType },
            CancellationToken.None);
        using var bytes = new MemoryStream();
        await result.Body.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    static byte[] Bytes(Column column)
    {
        var output = new ArrayBufferWriter<byte>();
        var sent = AsSent(column.Type);
        if (sent != column.Type)
        {
            var plain = (FixedColumn<uint>)sent.CreateColumn();
            ((FixedColumn<uint>)column).Values.CopyTo(plain.AppendSpan(column.Count));
            column = plain;
        }

        NativeBlockWriter.Write(output, [new NamedColumn("x", column)]);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>
    /// To clients of revision 0 ClickHouse does not tell the zone of a DateTime (of a DateTime64 it does); the values are the
    /// same.
    /// </summary>
    static ColumnType AsSent(ColumnType type) => type is DateTimeType ? new DateTimeType(null) : type;

    /// <summary>Says where two blocks part, rather than showing both.</summary>
    static void ShouldBeSame(byte[] actual, byte[] expected)
    {
        var at = actual.AsSpan().CommonPrefixLength(expected);
        if (at < actual.Length || at < expected.Length)
        {
            var from = Math.Max(0, at - 16);
            Assert.Fail(
                $"{actual.Length} bytes, expected {expected.Length}; different from byte {at}: "
                + $"{Convert.ToHexString(actual.AsSpan(from..Math.Min(actual.Length, at + 16)))}, "
                + $"expected {Convert.ToHexString(expected.AsSpan(from..Math.Min(expected.Length, at + 16)))}.");
        }
    }
}
