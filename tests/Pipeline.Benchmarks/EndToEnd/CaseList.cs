namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>All cases, in the order in which they run and are reported.</summary>
static class CaseList
{
    public static IReadOnlyList<EndToEndCase> All { get; } =
    [
        new WideCsvCase(),
        new TextCsvCase(),
        new NdjsonCase(),
        new ParquetCase(),
        new WorkbookCase(),
        new GzipCsvCase(),
        new SmallFilesCase(),
        new LatencyCase(),
        new MemoryCase(),
        new StartCase(),
        new ScalingCase(),
    ];
}
