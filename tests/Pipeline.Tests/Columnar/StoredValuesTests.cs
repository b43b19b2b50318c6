using System.Buffers.Binary;
using System.Globalization;
using Pipeline.Configuration;
using Pipeline.Ingestion;
using Pipeline.TestKit.Engine;
using Pipeline.TestKit.Files;
using Pipeline.Tests.ClickHouse;
using Pipeline.Tests.Ingestion;

namespace Pipeline.Tests.Columnar;

/// <summary>Columns that store values which the type that they declare does not hold in ClickHouse: never another value, and no file refused for one of them.</summary>
[Collection(EngineCollection.Name)]
public sealed class StoredValuesTests(EngineFixture engine)
{
    const int Date = 6;
    const int TimestampMillis = 9;
    const int TimestampMicros = 10;
    const int UInt8 = 11;
    const int Int8 = 15;
    const int Int16 = 16;

    /// <summary>9999-12-31 and 0001-01-01 in days.</summary>
    const int LastOfAll = 2_932_896;
    const int FirstOfAll = -719_162;

    static readonly DatasetOptions s_manyBadRows = new() { BadRowLimit = 1 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Load_ParquetDatesBeyondTheRange_AreTexts(bool statistics)
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var column = ParquetColumn.Of("d", Date, 0, LastOfAll, null, FirstOfAll, 120_529, 120_530, -25_567, -25_568, int.MaxValue, int.MinValue);
        var path = home.Files.Write("orders_1.parquet", ParquetFile.Of(statistics ? column.WithStatistics() : column));

        var result = await home.LoadAsync(path);

        result.RowsLoaded.ShouldBe(10, result.Error?.Message);
        (await home.ColumnsAsync("orders")).ShouldBe(["d Nullable(String)"]);
        (await home.QueryAsync("SELECT arrayStringConcat(groupArray(ifNull(d, '-')), ' ') FROM (SELECT d FROM {db}.orders ORDER BY _row)")).ShouldBe(
            "1970-01-01 9999-12-31 - 0001-01-01 2299-12-31 2300-01-01 1900-01-01 1899-12-31 +5881580-07-11 -5877641-06-23");
        await foreach (var inspection in home.InspectAsync(path))
        {
            inspection.Columns[0].Evidence.ShouldBe(
                "Parquet says Nullable(Date32), which is kept as String, because 6 of 10 rows are outside of 1900-01-01 to 2299-12-31; 1 of 10 values are null");
        }
    }

    [Theory]
    [InlineData(TimestampMillis, 1_000)]
    [InlineData(TimestampMicros, 1_000_000)]
    public async Task Load_ParquetTimestampsBeyondTheRange_AreTexts(int type, long second)
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = home.Files.Write("orders_1.parquet", ParquetFile.Of(ParquetColumn.Of(
            "t", type, 0L, 253_402_300_799L * second, -62_135_596_800L * second, 10_413_792_000L * second, (-2_208_988_800L * second) - 1)));

        (await home.LoadAsync(path)).RowsLoaded.ShouldBe(5);

        var zeros = second.ToString(CultureInfo.InvariantCulture)[1..];
        var nines = zeros.Replace('0', '9');
        (await home.QueryAsync("SELECT arrayStringConcat(groupArray(t), ' ') FROM (SELECT t FROM {db}.orders ORDER BY _row)")).ShouldBe(
            $"1970-01-01 00:00:00.{zeros} 9999-12-31 23:59:59.{zeros} 0001-01-01 00:00:00.{zeros} 2300-01-01 00:00:00.{zeros} 1899-12-31 23:59:59.{nines}");
    }

    [Fact]
    public async Task Load_ParquetTimestampsIn96Bits_AreTextsOnlyWhereTheyMustBe()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var inside = new ParquetColumn("i", 3, null, [Int96(19_000, 1_234_567), null, Int96(0, 0)]);
        var outside = new ParquetColumn("o", 3, null, [Int96(LastOfAll, 86_399_000_000_001), null, Int96(FirstOfAll, 0)]);
        var path = home.Files.Write("orders_1.parquet", ParquetFile.Of(inside, outside));

        (await home.LoadAsync(path)).RowsLoaded.ShouldBe(3);

        (await home.ColumnsAsync("orders")).ShouldBe(["i Nullable(DateTime64(9, 'UTC'))", "o Nullable(String)"]);
        (await home.QueryAsync("SELECT i, o FROM {db}.orders ORDER BY _row")).ShouldBe(
            "2022-01-08 00:00:00.001234567\t9999-12-31 23:59:59.000000001\n\\N\t\\N\n1970-01-01 00:00:00.000000000\t0001-01-01 00:00:00.000000000");
    }

    [Theory]
    [InlineData("parquet")]
    [InlineData("orc")]
    [InlineData("avro")]
    [InlineData("arrow")]
    [InlineData("arrow_stream")]
    public async Task Load_DatesBeyondTheRange_AreTextsInEveryFormat(string format)
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = home.Files.PathOf($"orders_1.{format}");
        await home.QueryAsync(
            $"INSERT INTO FUNCTION file('{path}', {ColumnarSql.EngineName(format)}) SELECT toInt32(number) AS id, toDate32(0) + [0, {LastOfAll}, {FirstOfAll}][number + 1] AS d, "
            + "'x' AS s FROM numbers(3)");

        (await home.LoadAsync(path, new IngestRequest { Dataset = "orders" })).RowsLoaded.ShouldBe(3);

        (await home.ColumnsAsync("orders"))[1].ShouldBe("d String");
        (await home.QueryAsync("SELECT groupArray(d), any(s) FROM (SELECT * FROM {db}.orders ORDER BY id)")).ShouldBe("['1970-01-01','9999-12-31','0001-01-01']\tx");
    }

    [Fact]
    public async Task Load_OrcTimestampBeyondNanoseconds_IsRefusedWithWhatToDo()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = home.Files.PathOf("orders_1.orc");
        await home.QueryAsync($"INSERT INTO FUNCTION file('{path}', ORC) SELECT toDateTime64('9999-12-31 23:59:59', 3, 'UTC') AS t");

        var result = await home.LoadAsync(path);

        result.Error!.Code.ShouldBe("out_of_range");
        result.Error.Message.ShouldContain("\"t\"");
        result.Error.Message.ShouldContain("as Parquet");
    }

    [Fact]
    public async Task Load_MomentsWithinListsMapsAndStructures_AreTexts()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = home.Files.PathOf("orders_1.parquet");
        await home.QueryAsync(
            $"INSERT INTO FUNCTION file('{path}', Parquet) SELECT [toDate32(0) + {LastOfAll}, NULL] AS l, map('k', toDate32(0) + {FirstOfAll}) AS m, "
            + $"tuple(toDate32(7), [toDate32(0) + {LastOfAll}])::Tuple(a Date32, b Array(Date32)) AS s, tuple(toDate32(7), 'x')::Tuple(a Date32, b String) AS u, "
            + "[[toDateTime64('9999-12-31 23:59:59', 6, 'UTC')], []] AS ll, [toDate32(5)] AS i");

        (await home.LoadAsync(path)).RowsLoaded.ShouldBe(1);

        (await home.ColumnsAsync("orders")).ShouldBe(
        [
            "l Array(Nullable(String))", "m Map(String, String)", "s Tuple(a String, b Array(String))", "u Tuple(a Date32, b String)", "ll Array(Array(String))",
            "i Array(Date32)",
        ]);
        (await home.QueryAsync("SELECT l, m, s, u, ll, i FROM {db}.orders")).ShouldBe(
            "['9999-12-31',NULL]\t{'k':'0001-01-01'}\t('1970-01-08',['9999-12-31'])\t('1970-01-08','x')\t[['9999-12-31 23:59:59.000000'],[]]\t['1970-01-06']");
    }

    [Fact]
    public async Task Load_MomentsBeyondTheRangeIntoATableOfThem_AreRejectsRowByRow()
    {
        await using var home = await IngestHome.OpenAsync(engine, s_manyBadRows);
        await home.QueryAsync("CREATE TABLE {db}.orders (d Date32, t Nullable(DateTime64(3, 'UTC')), n Nullable(DateTime64(3, 'UTC'))) ENGINE = MergeTree ORDER BY d");
        var path = home.Files.Write("orders_1.parquet", ParquetFile.Of(
            ParquetColumn.Of("d", Date, 1, LastOfAll, 3, 4, 5),
            ParquetColumn.Of("t", TimestampMillis, 1L, 2L, 253_402_300_799_000L, null, 5L),
            new ParquetColumn("n", 3, null, [Int96(0, 0), Int96(0, 0), Int96(0, 0), Int96(1, 1_000_000), Int96(LastOfAll, 0)])));

        var result = await home.LoadAsync(path);

        (result.RowsLoaded, result.RowsRejected).ShouldBe((2, 3), result.Error?.Message);
        (await home.QueryAsync("SELECT * FROM {db}.orders ORDER BY d")).ShouldBe(
            "1970-01-02\t1970-01-01 00:00:00.001\t1970-01-01 00:00:00.000\n1970-01-05\t\\N\t1970-01-02 00:00:00.001");
        var rejects = await File.ReadAllLinesAsync(Directory.GetFiles(home.Files.Quarantine, "*.rejects.csv", SearchOption.AllDirectories).ShouldHaveSingleItem());
        rejects[1].ShouldBe(
            "9999-12-31,1970-01-01 00:00:00.002,1970-01-01 00:00:00.000000000,2,d,out_of_range,\"The value is outside of 1900-01-01 to 2299-12-31, which is what Date32 holds.\"");
        rejects[2].ShouldStartWith("1970-01-04,9999-12-31 23:59:59.000,1970-01-01 00:00:00.000000000,3,t,out_of_range");
        rejects[3].ShouldStartWith("1970-01-06,1970-01-01 00:00:00.005,9999-12-31 00:00:00.000000000,5,n,out_of_range");
    }

    [Theory]
    [InlineData(UInt8, false, "0 255", "UInt8")]
    [InlineData(UInt8, true, "0 255", "UInt8")]
    [InlineData(UInt8, true, "-1 300", "Int32")]
    [InlineData(Int8, false, "127 300 -129", "Int32")]
    [InlineData(Int16, false, "-32768 32767", "Int16")]
    [InlineData(Int16, false, "32768", "Int32")]
    public async Task Load_ParquetIntegersInMoreBitsThanDeclared_AreThoseNumbers(int type, bool statistics, string values, string expected)
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var column = ParquetColumn.Of("v", type, [.. values.Split(' ').Select(v => (int?)int.Parse(v, CultureInfo.InvariantCulture))]);
        var path = home.Files.Write("orders_1.parquet", ParquetFile.Of(statistics ? column.WithStatistics() : column));

        (await home.LoadAsync(path)).Outcome.ShouldBe("loaded");

        (await home.ColumnsAsync("orders")).ShouldBe([$"v {expected}"]);
        (await home.QueryAsync("SELECT arrayStringConcat(groupArray(toString(v)), ' ') FROM (SELECT v FROM {db}.orders ORDER BY _row)")).ShouldBe(values);
    }

    [Fact]
    public async Task Load_ParquetIntegersInMoreBitsThanDeclaredIntoATable_AreRejectsWhereTheyDoNotFit()
    {
        await using var home = await IngestHome.OpenAsync(engine, s_manyBadRows);
        await home.QueryAsync("CREATE TABLE {db}.orders (v UInt8) ENGINE = MergeTree ORDER BY v");
        var path = home.Files.Write("orders_1.parquet", ParquetFile.Of(ParquetColumn.Of("v", UInt8, 1, 300, -1, 255)));

        (await home.LoadAsync(path)).RowsRejected.ShouldBe(2);

        (await home.QueryAsync("SELECT groupArray(v) FROM {db}.orders")).ShouldBe("[1,255]");
    }

    // The text of any day and tick, against the calendar of .NET moved by cycles of 400 years.
    [Fact]
    public async Task Load_RandomMoments_AreTheTextsOfExactlyThese()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var random = new Random(20240506);
        long Any() => random.NextInt64() >> random.Next(60) << 1 >> random.Next(3);
        var days = Enumerable.Range(0, 500).Select(_ => (int?)(int)Any()).ToArray();
        var millis = Enumerable.Range(0, 500).Select(_ => (long?)(random.Next(2) == 0 ? Any() : -Any())).ToArray();
        var micros = Enumerable.Range(0, 500).Select(_ => (long?)(random.Next(2) == 0 ? Any() : -Any())).ToArray();
        (days[0], millis[0], micros[0]) = (int.MinValue, long.MinValue, long.MinValue);
        var path = home.Files.Write("orders_1.parquet", ParquetFile.Of(
            ParquetColumn.Of("d", Date, days), ParquetColumn.Of("t", TimestampMillis, millis), ParquetColumn.Of("u", TimestampMicros, micros)));

        (await home.LoadAsync(path)).RowsLoaded.ShouldBe(500);

        (await home.QueryAsync("SELECT d, t, u FROM {db}.orders ORDER BY _row")).Split('\n').ShouldBe(
            days.Select((d, i) => $"{DayText(d!.Value)}\t{TickText(millis[i]!.Value, 3)}\t{TickText(micros[i]!.Value, 6)}"));
    }

    [Fact]
    public async Task Load_ParquetWithAnEncryptedColumn_IsRefusedAsEncrypted()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var path = home.Files.Write(
            "orders_1.parquet", ParquetFile.Of(ParquetColumn.Of("id", null, 1),
            new ParquetColumn("secret", 1, null, ["none"u8.ToArray()[..2]]) with { IsEncrypted = true }));

        var result = await home.LoadAsync(path);

        result.Error!.Code.ShouldBe("encrypted_file");
        result.Error.Message.ShouldContain("secret");
    }

    static byte[] Int96(int day, long nanoseconds)
    {
        var bytes = new byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, nanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), day + 2_440_588);
        return bytes;
    }

    static string DayText(long day)
    {
        const int Cycle = 146_097;
        var cycles = Math.DivRem(day, Cycle, out var rest);
        var date = new DateOnly(1970, 1, 1).AddDays((int)rest);
        var year = date.Year + (400 * cycles);
        var sign = year < 0 ? "-" : year > 9999 ? "+" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{Math.Abs(year):0000}-{date:MM-dd}");
    }

    static string TickText(long ticks, int scale)
    {
        var perSecond = (long)Math.Pow(10, scale);
        var day = (long)Math.Floor((decimal)ticks / (86_400 * perSecond));
        var time = (long)(ticks - ((decimal)day * 86_400 * perSecond));
        return string.Create(
            CultureInfo.InvariantCulture, $"{DayText(day)} {TimeSpan.FromSeconds(time / perSecond):hh\\:mm\\:ss}.{(time % perSecond).ToString(new string('0', scale), CultureInfo.InvariantCulture)}");
    }
}
