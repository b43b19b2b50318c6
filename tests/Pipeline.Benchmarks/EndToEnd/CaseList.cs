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

        // It deletes files by the ten thousand, and where ext4 has no journal whoever makes a file within a minute passes by the inodes of all of them.
        new SmallFilesCase(),
    ];
}
