using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.Ledger;
using Pipeline.Loading;
using Pipeline.Telemetry;

namespace Pipeline.Ingestion;

/// <summary>
/// Ends files, in the order that makes a crash harmless (DESIGN §6):
/// 1. verify: the rows in staging are the rows that were sent;
/// 2. rejected rows are put into the quarantine folder;
/// 3. the ledger says <c>publishing</c>; the partitions are attached to the target;
/// 4. the registry at the destination gets the receipt;
/// 5. the ledger says <c>loaded</c>, flushed to disk;
/// 6. only then the file is moved to the archive, a step of its own that never loads a file again;
/// 7. its staging table is dropped.
/// Files that are ready at the same time share steps 4 and 5. One task runs this.
/// </summary>
sealed partial class FileSettler(
    ILedger ledger,
    StagedLoad staged,
    TableCatalog catalog,
    FileRegistry registry,
    Destination destination,
    FileMover mover,
    string quarantineFolder,
    PipelineMetrics metrics,
    Faults faults,
    TimeProvider time,
    OpenFiles open,
    ILogger<FileSettler> logger)
{
    /// <summary>Files that share a registry insert and a ledger commit: enough to spread two flushes to disk thin.</summary>
    const int MaxGroup = 512;

    public async Task RunAsync(ChannelReader<SettledFile> settled, CancellationToken hardStop)
    {
        var loads = new List<FileLoad>();
        while (await settled.WaitToReadAsync(hardStop))
        {
            loads.Clear();
            while (loads.Count < MaxGroup && settled.TryRead(out var file))
            {
                using var scope = logger.BeginFileScope(file.Job.Entry.Key, (file as SettledFile.Load)?.FileLoad.FileId.Hex);
                switch (file)
                {
                    case SettledFile.Load load when await PublishAsync(load.FileLoad, hardStop):
                        loads.Add(load.FileLoad);
                        break;
                    case SettledFile.Load:
                        break;
                    case SettledFile.Duplicate duplicate:
                        await EndDuplicateAsync(duplicate);
                        break;
                    case SettledFile.Empty empty:
                        await EndEmptyAsync(empty);
                        break;
                    case SettledFile.Unpacked unpacked:
                        await EndUnpackedAsync(unpacked);
                        break;
                    case SettledFile.Refused refused:
                        await TakeBackAsync(refused.FileLoad, hardStop);
                        await QuarantineAsync(refused.Job, refused.Problem);
                        break;
                    case SettledFile.Again again:
                        await TakeBackAsync(again.FileLoad, hardStop);
                        await ledger.ReleaseAsync(again.Job.Entry.Key);
                        Log.Again(logger, again.Job.Request.RelativePath, again.Reason, again.After.TotalSeconds);
                        open.End(again.Job, null, again.After);
                        break;
                }
            }

            if (loads.Count > 0)
            {
                await CompleteAsync(loads, hardStop);
            }
        }
    }

    // Steps 4 to 7.
    async Task CompleteAsync(List<FileLoad> loads, CancellationToken hardStop)
    {
        var receipts = loads.ConvertAll(l => (Load: l, Receipt: ReceiptOf(l)));

        // Step 4
        await destination.RunAsync(
            token => registry.WriteAsync([.. receipts.Select(r => (r.Load.Job.Request.Path, r.Receipt, false))], token), hardStop);
        faults.Pass(FaultPoint.AfterPublishBeforeLedger);

        // Step 5
        await ledger.CompleteAsync([.. receipts.Select(r => (r.Load.Job.Entry.Key, r.Receipt))]);
        faults.Pass(FaultPoint.AfterLedgerBeforeArchive);

        // Step 6
        var started = time.GetTimestamp();
        var putAway = await mover.ArchiveAsync(loads.ConvertAll(l => l.Job.Entry));
        metrics.StageTook(FileStage.Archive, time.GetElapsedTime(started));

        // Step 7. A crash before it leaves a table that nobody owns, which the next start drops.
        await Task.WhenAll(loads.Where(l => l.Staging is not null).Select(l => destination.RunAsync(token => staged.DropAsync(l.Staging!, token), hardStop)));
        foreach (var ((load, receipt), isPutAway) in receipts.Zip(putAway))
        {
            using var scope = logger.BeginFileScope(load.Job.Entry.Key, receipt.FileId);
            var result = new FileResult
            {
                File = load.Job.Request.Path,
                Outcome = "loaded",
                Dataset = load.Job.Dataset,
                Table = $"{receipt.Database}.{receipt.Table}",
                FileId = receipt.FileId,
                RowsRead = receipt.RowsRead,
                RowsLoaded = receipt.RowsLoaded,
                RowsRejected = receipt.RowsRejected,
                RowsSkipped = receipt.RowsSkipped,
                Bytes = receipt.Bytes,
                Seconds = receipt.Seconds,
            };
            Log.Loaded(logger, load.Job.Request.RelativePath, receipt.RowsLoaded, result.Table, receipt.Seconds, receipt.RowsRejected, receipt.FileId);
            if (load.Staging is not null)
            {
                // The batches of a large load are large arrays: left to themselves they wait for the next one, and a daemon that loads one
                // large file after another holds several loads' worth of them. The next load takes their pages, some 20 MB, which the runtime keeps;
                // given back to the system (GCCollectionMode.Aggressive) each would be asked for anew.
                load.DropBatches();
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            }

            foreach (var (code, count) in load.RejectCodes)
            {
                metrics.Rejected(load.Job.Dataset, code, count);
            }

            Finish(load.Job, result, isPutAway);
        }
    }

    Receipt ReceiptOf(FileLoad load) => load.Receipt ??= new Receipt
    {
        FileId = load.FileId.Hex,
        ContentHash = load.Job.ContentHash!.Value.Hex,
        Dataset = load.Job.Dataset,
        Database = load.Schema.Target.Database,
        Table = load.Schema.Target.Name,
        Format = load.Job.Format,
        Compression = load.Job.Compression,
        Bytes = load.Job.Entry.Bytes,
        RowsRead = load.RowsRead,
        RowsLoaded = load.RowsRead - load.RowsRejected - load.RowsSkipped,
        RowsRejected = load.RowsRejected,
        RowsSkipped = load.RowsSkipped,
        Seconds = time.GetElapsedTime(load.Job.StartedAt).TotalSeconds,
        LoadedAt = time.GetUtcNow(),
        Repairs = load.Job.Repairs,
        Guarantee = load.Schema.HasProvenance ? "provenance" : "tokens",
        Columns = load.ColumnReceipts,
        Warnings = load.Warnings,
    };

    async Task EndDuplicateAsync(SettledFile.Duplicate duplicate)
    {
        var job = duplicate.Job;
        await ledger.DuplicateAsync(job.Entry.Key, job.ContentHash!.Value, duplicate.By.Key);
        faults.Pass(FaultPoint.AfterLedgerBeforeArchive);
        var isPutAway = await mover.ArchiveAsync(job.Entry);
        var note = $"same content as {duplicate.By.Path}, loaded {duplicate.By.UpdatedAt:yyyy-MM-dd HH:mm:ss} UTC";
        Log.Duplicate(logger, job.Request.RelativePath, note);
        Finish(job, Result(job, "duplicate") with
        {
            FileId = duplicate.By.FileId?.Hex,
            Table = duplicate.By.Receipt is { } r ? $"{r.Database}.{r.Table}" : null,
            Note = note,
        }, isPutAway);
    }

    async Task EndEmptyAsync(SettledFile.Empty empty)
    {
        await ledger.EmptyAsync(empty.Job.Entry.Key, empty.Job.ContentHash!.Value);
        faults.Pass(FaultPoint.AfterLedgerBeforeArchive);
        var isPutAway = await mover.ArchiveAsync(empty.Job.Entry);
        Log.Empty(logger, empty.Job.Request.RelativePath);
        Finish(empty.Job, Result(empty.Job, "empty"), isPutAway);
    }

    async Task QuarantineAsync(FileJob job, FileProblem problem)
    {
        var isPutAway = await PutIntoQuarantineAsync(job, problem);
        metrics.Rejected(job.Dataset, problem.Code, 1);
        Finish(job, Result(job, "quarantined") with { Error = FileResultError.From(problem) }, isPutAway);
    }

    async Task<bool> PutIntoQuarantineAsync(FileJob job, FileProblem problem)
    {
        await ledger.QuarantineAsync(job.Entry.Key, problem, job.ContentHash);
        faults.Pass(FaultPoint.AfterQuarantineBeforeMove);

        // A member lies in its container, which goes as a whole.
        var isPutAway = job.Request.Member is not null || await mover.QuarantineAsync(job.Entry, problem);
        Log.Quarantined(logger, job.Request.RelativePath, problem.Code, problem.Message, problem.WhatToDo);
        return isPutAway;
    }

    FileResult Result(FileJob job, string outcome) => new()
    {
        File = job.Request.Path,
        Outcome = outcome,
        Dataset = job.Dataset,
        Bytes = job.Entry.Bytes,
        Seconds = time.GetElapsedTime(job.StartedAt).TotalSeconds,
    };

    void Finish(FileJob job, FileResult result, bool isPutAway)
    {
        metrics.FileSettled(
            job.Dataset, job.Format, result.Outcome, result.RowsLoaded, result.RowsRejected, result.RowsSkipped, result.Bytes,
            result.Seconds, (time.GetUtcNow() - job.Request.DetectedAt).TotalSeconds);

        // A file that could not be moved is met again, and only moved then.
        open.End(job, result, isPutAway || job.Request.Completion is not null ? null : FileMover.RetryPause);
    }

    static partial class Log
    {
        [LoggerMessage(EventIds.FileLoaded, LogLevel.Information,
            "Loaded {File}: {Rows} rows into {Table} in {Seconds:0.00} s, {Rejected} rejected. File id {FileId}.")]
        public static partial void Loaded(ILogger logger, string file, long rows, string table, double seconds, long rejected, string fileId);

        [LoggerMessage(EventIds.FileDuplicate, LogLevel.Information, "Duplicate {File}: {Note}. Nothing was loaded.")]
        public static partial void Duplicate(ILogger logger, string file, string note);

        [LoggerMessage(EventIds.FileEmpty, LogLevel.Information, "Empty {File}: it holds no rows.")]
        public static partial void Empty(ILogger logger, string file);

        [LoggerMessage(EventIds.FileQuarantined, LogLevel.Warning, "Quarantined {File}: {Code}: {Message} {WhatToDo}")]
        public static partial void Quarantined(ILogger logger, string file, string code, string message, string whatToDo);

        [LoggerMessage(EventIds.FileAgain, LogLevel.Information, "{File} is read again in {Seconds:0.#} s: {Reason}.")]
        public static partial void Again(ILogger logger, string file, string reason, double seconds);

        [LoggerMessage(EventIds.LoadMismatch, LogLevel.Error, "{File} was not published: {Message} The load is taken back and tried again.")]
        public static partial void Mismatch(ILogger logger, string file, string message);
    }
}
