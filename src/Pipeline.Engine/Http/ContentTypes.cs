namespace Pipeline.Engine.Http;

/// <summary>The Content-Type that a server sends for an output format.</summary>
static class ContentTypes
{
    public static string Of(string format) => format switch
    {
        _ when format.StartsWith("TabSeparated", StringComparison.Ordinal) || format.StartsWith("TSV", StringComparison.Ordinal)
            => "text/tab-separated-values; charset=UTF-8",
        _ when format.StartsWith("CSV", StringComparison.Ordinal) => "text/csv; charset=UTF-8; header=" +
            (format.Contains("WithNames", StringComparison.Ordinal) ? "present" : "absent"),
        "JSONEachRow" or "JSONCompactEachRow" or "JSONLines" or "NDJSON" => "application/x-ndjson; charset=UTF-8",
        _ when format.StartsWith("JSON", StringComparison.Ordinal) => "application/json; charset=UTF-8",
        "XML" => "application/xml; charset=UTF-8",
        "Markdown" => "text/markdown; charset=UTF-8",
        "Native" or "Parquet" or "Arrow" or "ArrowStream" or "ORC" or "Avro" or "MsgPack" or "BSONEachRow" => "application/octet-stream",
        _ when format.StartsWith("RowBinary", StringComparison.Ordinal) => "application/octet-stream",
        _ => "text/plain; charset=UTF-8",
    };
}
