using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.ClickHouse;
using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;
using Pipeline.Ledger;
using Pipeline.Loading;
using Pipeline.Quarantine;
using Pipeline.Telemetry;

namespace Pipeline.Ingestion;

/// <summary>What became of reading a file.</summary>
abstract record ReadOutcome
{
    /// <summary>All its batches are in the channel; the lease tells how they fare.</summary>
    public sealed record Sent(FileLoad Load) : ReadOutcome;

    /// <summary>It needs no answer from the destination.</summary>
    public sealed record Ended(SettledFile File) : ReadOutcome;
}

/// <summary>
/// Reads one file: bytes → records → typed batches.
/// 1. The content is hashed on another core while this one reads: the file id must be known before the first row is sent.
/// 2. The first block of records gives the types; where it cannot (no values, dates that may be day/month or month/day) the whole file is
///    profiled first.
/// 3. The plan: an existing table is the authority, then the contract, then the values.
/// 4. Every block is typed, every value checked. A value that does not fit an inferred type ends the attempt: nothing was published; the
///    whole file is profiled and read once more with types that fit all of it.
/// 5. A file of one batch for a table without partitions is inserted directly; any other goes into a staging table.
/// 6. At the end the file must be the one that was opened, and the rejected rows within the limit.
/// </summary>
sealed partial class FileReading(
    ILedger ledger,
    StagedLoad staged,
    TableCatalog catalog,
    Destination destination,
    OpenFiles open,
    ChannelWriter<LoadBatch> batches,
    IngestionLimits ingestion,
    FormatLimits limits,
    CompressionLimits compressionLimits,
    string database,
    string instance,
    string temporaryFolder,
    bool alwaysAskDestination,
    Faults faults,
    ILogger<FileReading> logger)
{
    /// <summary>Fields of a block at most: 16 MiB of positions, however many columns.</summary>
    const int MaxBlockFields = 2 << 20;

    /// <summary>Bytes of text in a block: it stays in the second-level cache between cutting and typing.</summary>
    const int BlockBytes = 1 << 20;

    public FormatLimits Limits { get; } = limits;

    public CompressionLimits CompressionLimits { get; } = compressionLimits;

    public async Task<ReadOutcome> ReadAsync(FileJob job, FileContent content, CancellationToken hardStop)
    {
        job.Compression = content.Compression == CompressionKind.None ? null : ContentCompression.Name(content.Compression);
        using var stopHashing = CancellationTokenSource.CreateLinkedTokenSource(hardStop);

        // Step 1
        var hashing = Task.Run(() => content.HashAsync(stopHashing.Token), stopHashing.Token);
        try
        {
            var outcome = await ReadHashedAsync(job, content, hashing, hardStop);
            return outcome;
        }
        finally
        {
            await stopHashing.CancelAsync();
            await hashing.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    async Task<ReadOutcome> ReadHashedAsync(FileJob job, FileContent content, Task<ContentHash> hashing, CancellationToken hardStop)
    {
        if (content is { HeadIsWhole: true, Head.Length: 0 })
        {
            job.ContentHash = await hashing;
            return new ReadOutcome.Ended(new SettledFile.Empty(job));
        }

        LoadAttempt? attempt = null;
        try
        {
            var format = FormatDetector.Detect(new FormatProbe(content.InnerName, content.Head, content.HeadIsWhole)).Format;
            job.Format = format.Name;
            TableProfile? whole = null;
            while (true)
            {
                attempt = new LoadAttempt(this, job, content, format, hashing, whole);
                var outcome = await attempt.RunAsync(hardStop);
                if (outcome is not null)
                {
                    return outcome;
                }

                // Step 4: nothing of the attempt is left; the next one knows every value.
                Debug.Assert(whole is null, "A profile of the whole file leaves no value that does not fit.");
                whole = await ProfileAsync(job, content, format, hardStop);
            }
        }
        catch (Exception e) when (FileContent.AsBadFile(e, content.Path) is not null || e is BadFileException or ClickHouseException { IsTransient: false })
        {
            if (attempt is not null)
            {
                await attempt.AbandonAsync();
            }

            // Step 6: a file that moved under the reader may look like anything; what it is shows when it stands still.
            return new ReadOutcome.Ended(content.HasChanged
                ? new SettledFile.Again(job, "it changed while it was read", s_changedPause, attempt?.Load)
                : e is ClickHouseException refused
                    ? new SettledFile.Refused(job, FileProblems.DestinationRefused(refused.Error, TargetOf(job)), attempt?.Load)
                    : Refused(job, e as BadFileException ?? FileContent.AsBadFile(e, content.Path)!, attempt?.Load));
        }
    }

    async Task<TableProfile> ProfileAsync(FileJob job, FileContent content, IFormat format, CancellationToken hardStop)
    {
        await using var stream = content.OpenRead();
        await using var reader = await format.OpenAsync(stream, OptionsFor(job), hardStop);
        var profile = new TableProfile(reader.ColumnNames.Count);
        using var block = NewBlock(reader, content);
        while (await reader.ReadAsync(block, hardStop))
        {
            profile.Observe(block);
        }

        return profile;
    }
}
