using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Compression;

namespace Pipeline.Ingestion;

/// <summary>What the configuration says about reading files, in the terms of the formats.</summary>
static class ReadingLimits
{
    /// <summary>
    /// Bytes of text in a block: with the positions of its fields, which take as much again, it stays in a second-level cache of 1 MiB between cutting and
    /// typing, which goes over it once a column. Half a MiB took 7 % less of a load's CPU than a whole one; a quarter gained nothing more.
    /// </summary>
    const int BlockBytes = 512 << 10;

    /// <summary>Bytes of the first block: some thousands of records say more about the types of their columns than hundreds do.</summary>
    const int FirstBlockBytes = 1 << 20;

    public static (FormatOptions Format, CompressionLimits Compression) From(PipelineOptions options) => (
        FormatOptions.Default with
        {
            BlockRows = Math.Min(options.Ingest.MaxBatchRows, FormatOptions.Default.BlockRows),
            BlockBytes = BlockBytes,
            FirstBlockBytes = FirstBlockBytes,
            Limits = FormatLimits.Default with
            {
                MaxFileBytes = options.Limits.MaxFileBytes,
                MaxColumns = options.Limits.MaxColumns,
                MaxRecordBytes = (int)options.Limits.MaxRecordBytes,
                MaxFieldBytes = (int)options.Limits.MaxFieldBytes,
                MaxSheets = options.Limits.MaxSheets,
                MaxWorkbookTextBytes = (int)options.Limits.MaxWorkbookTextBytes,
                MaxCompressionRatio = options.Limits.MaxCompressionRatio,
                MaxNestingDepth = options.Limits.MaxNestingDepth,
                MaxWorkbookPartBytes = options.Limits.MaxWorkbookPartBytes,
                MaxSharedStringBytes = options.Limits.MaxSharedStringBytes,
                MaxBufferedWorkbookBytes = options.Limits.MaxBufferedWorkbookBytes,
            },
        },
        CompressionLimits.Default with
        {
            MaxRatio = options.Limits.MaxCompressionRatio,
            MaxDecompressedBytes = options.Limits.MaxDecompressedBytes,
        });
}
