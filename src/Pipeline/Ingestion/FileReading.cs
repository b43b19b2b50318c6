using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Pipeline.ClickHouse;
using Pipeline.Columnar;
using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Delimited;
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
/// 1. The content is hashed on another core while this one reads, or by the same pass: the file id must be known before the first row is sent.
/// 2. The first block of records gives the types, or the file itself where it is columnar; where neither can (no values, dates that may be day/month or month/day) the whole file is
///    profiled first.
/// 3. The plan: an existing table is the authority, then the contract, then the values.
/// 4. Every block is typed, every value checked. A value that does not fit an inferred type ends the attempt: nothing was published; the
///    whole file is profiled and read once more with types that fit all of it.
/// 5. A file of one batch for a table with provenance and without partitions is inserted directly; any other goes into a staging table.
/// 6. At the end the file must be the one that was opened, and the rejected rows within the limit.
/// </summary>
sealed partial class FileReading(
    ILedger ledger,
    StagedLoad staged,
    TableCatalog catalog,
    Destination destination,
    OpenFiles open,
    ReadingOptions options,
    Faults faults,
    TimeProvider time,
    ILogger<FileReading> logger)
{
    static readonly TimeSpan s_changedPause = TimeSpan.FromMilliseconds(500);

    /// <summary>An engine that died is back after a third of a second; this is also the time in which other files go on.</summary>
    static readonly TimeSpan s_interruptedPause = TimeSpan.FromSeconds(1);

    // The layout of the small files of each dataset, as the last one that had to be detected showed it.
    readonly DatasetMemory<KnownLayout> _layouts = new();

    public PlanMemory Plans { get; } = new();

    public SpareBatches SpareBatches { get; } = new();

    public ReadingOptions Options { get; } = options;

    public IngestionLimits Ingestion => Options.Ingestion;

    public TimeProvider Time { get; } = time;

    public StagedLoad Staged { get; } = staged;

    public TableCatalog Catalog { get; } = catalog;

    public Destination Destination { get; } = destination;

    public Faults Faults { get; } = faults;

    public async Task<ReadOutcome> ReadAsync(FileJob job, FileContent content, BatchQueue batches, CancellationToken hardStop)
    {
        job.Compression = content.Compression == CompressionKind.None ? null : ContentCompression.Name(content.Compression);

        // Step 1
        var isAlong = Ingestion.Spools && content.Compression != CompressionKind.None;
        await using var hashing = new ContentHashing(content, isAlong, hardStop);
        return await ReadHashedAsync(job, content, hashing, batches, hardStop);
    }

    async Task<ReadOutcome> ReadHashedAsync(
        FileJob job, FileContent content, ContentHashing hashing, BatchQueue batches, CancellationToken hardStop)
    {
        LoadAttempt? attempt = null;
        try
        {
            if (content is { HeadIsWhole: true, Head.Length: 0 })
            {
                job.ContentHash = await hashing.GetAsync();
                return new ReadOutcome.Ended(content.HasChanged ? Changed(job, null) : new SettledFile.Empty(job));
            }

            var detected = FormatDetector.Detect(content, _layouts.Of(job.Dataset));
            job.Format = detected.Format.Name;
            TableProfile? whole = null;
            while (true)
            {
                attempt = new LoadAttempt(this, job, content, detected, hashing, batches, whole);
                try
                {
                    if (await attempt.RunAsync(hardStop) is { } outcome)
                    {
                        return outcome;
                    }

                    // Step 4: nothing of that attempt is left; the next one knows every value.
                    whole = whole is null
                        ? await RowSource.ProfileAsync(content, (IFormat)detected.Format, OptionsFor(job, detected), hardStop)
                        : throw new InvalidOperationException("A value does not fit the types inferred from the whole file: inference and typing disagree.");
                }
                catch (ColumnsGrewException e)
                {
                    // Formats without a header show their columns as they go: read once more with all of them.
                    await attempt.AbandonAsync();
                    await DropStagingAsync(attempt.Load, hardStop);
                    job.Learned = e.Learned;
                    whole = null;
                }
            }
        }
        catch (Exception e) when (e is ReadInterruptedException or ClickHouseException { IsTransient: false } || FileContent.AsBadFile(e, content.Path) is not null)
        {
            if (attempt is not null)
            {
                await attempt.AbandonAsync();
            }

            return new ReadOutcome.Ended(EndOf(job, content, e, attempt?.Load));
        }
    }

    SettledFile EndOf(FileJob job, FileContent content, Exception e, FileLoad? load)
    {
        // Step 6: a file that moves under the reader may look like anything; what it is shows when it stands still.
        if (content.HasChanged)
        {
            return Changed(job, load);
        }

        if (e is ReadInterruptedException)
        {
            return new SettledFile.Again(job, e.Message, s_interruptedPause, load);
        }

        if (e is ClickHouseException refused)
        {
            return RefusedBy(refused.Error, job, load);
        }

        var bad = FileContent.AsBadFile(e, content.Path)!;
        SayFault(job, bad);
        return new SettledFile.Refused(job, FileProblems.BadFile(bad, "read"), load);
    }

    /// <summary>A fault of this program stands in the log with all that is needed to find it.</summary>
    public void SayFault(FileJob job, BadFileException bad)
    {
        if (bad.Code == RejectCode.InternalError)
        {
            Log.InternalFault(logger, bad.InnerException, job.Request.RelativePath);
        }
    }

    /// <summary>A table that changed under the load is looked at again; what is refused for other reasons, or again, is refused for good.</summary>
    public SettledFile RefusedBy(ClickHouseError error, FileJob job, FileLoad? load)
    {
        var target = TargetOf(job);
        Catalog.Forget(target);
        return error.Class == ErrorClass.Schema && job.Entry.Attempts + 1 < FileWorker.MaxAttempts
            ? new SettledFile.Again(job, $"the table is not what it was: {error.Name}", s_changedPause, load)
            : new SettledFile.Refused(job, FileProblems.DestinationRefused(error, target), load);
    }

    /// <summary>The rows of the file, by whichever way its format is read.</summary>
    public async Task<FileRows> OpenRowsAsync(
        FileJob job, FileContent content, DetectedFormat detected, TableProfile? whole, CancellationToken hardStop)
    {
        var rows = await Options.Rows.OpenAsync(content, detected.Format, OptionsFor(job, detected), whole, hardStop);
        if (rows is TextRows text && detected.Findings is { IsKnown: false } && text.LayoutAfter(_layouts.Of(job.Dataset)) is { } layout)
        {
            _layouts.Learn(job.Dataset, layout);
        }

        return rows;
    }

    FormatOptions OptionsFor(FileJob job, DetectedFormat detected) =>
        Options.Rows.OptionsFor(job.Options, job.Request.Member?.Sheet, job.Learned, detected.Findings);

    public TableName TargetOf(FileJob job) => TargetOf(job.Dataset, job.Options);

    public TableName TargetOf(string dataset, DatasetOptions contract) => TableName.Parse(contract.Table ?? dataset, Options.Database);

    public TableName StagingFor(FileJob job) => StagedLoad.NameOf(Options.Instance, job.Entry.Key, ++job.StagingTables + (job.Entry.Attempts * 100));

    /// <summary>One insert of one block is all or nothing, and one part, only where no partition key splits it and the table keeps tokens.</summary>
    public static bool MakesOnePart(FileLoad load) =>
        load.Target is null ? load.Schema.Dataset.PartitionBy is null : load.Target is { IsPartitioned: false, IsMergeTree: true };

    public RejectSink NewRejects(FileJob job, IReadOnlyList<string> columns) =>
        new(() => RejectsWriter.Create(Options.TemporaryFolder, columns), keep: job.Options.OnBadRow != OnBadRow.Discard);

    /// <summary>Puts the load into the ledger. When the same content is being loaded by another file, that one is waited for first.</summary>
    public async Task<LoadDecision> BeginLoadAsync(FileJob job, FileLoad load, CancellationToken hardStop)
    {
        var plan = new LoadPlan(load.Schema.Target.Database, load.Schema.Target.Name, load.Staging?.Name, load.Schema.Version);
        if (job.Started is { } started)
        {
            await ledger.ReplanAsync(job.Entry.Key, plan);
            return started;
        }

        var force = job.Request.Force;
        while (true)
        {
            var decision = await ledger.BeginLoadAsync(job.Entry.Key, job.ContentHash!.Value, plan, force);
            if (decision is LoadDecision.AlreadyLoaded && !force && load.Target is null && await IsTableGoneAsync(load.Schema.Target, hardStop))
            {
                // Content whose table was dropped is loaded again: it is a duplicate of nothing.
                force = true;
                continue;
            }

            if (decision is not LoadDecision.InFlight inFlight)
            {
                job.Started = decision as LoadDecision.Started;
                return decision;
            }

            await (open.With(inFlight.By.Key)?.Done.WaitAsync(hardStop) ?? Task.CompletedTask);
        }
    }

    /// <summary>Asks the destination, whatever was known of the table: somebody may have dropped it, or another file made it.</summary>
    public async Task<bool> IsTableGoneAsync(TableName table, CancellationToken hardStop) =>
        !await Destination.RunAsync(token => Catalog.ExistsAsync(table, token), hardStop);

    /// <summary>Rows of the file that an earlier attempt left in the target: asked only where there was, or may have been, one.</summary>
    public async Task<long> CountRowsThereAsync(FileJob job, FileLoad load, CancellationToken hardStop) =>
        (job.Entry.Attempts > 0 || Options.IsUnregistered(load.FileId)) && load.Target?.HasProvenance == true
            ? await Destination.RunAsync(token => Staged.CountInTargetAsync(load.Schema.Target, load.FileId, null, token), hardStop)
            : 0;

    public async Task DropStagingAsync(FileLoad? load, CancellationToken hardStop)
    {
        if (load?.Staging is { } staging)
        {
            await Destination.RunAsync(token => Staged.DropAsync(staging, token), hardStop);
        }
    }

    // Null: its rows are inserted. An attempt after one that failed does without parts: whatever the engine does not like about them, it has inserts.
    PartForm? PartsFor(FileJob job, FileLoad load) =>
        Options.Spool is not null && job.Entry.Attempts == 0 && MakesOnePart(load) ? PartForm.Of(load.Schema) : null;

    public void SayWidened(FileJob job, TypeMismatch mismatch) => Log.Widened(logger, job.Request.RelativePath, mismatch.Column, mismatch.Line);

    /// <summary>Id and settings of an insert that is not sent by <see cref="BatchInserter"/>.</summary>
    public QueryOptions NewInsert() => new() { QueryId = StagedLoad.NewQueryId(Options.Instance), Settings = Options.InsertSettings };

    public void SayReadHere(FileJob job, ClickHouseError error) => Log.WholeInsertFailed(logger, job.Request.RelativePath, error.ToString());

    /// <summary>Where the batches of a load wait until they are sent.</summary>
    public HeldBatches NewHeld(FileJob job, FileLoad load, long fileBytes) => new(
        load, fileBytes, Options.Spool, PartsFor(job, load), Ingestion, e => Log.SpoolFailed(logger, job.Request.RelativePath, Options.TemporaryFolder, e.Message));

    public static SettledFile Changed(FileJob job, FileLoad? load) =>
        new SettledFile.Again(job, "it changed while it was read", s_changedPause, load);

    static partial class Log
    {
        [LoggerMessage(EventIds.InternalFault, LogLevel.Error, "{File} could not be read because of a fault in this program. Please report what follows.")]
        public static partial void InternalFault(ILogger logger, Exception? fault, string file);

        [LoggerMessage(EventIds.TypesWidened, LogLevel.Information,
            "{File}: column {Column} does not fit its type on line {Line}. The whole file is looked at and read again; nothing of it was published.")]
        public static partial void Widened(ILogger logger, string file, string column, long line);

        [LoggerMessage(EventIds.SpoolFailed, LogLevel.Warning,
            "{File}: {Folder} takes no more blocks for the engine ({Reason}). The rows are sent to it instead, which is slower. Make room there.")]
        public static partial void SpoolFailed(ILogger logger, string file, string folder, string reason);

        [LoggerMessage(EventIds.WholeInsertFailed, LogLevel.Information,
            "{File}: the engine did not insert its rows by itself ({Reason}). They are read batch by batch; nothing of it was published.")]
        public static partial void WholeInsertFailed(ILogger logger, string file, string reason);
    }
}

/// <summary>What reading files is bound to; the same for all of them.</summary>
sealed record ReadingOptions
{
    public required IngestionLimits Ingestion { get; init; }

    public required RowSource Rows { get; init; }

    /// <summary>Where an engine of this machine finds blocks; null: they are sent.</summary>
    public required BlockSpool? Spool { get; init; }

    /// <summary>Database of targets that name none.</summary>
    public required string Database { get; init; }

    /// <summary>ClickHouse settings sent with every insert.</summary>
    public IReadOnlyDictionary<string, string> InsertSettings { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Part of the names of staging tables, so that several daemons can share a server.</summary>
    public required string Instance { get; init; }

    public required string TemporaryFolder { get; init; }

    public required string QuarantineFolder { get; init; }

    /// <summary>Whether the destination held rows of this id when a ledger was lost, and nobody knew of them.</summary>
    public required Func<FileId, bool> IsUnregistered { get; init; }
}
