using System.IO.Compression;
using System.Text;
using Pipeline.ClickHouse;
using Pipeline.Columnar;
using Pipeline.Configuration;
using Pipeline.Formats.Columnar;
using Pipeline.Ingestion;
using Pipeline.TestKit.Engine;
using Pipeline.Tests.ClickHouse;
using Pipeline.Tests.Ingestion;

namespace Pipeline.Tests.Columnar;

/// <summary>Columnar files through the whole pipeline: names, types, nulls, tables that are there, damage.</summary>
[Collection(EngineCollection.Name)]
public sealed class ColumnarLoadTests(EngineFixture engine)
{
    public static TheoryData<string> Formats => ["parquet", "orc", "avro", "arrow", "arrow_stream"];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Load_RandomTable_ReadsBackAsItWasWritten(string format)
    {
        await using var home = await IngestHome.OpenAsync(engine);

        // Avro takes plain names only.
        var names = format == "avro" ? ("na_me", "na_me_2") : ("na me", "na-me");
        var columns =
            "number AS id, toInt32(rand(1) % 1000) - 500 AS small, if(rand(2) % 5 = 0, NULL, toFloat64(rand(3)) / 7) AS f, "
            + "if(rand(4) % 3 = 0, NULL, concat('täxt \\'', toString(rand(5)), '\\n')) AS "
            + $"`{names.Item1}`, toString(rand(6) % 10) AS `{names.Item2}`, "
            + "toDate32('1999-01-01') + rand(7) % 9000 AS day, arrayMap(x -> toString(x), range(rand(8) % 4)) AS list";
        var path = await WriteAsync(home, $"random.{format}", format, $"SELECT {columns} FROM numbers(100000)");

        var result = await home.LoadAsync(path, new IngestRequest { Dataset = "random" });

        result.Outcome.ShouldBe("loaded", result.Error?.Message);
        result.RowsLoaded.ShouldBe(100_000);
        (await home.ColumnsAsync("random")).Select(c => c.Split(' ')[0]).ShouldBe(["id", "small", "f", "na_me", "na_me_2", "day", "list"]);
        var loaded = await home.QueryAsync(
            "SELECT sum(cityHash64(_row, toString(tuple(id, small, f, na_me, na_me_2, day, list)))) FROM {db}.random");
        var written = await home.QueryAsync(
            $"SELECT sum(cityHash64(rowNumberInAllBlocks() + 1, toString(tuple(*)))) FROM {ColumnarSql.File(path, format)}{ColumnarSql.Settings}, max_threads = 1, "
            + "input_format_parquet_preserve_order = 1, parallelize_output_from_storages = 0");
        loaded.ShouldBe(written);
        (await home.QueryAsync("SELECT countIf(isNull(f)) > 0, countIf(isNull(na_me)) > 0, max(_row) = count(), uniqExact(_row) = count() FROM {db}.random"))
            .ShouldBe("1\t1\t1\t1");
    }

    // Scale 3: the unit stands in the file. Scale 0: it is left out, as writers do with what is usual.
    [Theory]
    [InlineData("arrow", 3)]
    [InlineData("arrow", 0)]
    [InlineData("arrow_stream", 3)]
    [InlineData("arrow_stream", 0)]
    public async Task Load_ArrowDatesInMilliseconds_AreThoseDates(string format, int scale)
    {
        await using var home = await IngestHome.OpenAsync(engine);
        const string Moments = "[-315619200000, NULL, 0, 5364662400000]";
        var path = await WriteAsync(
            home, $"dates.{format}", format, $"SELECT number AS id, CAST(reinterpret(ifNull({Moments}[number + 1], 0), 'DateTime64({scale})'), 'Nullable(DateTime64({scale}))') AS v FROM numbers(4)");
        var bytes = await File.ReadAllBytesAsync(path);
        MakeDates(bytes, format == "arrow" ? ColumnarFormat.Arrow : ColumnarFormat.ArrowStream).ShouldBeGreaterThan(0);
        await File.WriteAllBytesAsync(path, bytes);

        var result = await home.LoadAsync(path, new IngestRequest { Dataset = "dates" });

        result.Outcome.ShouldBe("loaded", result.Error?.Message);
        (await home.QueryAsync("SELECT arrayStringConcat(groupArray(toString(v)), ', ') FROM (SELECT v FROM {db}.dates ORDER BY id)"))
            .ShouldBe("1960-01-01 00:00:00.000, 1970-01-01 00:00:00.000, 1970-01-01 00:00:00.000, 2140-01-01 00:00:00.000");
    }

    // The engine writes no dates in milliseconds: its timestamps become some. Which byte says so is found by trying.
    static int MakeDates(byte[] file, ColumnarFormat format)
    {
        var made = 0;
        for (var i = 0; i < file.Length; i++)
        {
            if (file[i] == 10)
            {
                file[i] = 8;
                var isType = ArrowSchema.Examine(format, new MemoryStream(file)) is { } repair && repair.Patches.Any(p => p.Position == i);
                file[i] = (byte)(isType ? 8 : 10);
                made += isType ? 1 : 0;
            }
        }

        return made;
    }

    [Theory]
    [InlineData("qq1", "qq1,qq1_2")]
    [InlineData("", "column_1,qq2")]
    public async Task Load_ParquetColumnsWithoutANameOfTheirOwn_AreAllThere(string name, string columns)
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = await WriteAsync(home, "names.parquet", "parquet", "SELECT toInt64(number) AS qq1, concat('t', toString(number)) AS qq2 FROM numbers(1000)");
        var file = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, name.Length > 0 ? Replace(file, "\u0003qq2", $"\u0003{name}") : RenameInFooter(file));

        var result = await home.LoadAsync(path, new IngestRequest { Dataset = "names" });

        result.Outcome.ShouldBe("loaded", result.Error?.Message);
        (await home.ColumnsAsync("names")).Select(c => c.Split(' ')[0]).ShouldBe(columns.Split(','));
        var (first, second) = (columns.Split(',')[0], columns.Split(',')[1]);
        (await home.QueryAsync($"SELECT count(), sum({first}), uniqExact({second}) FROM {{db}}.names")).ShouldBe("1000\t499500\t1000");
    }

    static byte[] Replace(byte[] file, string from, string to) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(file).Replace(from, to, StringComparison.Ordinal));

    // Thrift: the length stands before a name, and the length of the footer behind all.
    static byte[] RenameInFooter(byte[] file)
    {
        var footer = BitConverter.ToInt32(file, file.Length - 8);
        var renamed = Replace(file[^(footer + 8)..^8], "\u0003qq1", "\0");
        return [.. file[..^(footer + 8)], .. renamed, .. BitConverter.GetBytes(renamed.Length), .. "PAR1"u8];
    }

    // What pandas writes for a column of None.
    [Theory]
    [InlineData("arrow")]
    [InlineData("arrow_stream")]
    public async Task Load_ArrowColumnOfTheNullType_IsAColumnOfNulls(string format)
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = await WriteAsync(home, $"gaps.{format}", format, "SELECT number AS id, NULL AS gap, concat('t', toString(number)) AS text FROM numbers(1000)");

        (await home.LoadAsync(path, new IngestRequest { Dataset = "gaps" })).RowsLoaded.ShouldBe(1000);

        (await home.QueryAsync("SELECT count(), countIf(isNull(gap)), sum(id), countIf(text = concat('t', toString(id))) FROM {db}.gaps"))
            .ShouldBe("1000\t1000\t499500\t1000");
    }

    // The engine reads them as timestamps of 1970-01-01 and cannot write them: of a timestamp column the footer is told that it holds times.
    [Fact]
    public async Task Load_ParquetTimesOfDay_AreTexts()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = await WriteAsync(
            home, "times.parquet", "parquet",
            "SELECT number AS id, if(number = 2, NULL, toDateTime64('1970-01-01 00:00:00.25', 6, 'UTC') + number * 40000) AS at FROM numbers(4)");
        var bytes = await File.ReadAllBytesAsync(path);
        byte[] timestamp = [.. "at"u8, 0x25, 0x14, 0x4C, 0x8C];
        byte[] time = [.. "at"u8, 0x25, 0x10, 0x4C, 0x7C];
        var place = bytes.AsSpan().LastIndexOf(timestamp);
        time.CopyTo(bytes, place);
        await File.WriteAllBytesAsync(path, bytes);

        (await home.LoadAsync(path)).RowsLoaded.ShouldBe(4);

        // No day is cut off: 120,000 seconds are no time of day.
        (await home.QueryAsync("SELECT groupArray(ifNull(at, 'null')), toTypeName(any(at)) FROM (SELECT at FROM {db}.times ORDER BY id)"))
            .ShouldBe("['00:00:00.250000','11:06:40.250000','null','1970-01-02 09:20:00.250000']\tNullable(String)");
    }

    [Fact]
    public async Task Load_ParquetTypes_AreKeptAndNullableOnlyWhereNullsAre()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = await WriteAsync(
            home, "types.parquet", "parquet",
            "SELECT toDecimal128('12345678901234567890.12', 2) AS d, toDateTime64('2024-05-06 07:08:09.123456789', 9, 'UTC') AS ts, "
            + "toDateTime64('2024-05-06 07:08:09.5', 3, 'UTC') AS ms, toUInt64(18446744073709551615) AS u, [[1, 2], []] AS lists, "
            + "map('k', toInt32(5)) AS m, tuple(toInt8(1), 'x')::Tuple(a Int8, b String) AS s, if(number = 0, NULL, 'v') AS n, true AS flag, "
            + "toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') AS id FROM numbers(2)");

        (await home.LoadAsync(path)).Outcome.ShouldBe("loaded");

        (await home.ColumnsAsync("types")).ShouldBe(
        [
            "d Decimal(38, 2)", "ts DateTime64(9, 'UTC')", "ms DateTime64(3, 'UTC')", "u UInt64", "lists Array(Array(UInt8))",
            "m Map(String, Int32)", "s Tuple(a Int8, b String)", "n Nullable(String)", "flag Bool", "id UUID",
        ]);
        (await home.QueryAsync("SELECT d, ts, ms, u, lists, m, s, n, flag, id FROM {db}.types ORDER BY _row LIMIT 1")).ShouldBe(
            "12345678901234567890.12\t2024-05-06 07:08:09.123456789\t2024-05-06 07:08:09.500\t18446744073709551615\t[[1,2],[]]\t{'k':5}\t(1,'x')\t\\N\ttrue\t"
            + "61f0c404-5cb3-11e7-907b-a6006ad3dba0");
    }

    // The readers give them no zone, and a column without one is shown in the zone of the server.
    [Theory]
    [InlineData("avro", 6, "Array(DateTime64(6, 'UTC'))")]
    [InlineData("orc", 9, "Array(Nullable(DateTime64(9, 'UTC')))")]
    public async Task Load_TimestampsWithoutAZone_AreThoseOfUtc(string format, int digits, string list)
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = await WriteAsync(
            home, $"moments.{format}", format,
            "SELECT toDateTime64('2024-05-06 07:08:09.5', 6, 'UTC') AS at, [toDateTime64('1969-12-31 23:59:59.25', 6, 'UTC')] AS list FROM numbers(2)");

        (await home.LoadAsync(path)).RowsLoaded.ShouldBe(2);

        (await home.ColumnsAsync("moments")).ShouldBe([$"at DateTime64({digits}, 'UTC')", $"list {list}"]);
        (await home.QueryAsync(
                "SELECT DISTINCT toUnixTimestamp64Micro(at), toUnixTimestamp64Micro(list[1]), toString(at) FROM {db}.moments SETTINGS session_timezone = 'Asia/Tokyo'"))
            .ShouldBe($"1714979289500000\t-750000\t2024-05-06 07:08:09.{"5".PadRight(digits, '0')}");
    }

    [Theory]
    [InlineData("LowCardinality(Nullable(DateTime))", "Nullable(DateTime('UTC'))")]
    [InlineData("Tuple(a Array(DateTime), b LowCardinality(String))", "Tuple(a Array(DateTime('UTC')), b LowCardinality(String))")]
    [InlineData("Map(String, LowCardinality(Int32))", "Map(String, Int32)")]
    [InlineData("DateTime64(6, 'Asia/Tokyo')", "DateTime64(6, 'Asia/Tokyo')")]
    public void Of_DeclaredType_IsOneThatTablesHold(string declared, string stored) => ColumnarColumn.Of("c", declared, null).Type.Name.ShouldBe(stored);

    [Theory]
    [InlineData("a*b?.parquet")]
    [InlineData("{x,y} [z].parquet")]
    [InlineData("it's \"quoted\" \\ back.parquet")]
    [InlineData("archive.zip :: inner.parquet")]
    [InlineData("no extension")]
    public async Task Load_NameWithCharactersOfTheEngine_OnlyThisFileIsRead(string name)
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var table = EngineFixture.UniqueTable("odd");
        var decoy = await WriteAsync(home, "axbz.parquet", "parquet", "SELECT 2 AS id");
        var path = await WriteAsync(home, "plain.parquet", "parquet", "SELECT 1 AS id");
        File.Move(path, home.Files.PathOf(name));

        var result = await home.LoadAsync(home.Files.PathOf(name), new IngestRequest { Dataset = table });

        result.Outcome.ShouldBe("loaded", result.Error?.Message);
        (await home.QueryAsync($"SELECT id FROM {{db}}.{table}")).ShouldBe("1");
        File.Exists(decoy).ShouldBeTrue();
        Directory.GetFiles(Path.Join(home.Files.State, "tmp")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Load_GzippedParquet_IsReadDecompressed()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = await WriteAsync(home, "zipped.parquet", "parquet", "SELECT number AS id FROM numbers(1000)");
        await using (var gzip = new GZipStream(File.Create(path + ".gz"), CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(await File.ReadAllBytesAsync(path));
        }

        (await home.LoadAsync(path + ".gz")).RowsLoaded.ShouldBe(1000);

        // The same content, not compressed.
        (await home.LoadAsync(path)).Outcome.ShouldBe("duplicate");
    }

    [Fact]
    public async Task Load_NoRows_IsEmpty()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = await WriteAsync(home, "none.parquet", "parquet", "SELECT number AS id FROM numbers(0)");

        (await home.LoadAsync(path)).Outcome.ShouldBe("empty");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(100)]
    [InlineData(500)]
    public async Task Load_CutShort_IsQuarantinedAndTheEngineLives(int bytesLost)
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = await WriteAsync(home, "cut.parquet", "parquet", "SELECT number AS id, toString(number) AS s FROM numbers(1000)");
        var bytes = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, bytes[..^bytesLost]);

        var result = await home.LoadAsync(path);

        result.Outcome.ShouldBe("quarantined");
        result.Error!.Code.ShouldBe("corrupt_file");
        result.Error.Message.ShouldContain("cut short");
        (await home.QueryAsync("SELECT 1")).ShouldBe("1");
    }

    [Fact]
    public async Task Load_DamagedWithin_NothingOfItIsLoaded()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = await WriteAsync(home, "damaged.parquet", "parquet", "SELECT number AS id, toString(cityHash64(number)) AS s FROM numbers(300000)");
        var bytes = await File.ReadAllBytesAsync(path);
        bytes.AsSpan(bytes.Length * 2 / 3, 4096).Fill(0x5A);
        await File.WriteAllBytesAsync(path, bytes);

        var result = await home.LoadAsync(path);

        result.Outcome.ShouldBe("quarantined");
        result.Error!.Code.ShouldBe("corrupt_file");
        (await home.QueryAsync("SELECT count() FROM system.tables WHERE database = '{db}' AND name = 'damaged'")).ShouldBe("0");
    }

    [Fact]
    public async Task Load_IntoNarrowerTable_RowsThatDoNotFitAreRejects()
    {
        await using var home = await IngestHome.OpenAsync(engine, new DatasetOptions { BadRowLimit = 0.5 });
        await home.QueryAsync("CREATE TABLE {db}.orders (id Int8, price Decimal(9, 2), at DateTime('UTC'), note String) ENGINE = MergeTree ORDER BY id");
        var path = await WriteAsync(
            home, "orders_1.parquet", "parquet",
            "SELECT number * 50 AS id, toFloat64(number) + if(number = 1, 0.123, 0.25) AS price, "
            + "toDateTime64('2024-01-01 00:00:00', 6, 'UTC') + number AS at, number + 0.5 AS note FROM numbers(4)");

        var result = await home.LoadAsync(path);

        result.Outcome.ShouldBe("loaded", result.Error?.Message);
        result.RowsRead.ShouldBe(4);
        result.RowsRejected.ShouldBe(2);
        (await home.QueryAsync("SELECT * FROM {db}.orders ORDER BY id")).ShouldBe("0\t0.25\t2024-01-01 00:00:00\t0.5\n100\t2.25\t2024-01-01 00:00:02\t2.5");
        var rejects = Directory.GetFiles(home.Files.Quarantine, "*.rejects.csv", SearchOption.AllDirectories).ShouldHaveSingleItem();
        var lines = await File.ReadAllLinesAsync(rejects);
        lines[0].ShouldBe("id,price,at,note,_line,_column,_code,_message");
        lines[1].ShouldStartWith("50,1.123,2024-01-01 00:00:01.000000,1.5,2,price,out_of_range");
        lines[2].ShouldStartWith("150,3.25,2024-01-01 00:00:03.000000,3.5,4,id,out_of_range");
    }

    [Fact]
    public async Task Load_IntoContradictingTable_FileIsRefused()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        await home.QueryAsync("CREATE TABLE {db}.orders (id Array(Int64)) ENGINE = MergeTree ORDER BY tuple()");
        var path = await WriteAsync(home, "orders_1.parquet", "parquet", "SELECT number AS id FROM numbers(4)");

        var result = await home.LoadAsync(path);

        result.Error!.Code.ShouldBe("schema_mismatch");
        result.Error.Message.ShouldContain("Array(Int64)");
    }

    [Fact]
    public async Task Load_SecondFileWithNullsAndNewColumn_TableTakesBoth()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        await home.LoadAsync(await WriteAsync(home, "orders_1.parquet", "parquet", "SELECT 1 AS id, 'a' AS name"));

        var result = await home.LoadAsync(
            await WriteAsync(home, "orders_2.parquet", "parquet", "SELECT 2 AS id, CAST(NULL, 'Nullable(String)') AS name, toDate('2024-01-02') AS day"));

        result.Outcome.ShouldBe("loaded", result.Error?.Message);
        (await home.QueryAsync("SELECT id, name, day FROM {db}.orders ORDER BY id")).ShouldBe("1\ta\t1900-01-01\n2\t\\N\t2024-01-02");
    }

    [Fact]
    public async Task Load_ContractRules_RowsThatBreakThemAreRejects()
    {
        await using var home = await IngestHome.OpenAsync(engine, new DatasetOptions
        {
            BadRowLimit = 1,
            Columns = new Dictionary<string, ColumnOptions>
            {
                ["id"] = new() { Min = "1", Max = "4" },
                ["name"] = new() { Required = true, Pattern = "[a-z]+" },
                ["kind"] = new() { In = ["x", "y"] },
            },
        });
        var path = await WriteAsync(
            home, "orders_1.parquet", "parquet",
            "SELECT number AS id, ['ok', 'ok', 'NO', NULL, 'ok', 'ok'][number + 1] AS name, if(number = 4, 'z', 'x') AS kind FROM numbers(6)");

        var result = await home.LoadAsync(path);

        result.RowsLoaded.ShouldBe(1, result.Error?.Message);
        var rejects = Directory.GetFiles(home.Files.Quarantine, "*.rejects.csv", SearchOption.AllDirectories).ShouldHaveSingleItem();
        (await File.ReadAllLinesAsync(rejects)).Skip(1).Select(l => l.Split(',')[5]).ShouldBe(
            ["below_minimum", "pattern_mismatch", "required_missing", "not_in_set", "above_maximum"]);
    }

    [Fact]
    public async Task Inspect_Parquet_ShowsTypesRowsAndEvidence()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = await WriteAsync(home, "seen.parquet", "parquet", "SELECT number AS id, if(number = 3, NULL, 'x') AS name FROM numbers(10)");

        var file = await InspectAsync(home, path);

        file.Format.ShouldBe("parquet");
        file.Rows.ShouldBe(10);
        file.Columns.Select(c => (c.Name, c.Type, c.Nullable)).ShouldBe([("id", "UInt64", false), ("name", "String", true)]);
        file.Columns[1].Evidence.ShouldBe("Parquet says Nullable(String); 1 of 10 values are null");
        file.Preview.Count.ShouldBe(10);
        file.Preview[3].ShouldBe(["3", null]);
    }

    static async Task<Inspection> InspectAsync(IngestHome home, string path)
    {
        var seen = new List<Inspection>();
        await foreach (var inspection in home.InspectAsync(path))
        {
            seen.Add(inspection);
        }

        return seen.ShouldHaveSingleItem();
    }

    static async Task<string> WriteAsync(IngestHome home, string name, string format, string select)
    {
        var path = home.Files.PathOf(name);
        await home.QueryAsync($"INSERT INTO FUNCTION file('{path}', {ColumnarSql.EngineName(format)}) {select}");
        return path;
    }
}
