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
        new LatencyCase(),
        new MemoryCase(),
        new StartCase(),
        new ScalingCase(),

        // Where ext4 has no journal, whoever makes a file passes by each of its ten thousands that was deleted within a minute.
        new SmallFilesCase(),
    ];
}
