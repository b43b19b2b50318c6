using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Compression;

namespace Pipeline.Ingestion;

/// <summary>What the configuration says about reading files, in the terms of the formats.</summary>
static class ReadingLimits
{
    /// <summary>Bytes of text in a block: it stays in the second-level cache between cutting and typing.</summary>
    const int BlockBytes = 1 << 20;

    public static (FormatOptions Format, CompressionLimits Compression) From(PipelineOptions options) => (
        FormatOptions.Default with
        {
            BlockRows = Math.Min(options.Ingest.MaxBatchRows, FormatOptions.Default.BlockRows),
            BlockBytes = BlockBytes,
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
