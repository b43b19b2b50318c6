using System.Buffers;
using System.Globalization;
using Pipeline.ClickHouse;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;
using Pipeline.TestKit.Columns;

namespace Pipeline.Tests.ClickHouse;

/// <summary>
/// The client's protocol against a server that nobody here wrote. Its SQL is from 2018: only what it knows is asked.
/// </summary>
public sealed class OldServerTests(OldServerFixture server) : IClassFixture<OldServerFixture>
{
    static int s_tables;

    public static TheoryData<string> Types =>
    [
        "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64", "Decimal(9, 9)",
        "Decimal(18, 4)",
        "Decimal(38, 10)", "String", "FixedString(7)", "UUID", "Date", "DateTime",
        "Enum16('low' = -32768, 'one' = 1, 'high' = 32767)",
        "Nullable(Float64)", "Nullable(String)", "Array(UInt8)", "Array(String)", "Array(Nullable(Int32))",
        "Array(Array(Array(Int16)))",
        "Tuple(String, Nullable(Float32))",
    ];

    [SkippableTheory]
    [MemberData(nameof(Types))]
    public async Task Insert_ThenSelect_BytesAreTheSame(string type)
    {
        using var client = Connect();
        var table = await CreateTableAsync(client, type);
        var column = RandomColumns.Create(ColumnType.Parse(type), rows: 500, seed: 9);

        var result = await client.InsertNativeAsync(new() { Table = table, Data = new NativeData.Blocks([[new NamedColumn("x", column)]]) },
            CancellationToken.None);

        result.ShouldBeOfType<InsertResult.Accepted>().WrittenRows.ShouldBeNull();
        await using var stream = await client.QueryStreamAsync($"SELECT x FROM {table}", "Native", call: null,
            CancellationToken.None);
        using var bytes = new MemoryStream();
        await stream.Body.CopyToAsync(bytes);
        var expected = new ArrayBufferWriter<byte>();
        NativeBlockWriter.Write(expected, [new NamedColumn("x", column)]);
        bytes.ToArray().AsSpan().SequenceEqual(expected.WrittenSpan).ShouldBeTrue();
    }

    [SkippableFact]
    public async Task Query_Values_AreTyped()
    {
        using var client = Connect();

        var row = (await client.QueryRowsAsync(
            "SELECT toDecimal64('-1.25', 2), toUUID('00112233-4455-6677-8899-aabbccddeeff'), toDateTime('2018-12-31 23:59:59', 'UTC'), NULL", call: null,
            CancellationToken.None)).Rows.ShouldHaveSingleItem();

        row.ShouldBe(
            [-1.25m, Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
                new DateTimeOffset(2018, 12, 31, 23, 59, 59, TimeSpan.Zero), null]);
    }

    [SkippableFact]
    public async Task Query_UnknownTable_IsSchema()
    {
        using var client = Connect();

        var error = await Should.ThrowAsync<ClickHouseException>(() =>
            client.ExecuteAsync("SELECT * FROM nope", call: null, CancellationToken.None));
        var insert = await client.InsertNativeAsync(
            new() { Table = "nope", Data = new NativeData.Blocks([[new NamedColumn("x", RandomColumns.Create(new StringType(), 3, 1))]]) },
                CancellationToken.None);

        (error.Error.Code, error.Error.Name, error.Error.Class).ShouldBe((60, "UNKNOWN_TABLE", ErrorClass.Schema));
        insert.ShouldBeOfType<InsertResult.Refused>().Error.Class.ShouldBe(ErrorClass.Schema);
    }

    [SkippableFact]
    public async Task WrongPassword_IsConfiguration()
    {
        server.Require();
        using var wrong = new ClickHouseClient(server.Options with { Password = "wrong" });
        using var none = new ClickHouseClient(server.Options with { Password = null });

        (await Should.ThrowAsync<ClickHouseException>(() => wrong.ExecuteAsync("SELECT 1", call: null, CancellationToken.None)))
            .Error.Class.ShouldBe(ErrorClass.Configuration);
        (await Should.ThrowAsync<ClickHouseException>(() => none.ExecuteAsync("SELECT 1", call: null, CancellationToken.None)))
            .Error.Class.ShouldBe(ErrorClass.Configuration);
    }

    [SkippableFact]
    public async Task ReadonlyUser_InsertIsRefusedAsConfiguration()
    {
        server.Require();
        using var owner = Connect();
        var table = await CreateTableAsync(owner, "String");
        using var reader = new ClickHouseClient(server.Options with { User = "reader", Password = "" });

        var result = await reader.InsertNativeAsync(
            new() { Table = table, Data = new NativeData.Blocks([[new NamedColumn("x", RandomColumns.Create(new StringType(), 3, 1))]]) },
                CancellationToken.None);

        var refused = result.ShouldBeOfType<InsertResult.Refused>();
        (refused.Error.Code, refused.Error.Class).ShouldBe((164, ErrorClass.Configuration));
    }

    [SkippableFact]
    public async Task Gzip_BothWays_IsUnderstood()
    {
        server.Require();
        using var client = new ClickHouseClient(server.Options with { Compression = HttpCompression.Gzip });
        var table = await CreateTableAsync(client, "String");

        (await client.InsertNativeAsync(
            new() { Table = table, Data = new NativeData.Blocks([[new NamedColumn("x", RandomColumns.Create(new StringType(), 5000, 1))]]) },
                CancellationToken.None))
            .ShouldBeOfType<InsertResult.Accepted>();

        (await client.QueryRowsAsync($"SELECT x FROM {table}", call: null, CancellationToken.None)).Rows.Count.ShouldBe(5000);
    }

    [SkippableFact]
    public async Task Stream_ErrorInTheMiddle_IsThrownAfterTheData()
    {
        using var client = Connect();
        var call = new QueryOptions { Settings = new Dictionary<string, string> { ["max_block_size"] = "1000" } };

        await using var result = await client.QueryStreamAsync(
            "SELECT throwIf(number = 900000) FROM system.numbers LIMIT 1000000", "TabSeparated", call, CancellationToken.None);
        var error = await Should.ThrowAsync<ClickHouseException>(() => result.Body.CopyToAsync(Stream.Null));

        error.Error.Code.ShouldBe(395);
    }

    [SkippableFact]
    public async Task Insert_WideStatement_StandsBeforeTheData()
    {
        using var client = Connect();
        var names = Enumerable.Range(0, 300).Select(i => $"a rather long column name {i}").ToArray();
        var table = Table();
        await client.ExecuteAsync(
            $"CREATE TABLE {table} ({string.Join(", ", names.Select(n => Identifier.Quote(n) + " String"))}) ENGINE = Memory",
            call: null,
            CancellationToken.None);

        (await client.InsertNativeAsync(
            new()
            {
                Table = table,
                Data = new NativeData.Blocks([[.. names.Select((n, i) => new NamedColumn(n, RandomColumns.Create(new StringType(), 50, i)))]]),
            },
            CancellationToken.None)).ShouldBeOfType<InsertResult.Accepted>();

        (await client.QueryScalarAsync<int>($"SELECT count() FROM {table}", call: null, CancellationToken.None)).ShouldBe(50);
    }

    ClickHouseClient Connect()
    {
        server.Require();
        return new ClickHouseClient(server.Options);
    }

    static async Task<string> CreateTableAsync(ClickHouseClient client, string type)
    {
        var table = Table();
        await client.ExecuteAsync($"CREATE TABLE {table} (x {type}) ENGINE = Memory", call: null, CancellationToken.None);
        return table;
    }

    static string Table() => "old_" + Interlocked.Increment(ref s_tables).ToString(CultureInfo.InvariantCulture);
}
