namespace Pipeline.Tests.Columnar;

/// <summary>The engine's own way to a columnar file, for comparison.</summary>
static class ColumnarSql
{
    /// <summary>Without what the engine remembers of files, so that it reads this one.</summary>
    public const string Settings =
        " SETTINGS schema_inference_use_cache_for_file = 0, use_cache_for_count_from_files = 0, input_format_parquet_allow_geoparquet_parser = 0, "
        + "input_format_parquet_enable_json_parsing = 0, input_format_null_as_default = 1, use_hive_partitioning = 0";

    public static string File(string path, string format) => $"file('{path}', {EngineName(format)}, 'auto', 'none')";

    public static string EngineName(string format) => format switch
    {
        "parquet" => "Parquet",
        "orc" => "ORC",
        "avro" => "Avro",
        "arrow" => "Arrow",
        _ => "ArrowStream",
    };
}
