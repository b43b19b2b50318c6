using Pipeline.ClickHouse;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;
using Pipeline.Formats.Parts;
using Pipeline.TestKit.Columns;
using Pipeline.TestKit.Engine;

namespace Pipeline.Tests.ClickHouse;

/// <summary>The engine is the judge of the parts that are written here: it attaches, checks, reads and merges them.</summary>
[Collection(EngineCollection.Name)]
public sealed class PartTests(EngineFixture engine) : IAsyncLifetime
{
    const string Id = "0123456789abcdef0123456789abcdef";
    const string PartName = "all_1_1_0";

    static readonly Dictionary<string, string> s_anyType = new()
    {
        ["allow_suspicious_low_cardinality_types"] = "1",
        ["allow_suspicious_fixed_string_types"] = "1",
    };

    readonly ClickHouseClient _client = new(TestClient.Options(engine));
    readonly string _table = EngineFixture.UniqueTable("part");

    string Twin => _table + "_twin";

    public static TheoryData<string, bool> Types
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var type in RandomColumns.TypeNames)
            {
                data.Add(type, false);
                data.Add(type, true);
            }

            return data;
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await RunAsync($"DROP TABLE IF EXISTS {_table} SYNC");
        await RunAsync($"DROP TABLE IF EXISTS {Twin} SYNC");
        _client.Dispose();
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Attach_Granules_HaveTheValuesThatInsertsHave(string type, bool isIdKnown)
    {
        const string All = "count(), sum(_row), uniqExact(_file_id), any(_file_id), sum(cityHash64(_row, toString(x)))";
        await CreateAsync($"x {type}, `_file_id` LowCardinality(String), `_row` UInt64", "tuple()");
        await RunAsync($"CREATE TABLE {Twin} AS {_table}");
        using (var part = new PartWriter(await FolderAsync(), keyColumn: null, isIdKnown ? Id : null))
        {
            foreach (var (rows, first) in new[] { (1000, 0), (1, 1000), (3000, 1001) })
            {
                var column = RandomColumns.Create(ColumnType.Parse(type), rows, seed: rows);
                part.Append([new("x", column), Ids(rows, isIdKnown ? Id : null), Numbers(first, rows)]);
                (await _client.InsertNativeAsync(
                    new InsertRequest
                    {
                        Table = Twin,
                        Data = new NativeData.Blocks([[new("x", column), new("_file_id", new ConstantColumn(Id, rows)), Numbers(first, rows)]]),
                        Settings = s_anyType,
                    },
                    CancellationToken.None)).ShouldBeOfType<InsertResult.Accepted>();
            }

            part.EndRows();
            await part.CompleteAsync(Id);
            part.Rows.ShouldBe(4001);
        }

        await AttachAsync();

        var expected = await QueryAsync($"SELECT {All} FROM {Twin}");
        (await QueryAsync($"SELECT {All} FROM {_table}")).ShouldBe(expected);
        (await QueryAsync($"SELECT toString(x) FROM {_table} WHERE _row = 1000")).ShouldBe(await QueryAsync($"SELECT toString(x) FROM {Twin} WHERE _row = 1000"));
        (await IsSoundAsync()).ShouldBeTrue();
        await RunAsync($"OPTIMIZE TABLE {_table} FINAL");
        (await QueryAsync($"SELECT {All} FROM {_table}")).ShouldBe(expected);
    }

    // The index is what finds rows: a wrong one loses some.
    [Theory]
    [InlineData("Date", "toDate('2024-01-01') + toUInt16({0})")]
    [InlineData("Date32", "toDate32('1950-01-01') + toInt32({0})")]
    [InlineData("DateTime('UTC')", "toDateTime('2024-01-01 00:00:00', 'UTC') + toUInt32({0})")]
    [InlineData("DateTime64(3, 'UTC')", "fromUnixTimestamp64Milli(toInt64({0}) - 5000, 'UTC')")]
    [InlineData("Int64", "toInt64({0}) - 5000")]
    public async Task Attach_TableWithAKey_FindsRowsByIt(string type, string valueOf)
    {
        const int Granules = 10;
        const int Rows = 1000;
        await CreateAsync($"`when it's` {type}, `_file_id` LowCardinality(String), `_row` UInt64", "`when it's`");
        string Value(string n) => string.Format(System.Globalization.CultureInfo.InvariantCulture, valueOf, n);
        using (var part = new PartWriter(await FolderAsync(), "when it's", text: null))
        {
            for (var granule = 0; granule < Granules; granule++)
            {
                var keys = await ColumnAsync($"SELECT {Value($"number + {granule * Rows}")} AS k FROM numbers({Rows})");
                IReadOnlyList<NamedColumn> columns = [new("when it's", keys), Ids(Rows), Numbers(granule * Rows, Rows)];
                part.Follows(columns).ShouldBeTrue();
                part.Append(columns);
            }

            await part.CompleteAsync(Id);
        }

        await AttachAsync();

        for (var n = 0; n < Granules * Rows; n += 777)
        {
            (await QueryAsync($"SELECT _row FROM {_table} WHERE `when it's` = {Value($"{n}")} SETTINGS force_primary_key = 1")).ShouldBe($"{n}");
        }

        (await QueryAsync($"SELECT count() FROM {_table} WHERE `when it's` >= {Value("5000")}")).ShouldBe("5000");
        (await IsSoundAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task Append_TextThatWasNotAnnounced_IsRefused()
    {
        await CreateAsync("`_file_id` LowCardinality(String), `_row` UInt64", "tuple()");
        using var part = new PartWriter(await FolderAsync(), keyColumn: null, Id);
        Should.Throw<ArgumentException>(() => part.Append([Ids(1), Numbers(0, 1)]));
        part.Append([Ids(1, Id), Numbers(0, 1)]);

        await Should.ThrowAsync<ArgumentException>(() => part.CompleteAsync(new string('1', Id.Length)));
    }

    [Fact]
    public async Task IsSound_ByteOfTheDataIsAnother_SaysSo()
    {
        await CreateAsync("`_file_id` LowCardinality(String), `_row` UInt64", "tuple()");
        using (var part = new PartWriter(await FolderAsync(), keyColumn: null, text: null))
        {
            part.Append([Ids(1000), Numbers(0, 1000)]);
            await part.CompleteAsync(Id);
        }

        var data = Path.Join(await FolderAsync(), "data.bin");
        var bytes = await File.ReadAllBytesAsync(data);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(data, bytes);
        await AttachAsync();

        (await IsSoundAsync()).ShouldBeFalse();
    }

    static NamedColumn Ids(int rows, string? id = null) => new("_file_id", new ConstantColumn(id ?? new string('0', Id.Length), rows));

    static NamedColumn Numbers(int first, int rows)
    {
        var numbers = new FixedColumn<ulong>(ColumnType.Parse("UInt64"));
        for (var i = 0; i < rows; i++)
        {
            numbers.Append((ulong)(first + i));
        }

        return new("_row", numbers);
    }

    async Task<Column> ColumnAsync(string sql)
    {
        await using var result = await _client.QueryStreamAsync(sql, "Native", call: null, CancellationToken.None);
        using var reader = new NativeBlockReader(result.Body);
        return (await reader.ReadAsync(CancellationToken.None))!.Columns[0].Column;
    }

    Task CreateAsync(string columns, string key) => RunAsync($"CREATE TABLE {_table} ({columns}) ENGINE = MergeTree ORDER BY {key}");

    Task AttachAsync() => RunAsync($"ALTER TABLE {_table} ATTACH PART '{PartName}'");

    Task RunAsync(string sql) => _client.ExecuteAsync(sql, new() { Settings = s_anyType }, CancellationToken.None);

    async Task<string> QueryAsync(string sql) => (await engine.QueryAsync(sql)).TrimEnd('\n');

    async Task<string> FolderAsync() =>
        Path.Join(await QueryAsync($"SELECT data_paths[1] FROM system.tables WHERE database = currentDatabase() AND name = '{_table}'"), "detached", PartName);

    // The engine computes every checksum anew.
    async Task<bool> IsSoundAsync() => await QueryAsync($"CHECK TABLE {_table} SETTINGS check_query_single_value_result = 1") == "1";
}
