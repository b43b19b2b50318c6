using Pipeline.Ingestion;
using Pipeline.TestKit.Engine;
using Pipeline.TestKit.Files;
using Pipeline.Tests.ClickHouse;
using Pipeline.Tests.Ingestion;

namespace Pipeline.Tests.Columnar;

/// <summary>
/// Columnar files that nobody here wrote: each is loaded, with the rows that its corpus promises and the values that the engine's own
/// <c>INSERT … SELECT … FROM file()</c> gives, or refused for the reason that stands in docs/formats/columnar.md.
/// </summary>
[Collection(EngineCollection.Name)]
public sealed class ColumnarFixtureTests(EngineFixture engine)
{
    /// <summary>The deliberate differences, as documented: file and code.</summary>
    static readonly Dictionary<string, string> s_refused = new()
    {
        ["arrow-testing/data/avro/alltypes_plain.bzip2.avro"] = "unsupported_format",
        ["arrow-testing/data/avro/alltypes_plain.xz.avro"] = "unsupported_format",
        ["arrow-testing/data/parquet/ARROW-17100.parquet"] = "corrupt_file",
        ["duckdb/data/parquet-testing/bigdecimal.parquet"] = "unsupported_format",
        ["duckdb/data/parquet-testing/broken-arrow.parquet"] = "corrupt_file",
        ["duckdb/data/parquet-testing/internal_6129.parquet"] = "corrupt_file",
        ["polars/py-polars/tests/unit/io/files/empty_datapage_v2.snappy.parquet"] = "corrupt_file",
    };

    /// <summary>
    /// Files whose footer the engine cannot read, or reads wrong, as it is; and decimals beyond 38 digits, times of day, dates and timestamps beyond 1900 to 2299,
    /// which are texts here, timestamps that the engine takes for integers: there is nothing to compare with.
    /// </summary>
    static bool IsReadOtherwise(Fixture file) =>
        file.File.Contains("/geospatial/", StringComparison.Ordinal)
        || Path.GetFileName(file.File) is "emptycolumn.parquet" or "decimals_with_precision_but_no_scale.parquet" or "bug10148-wide-decimal-stats.parquet"
            or "fixed256_decimal.avro" or "int256_decimal.avro"
            or "alltypes-java.parquet" or "date-with-timezone-int64.parquet" or "timetz-nanos.parquet" or "pyarrow_v21.parquet"
            or "bug4903.parquet" or "int96_from_spark.parquet" or "nested_structs.rust.parquet"
            or "timestamp_logical_types.avro";

    [SkippableFact]
    public async Task Load_EveryFixture_IsLoadedAsTheEngineReadsItOrRefusedAsDocumented()
    {
        Skip.If(Fixtures.Missing is not null, Fixtures.Missing);
        var files = Fixtures.Of("parquet", "orc", "avro", "arrow");
        files.Count.ShouldBeGreaterThan(200);
        await using var home = await IngestHome.OpenAsync(engine);
        var wrong = new List<string>();
        foreach (var file in files)
        {
            // Names repeat among the corpora: each file gets a table of its own.
            var dataset = EngineFixture.UniqueTable("fixture");
            var result = await home.LoadAsync(file.Path, new IngestRequest { Dataset = dataset });
            if (await ProblemAsync(home, file, result, dataset) is { } problem)
            {
                wrong.Add($"{file.File}: {problem}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Load_DecimalsInMoreBytesThanTheyNeed_ValuesAreThoseOfTheFile()
    {
        var file = Fixtures.Of("parquet").FirstOrDefault(f => f.File.EndsWith("bug10148-wide-decimal-stats.parquet", StringComparison.Ordinal));
        Skip.If(file is null, Fixtures.Missing);
        await using var home = await IngestHome.OpenAsync(engine);
        var table = EngineFixture.UniqueTable("wide");

        await home.LoadAsync(file.Path, new IngestRequest { Dataset = table });

        // The engine itself reads 19500101, 0, 0, 0, 19500102, …: four bytes of each sixteen.
        (await home.ColumnsAsync(table)).ShouldBe(["CDCONO Decimal(3, 0)", "CDDIVI String", "CDYMD8 Decimal(8, 0)", "CDCYP2 Decimal(6, 0)"]);
        (await home.QueryAsync($"SELECT groupArray(CDYMD8 - 19500100) FROM (SELECT CDYMD8 FROM {{db}}.{table} ORDER BY _row)")).ShouldBe("[1,2,3,4,5,6,7,8,9,10]");
    }

    static async Task<string?> ProblemAsync(IngestHome home, Fixture file, FileResult result, string table)
    {
        if (s_refused.GetValueOrDefault(file.File) is { } code)
        {
            return result.Error?.Code == code ? null : $"{result.Outcome} {result.Error?.Code}, where {code} is documented";
        }

        if (result.Outcome != "loaded")
        {
            return $"{result.Outcome}: {result.Error?.Code} {result.Error?.Message}";
        }

        if (file.Rows is { } rows && result.RowsLoaded != rows)
        {
            return $"{result.RowsLoaded} rows, where {rows} are expected";
        }

        if (IsReadOtherwise(file))
        {
            return null;
        }

        var loaded = await HashAsync(home, $"{home.Database}.{table}", "");
        var read = await HashAsync(home, ColumnarSql.File(file.Path, file.Format), ColumnarSql.Settings);
        return loaded == read ? null : $"other values than the engine reads: {loaded} {read}";
    }

    // Texts, because a column without nulls is Nullable in the file and is not in the table.
    static Task<string> HashAsync(IngestHome home, string source, string settings) => home.QueryAsync(
        $"SELECT count(), sum(cityHash64(toString(tuple(* EXCEPT ('^_(file_id|row|loaded_at)$'))))) FROM {source}{settings}");
}
