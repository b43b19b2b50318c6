using Pipeline.ClickHouse;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;
using Pipeline.TestKit.Engine;

namespace Pipeline.Tests.ClickHouse;

[Collection(EngineCollection.Name)]
public sealed class ClickHouseClientTests(EngineFixture engine) : IDisposable
{
    readonly ClickHouseClient _client = new(TestClient.Options(engine));

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Ping_Engine_IsFine() => (await _client.PingAsync(CancellationToken.None)).ShouldBeNull();

    [Fact]
    public async Task Query_Parameters_ArriveAsTheyAre()
    {
        const string Nasty = "a'b\\c\td\ne`f\"g\0h é 😀 \\N";
        var call = new QueryOptions
        {
            Parameters = new Dictionary<string, object?>
            {
                ["s"] = Nasty,
                ["n"] = -5,
                ["nothing"] = null,
                ["d"] = 1.5m,
                ["id"] = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
                ["t"] = new DateTimeOffset(2024, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2)),
                ["a"] = new[] { Nasty, "x" },
                ["aa"] = new object[] { new[] { 1, 2 }, Array.Empty<int>() },
                ["b"] = true,
                ["day"] = new DateOnly(2024, 2, 29),
                ["f"] = 1e300,
            },
        };

        var row = (await _client.QueryRowsAsync(
            """
            SELECT {s:String}, {n:Int32}, {nothing:Nullable(String)}, {d:Decimal(10, 2)}, {id:UUID}, {t:DateTime64(3, 'UTC')}, {a:Array(String)},
                   {aa:Array(Array(Int32))}, {b:Bool}, {day:Date}, {f:Float64}
            """, call, CancellationToken.None)).Rows.ShouldHaveSingleItem();

        row[..6].ShouldBe(
        [
            Nasty, -5, null, 1.50m, Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
                new DateTimeOffset(2024, 1, 2, 1, 4, 5, 678, TimeSpan.Zero),
        ]);
        row[6].ShouldBe(new object[] { Nasty, "x" });
        row[7].ShouldBe(new object[] { new object[] { 1, 2 }, Array.Empty<object>() });
        row[8..].ShouldBe([true, new DateOnly(2024, 2, 29), 1e300]);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("with ` and ' and \" and \\")]
    [InlineData("new\nline \t tab")]
    [InlineData("emoji 😀 select")]
    public async Task Identifier_AnyName_IsTheName(string name)
    {
        var result = await _client.QueryRowsAsync($"SELECT 1 AS {Identifier.Quote(name)}, {SqlText.Quote(name)}", call: null,
            CancellationToken.None);

        result.Columns[0].Name.ShouldBe(name);
        result.Get<string>(0, 1).ShouldBe(name);
    }

    [Fact]
    public async Task QueryScalar_NumberOfAnotherWidth_IsConverted()
    {
        (await _client.QueryScalarAsync<long>("SELECT count() FROM numbers(10)", call: null,
            CancellationToken.None)).ShouldBe(10);
        (await _client.QueryScalarAsync<string>("SELECT NULL", call: null, CancellationToken.None)).ShouldBeNull();
        (await _client.QueryScalarAsync<int?>("SELECT 1 WHERE 0", call: null, CancellationToken.None)).ShouldBeNull();
        await Should.ThrowAsync<OverflowException>(() =>
            _client.QueryScalarAsync<byte>("SELECT 256", call: null, CancellationToken.None));
    }

    [Theory]
    [InlineData("SELECT * FROM no_such_table_here", 60, "UNKNOWN_TABLE", ErrorClass.Schema)]
    [InlineData("SELEKT 1", 62, "SYNTAX_ERROR", ErrorClass.Configuration)]
    [InlineData("SELECT toUInt8('x')", 6, "CANNOT_PARSE_TEXT", ErrorClass.Data)]
    [InlineData("SELECT throwIf(1, 'on purpose')", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO", ErrorClass.Unknown)]
    [InlineData("SELECT 1 SETTINGS no_such_setting = 1", 115, "UNKNOWN_SETTING", ErrorClass.Configuration)]
    public async Task Query_Error_IsTyped(string sql, int code, string name, ErrorClass kind)
    {
        var error = await Should.ThrowAsync<ClickHouseException>(() =>
            _client.QueryRowsAsync(sql, call: null, CancellationToken.None));

        (error.Error.Code, error.Error.Name, error.Error.Class).ShouldBe((code, name, kind));
        error.IsTransient.ShouldBeFalse();
    }

    [Fact]
    public async Task QueryStream_ErrorAfterTheFirstBytes_IsThrownAfterTheData()
    {
        await using var result = await _client.QueryStreamAsync(
            "SELECT throwIf(number = 900000, 'on purpose') FROM numbers(1000000) SETTINGS max_block_size = 1000, max_threads = 1",
            "TSV", call: null,
            CancellationToken.None);
        using var read = new MemoryStream();

        var error = await Should.ThrowAsync<ClickHouseException>(() => result.Body.CopyToAsync(read));

        error.Error.Code.ShouldBe(395);
        error.Error.Message.ShouldContain("on purpose");
        read.ToArray().ShouldAllBe(b => b == '0' || b == '\n');
    }

    [Fact]
    public async Task WrongPassword_IsConfiguration()
    {
        using var client = new ClickHouseClient(TestClient.Options(engine) with { Password = "wrong pässword" });

        var error = await Should.ThrowAsync<ClickHouseException>(() =>
            client.ExecuteAsync("SELECT 1", call: null, CancellationToken.None));
        var insert = await client.InsertNativeAsync(Numbers("some_table", 3), CancellationToken.None);

        error.Error.Class.ShouldBe(ErrorClass.Configuration);
        insert.ShouldBeOfType<InsertResult.Refused>().Error.Class.ShouldBe(ErrorClass.Configuration);
    }

    [Fact]
    public async Task Insert_Blocks_AreThereAndCounted()
    {
        var table = await CreateNumbersAsync();

        var result = await _client.InsertNativeAsync(Numbers(table, 10, 20), CancellationToken.None);

        var accepted = result.ShouldBeOfType<InsertResult.Accepted>();
        (accepted.SentRows, accepted.WrittenRows, accepted.IsShort).ShouldBe((30, 30, false));
        (await CountAsync(table)).ShouldBe(30);
    }

    [Fact]
    public async Task Insert_SameTokenTwice_IsOneInsert()
    {
        var table = await CreateNumbersAsync("SETTINGS non_replicated_deduplication_window = 100");
        var insert = Numbers(table, 10) with { DeduplicationToken = "file 1 : 'x' : 0" };

        (await _client.InsertNativeAsync(insert, CancellationToken.None)).ShouldBeOfType<InsertResult.Accepted>();
        (await _client.InsertNativeAsync(insert, CancellationToken.None)).ShouldBeOfType<InsertResult.Accepted>();
        (await _client.InsertNativeAsync(insert with { DeduplicationToken = "another" },
            CancellationToken.None)).ShouldBeOfType<InsertResult.Accepted>();

        (await CountAsync(table)).ShouldBe(20);
    }

    [Fact]
    public async Task Insert_UnknownTableOrColumn_IsRefusedAsSchema()
    {
        var table = await CreateNumbersAsync();

        var noTable = await _client.InsertNativeAsync(Numbers("`no_such_table`", 1), CancellationToken.None);
        var noColumn = await _client.InsertNativeAsync(
            new() { Table = table, Data = new NativeData.Blocks([[new NamedColumn("y", new ConstantColumn("x", 1))]]) }, CancellationToken.None);

        noTable.ShouldBeOfType<InsertResult.Refused>().Error.Class.ShouldBe(ErrorClass.Schema);
        noColumn.ShouldBeOfType<InsertResult.Refused>().Error.Class.ShouldBe(ErrorClass.Schema);
    }

    [Fact]
    public async Task Insert_ValueThatDoesNotConvert_IsRefusedAsData()
    {
        var table = await CreateNumbersAsync();
        var texts = new StringColumn(new StringType());
        texts.Append("not a number"u8);

        var result = await _client.InsertNativeAsync(new() { Table = table, Data = new NativeData.Blocks([[new NamedColumn("n", texts)]]) },
            CancellationToken.None);

        result.ShouldBeOfType<InsertResult.Refused>().Error.Class.ShouldBe(ErrorClass.Data);
        (await CountAsync(table)).ShouldBe(0);
    }

    [Fact]
    public async Task Insert_TooManyPartitions_AsksToBeSplit()
    {
        var table = await CreateNumbersAsync("SETTINGS index_granularity = 8192", partitionBy: "n");

        var result = await _client.InsertNativeAsync(
            Numbers(table, 200) with
            {
                Settings = new Dictionary<string,
                string>
                { ["max_partitions_per_insert_block"] = "100" }
            }, CancellationToken.None);

        result.ShouldBeOfType<InsertResult.Refused>().Error.Class.ShouldBe(ErrorClass.Split);
    }

    [Fact]
    public async Task Insert_TwoThousandColumns_StatementStandsBeforeTheData()
    {
        var table = Identifier.Quote(EngineFixture.UniqueTable("wide"));
        var names = Enumerable.Range(0, 2000).Select(i => $"a rather long column name {i}").ToArray();
        await _client.ExecuteAsync(
            $"CREATE TABLE {table} ({string.Join(", ", names.Select(n => Identifier.Quote(n) + " UInt64"))}) ENGINE = Memory",
            call: null,
            CancellationToken.None);

        var result = await _client.InsertNativeAsync(
            new() { Table = table, Data = new NativeData.Blocks([[.. names.Select(n => new NamedColumn(n, NumberColumn(3)))]]) },
                CancellationToken.None);

        result.ShouldBeOfType<InsertResult.Accepted>().WrittenRows.ShouldBe(3);
    }

    [Fact]
    public async Task Insert_Gzip_IsUnderstood()
    {
        var table = await CreateNumbersAsync();
        using var client = new ClickHouseClient(TestClient.Options(engine) with { Compression = HttpCompression.Gzip });

        (await client.InsertNativeAsync(Numbers(table, 70_000), CancellationToken.None)).ShouldBeOfType<InsertResult.Accepted>();

        (await client.QueryScalarAsync<ulong>($"SELECT sum(n) FROM {table}", call: null,
            CancellationToken.None)).ShouldBe(2_449_965_000UL);
        var rows = await client.QueryRowsAsync($"SELECT n FROM {table} ORDER BY n", call: null, CancellationToken.None);
        rows.Rows.Count.ShouldBe(70_000);
    }

    [Fact]
    public async Task InsertStream_Csv_IsAccepted()
    {
        var table = await CreateNumbersAsync();

        var result = await _client.InsertStreamAsync(
            $"INSERT INTO {table} FORMAT CSV", async (stream, token) => await stream.WriteAsync("1\n2\n3\n"u8.ToArray(), token),
            call: null,
            deduplicationToken: null, CancellationToken.None);

        result.ShouldBeOfType<InsertResult.Accepted>().WrittenRows.ShouldBe(3);
    }

    [Fact]
    public async Task InsertStream_WriterThrows_ItsOwnExceptionComesOut()
    {
        var table = await CreateNumbersAsync();

        await Should.ThrowAsync<InvalidDataException>(() => _client.InsertStreamAsync(
            $"INSERT INTO {table} FORMAT CSV", (_, _) => throw new InvalidDataException("our own"), call: null,
            deduplicationToken: null,
            CancellationToken.None));

        (await CountAsync(table)).ShouldBe(0);
    }

    [Fact]
    public async Task Execute_SettingsAndQueryId_ReachTheEngine()
    {
        var call = new QueryOptions
        {
            QueryId = "my-id-" + EngineFixture.UniqueTable("q"),
            Settings = new Dictionary<string,
            string>
            { ["max_threads"] = "1" }
        };

        (await _client.QueryScalarAsync<ulong>("SELECT getSetting('max_threads')", call, CancellationToken.None)).ShouldBe(1UL);
        (await _client.ExecuteAsync("SELECT count() FROM numbers(1000)", call,
            CancellationToken.None)).QueryId.ShouldBe(call.QueryId);
    }

    [Fact]
    public async Task Query_CallerCancels_IsACancellation()
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        await Should.ThrowAsync<OperationCanceledException>(
            () => _client.QueryRowsAsync("SELECT count() FROM numbers(1000000000000)", call: null, cancellation.Token));
    }

    [Fact]
    public async Task Query_OverItsTime_IsATransientTimeout()
    {
        var error = await Should.ThrowAsync<ClickHouseException>(() => _client.QueryRowsAsync(
            "SELECT count() FROM numbers(1000000000000)", new() { Timeout = TimeSpan.FromMilliseconds(300) },
                CancellationToken.None));

        (error.Error.Name, error.IsTransient).ShouldBe(("TIMEOUT", true));
    }

    [Fact]
    public async Task KillQuery_Running_EndsIt()
    {
        var call = new QueryOptions { QueryId = EngineFixture.UniqueTable("long") };
        await using var running = await _client.QueryStreamAsync("SELECT number FROM system.numbers", "RowBinary", call,
            CancellationToken.None);
        await running.Body.ReadExactlyAsync(new byte[8]);

        await _client.KillQueryAsync(call.QueryId, CancellationToken.None);
        var error = await Should.ThrowAsync<ClickHouseException>(() => running.Body.CopyToAsync(Stream.Null));

        (error.Error.Code, error.Error.Name).ShouldBe((394, "QUERY_WAS_CANCELLED"));
    }

    async Task<string> CreateNumbersAsync(string settings = "", string partitionBy = "tuple()")
    {
        var table = Identifier.Table("default", EngineFixture.UniqueTable("numbers"));
        await _client.ExecuteAsync(
            $"CREATE TABLE {table} (n UInt64) ENGINE = MergeTree PARTITION BY {partitionBy} ORDER BY n {settings}", call: null,
                CancellationToken.None);
        return table;
    }

    Task<long> CountAsync(string table) =>
        _client.QueryScalarAsync<long>($"SELECT count() FROM {table}", call: null, CancellationToken.None);

    static InsertRequest Numbers(string table, params int[] rows) =>
        new() { Table = table, Data = new NativeData.Blocks([.. rows.Select(r => new[] { new NamedColumn("n", NumberColumn(r)) })]) };

    static FixedColumn<ulong> NumberColumn(int rows)
    {
        var column = new FixedColumn<ulong>(new IntegerType(64, Signed: false));
        for (var i = 0; i < rows; i++)
        {
            column.Append((ulong)i);
        }

        return column;
    }
}
