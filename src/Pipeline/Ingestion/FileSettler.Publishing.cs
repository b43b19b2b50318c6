using Pipeline.ClickHouse;
using Pipeline.Ledger;
using Pipeline.Loading;
using Pipeline.Quarantine;
using Pipeline.Telemetry;

namespace Pipeline.Ingestion;

/// <summary>Steps 1 to 3: the rows of a load are counted, its rejects kept, its partitions attached; or all of it is taken back.</summary>
sealed partial class FileSettler
{
    /// <summary>A materialized view that was attached to the target since then would not see the rows.</summary>
    static readonly TimeSpan s_mostTargetAge = TimeSpan.FromSeconds(1);

    /// <summary>Counts that were wrong without an error are a rarity to be looked at, not hurried past.</summary>
    static readonly TimeSpan s_mismatchPause = TimeSpan.FromSeconds(5);

    // Steps 1 to 3. False: the file was ended or offered again here.
    async Task<bool> PublishAsync(FileLoad load, CancellationToken hardStop)
    {
        var key = load.Job.Entry.Key;
        var isPublishing = false;
        var started = time.GetTimestamp();
        try
        {
            IReadOnlyList<PartitionCount> partitions = [];
            TargetTable? target = null;
            if (load.Staging is { } staging && !load.IsAlreadyThere)
            {
                // Step 1
                faults.Pass(FaultPoint.AfterInsertBeforeVerify);
                var counted = destination.RunAsync(token => staged.CountAsync(staging, token), hardStop);
                var applied = TargetOfAsync(load, hardStop);
                await Task.WhenAll(counted, applied);
                (partitions, target) = (await counted, await applied);
                var count = partitions.Sum(p => p.Rows);
                if (count != load.RowsSent)
                {
                    throw new LoadMismatchException(
                        $"The staging table {staging.Display} holds {count} rows, {load.RowsSent} were sent.");
                }
            }

            // Step 2
            faults.Pass(FaultPoint.AfterVerifyBeforeRejects);
            var receipt = ReceiptOf(load);
            if (load.Rejects is { } rejects)
            {
                await rejects.CommitAsync(
                    quarantineFolder,
                    Path.GetFileName(load.Job.Request.Path),
                    // The day it was seen: a repetition after midnight replaces what the first attempt left.
                    DateOnly.FromDateTime(load.Job.Entry.SeenAt.UtcDateTime),
                    new RejectsLink
                    {
                        FileId = receipt.FileId,
                        Dataset = receipt.Dataset,
                        Database = receipt.Database,
                        Table = receipt.Table,
                        CreatedAt = receipt.LoadedAt,
                    },
                    hardStop);
                await rejects.DisposeAsync();
                load.Rejects = null;
            }

            // Step 3
            faults.Pass(FaultPoint.AfterRejectsBeforePublishing);
            if (target is not null)
            {
                if (!load.Schema.Fits(target))
                {
                    await TakeBackAsync(load, hardStop);
                    await ledger.ReleaseAsync(key);
                    Log.Again(logger, load.Job.Request.RelativePath, "another file gave the table other columns meanwhile", 0);
                    open.End(load.Job, null, TimeSpan.Zero);
                    return false;
                }

                await ledger.BeginPublishAsync(key, partitions, receipt);
                isPublishing = true;
                faults.Pass(FaultPoint.AfterPublishingBeforeAttach);
                await PublishStagedAsync(load, load.Staging!, target, partitions, hardStop);
            }

            faults.Pass(FaultPoint.AfterPublishBeforeRegistry);
            metrics.StageTook(FileStage.Publish, time.GetElapsedTime(started));
            return true;
        }
        catch (ClickHouseException e) when (!e.IsTransient)
        {
            catalog.Forget(load.Schema.Target);
            await TakeBackAsync(load, hardStop, isPublishing);
            if (e.Error.Class == ErrorClass.Schema && load.Job.Entry.Attempts + 1 < FileWorker.MaxAttempts)
            {
                await ledger.ReleaseAsync(key);
                Log.Again(logger, load.Job.Request.RelativePath, $"the table is not what it was: {e.Error.Name}", 0);
                open.End(load.Job, null, TimeSpan.Zero);
                return false;
            }

            if (isPublishing)
            {
                await ledger.ReleaseAsync(key);
            }

            await QuarantineAsync(load.Job, FileProblems.DestinationRefused(e.Error, load.Schema.Target));
            return false;
        }
        catch (LoadMismatchException e)
        {
            Log.Mismatch(logger, load.Job.Request.RelativePath, e.Message);
            await TakeBackAsync(load, hardStop, isPublishing);
            await ledger.ReleaseAsync(key);
            open.End(load.Job, null, s_mismatchPause);
            return false;
        }
    }

    // The table was asked about while the last inserts were on their way; not again, unless they took long.
    async Task<TargetTable> TargetOfAsync(FileLoad load, CancellationToken hardStop)
    {
        if (load.Applying is { } applying)
        {
            var applied = await applying;
            if (time.GetElapsedTime(applied.At) < s_mostTargetAge)
            {
                return applied.Target;
            }
        }

        return await destination.RunAsync(token => catalog.ApplyAsync(load.Schema, fresh: true, token), hardStop);
    }

    async Task PublishStagedAsync(
        FileLoad load, TableName staging, TargetTable target, IReadOnlyList<PartitionCount> partitions, CancellationToken hardStop)
    {
        var resume = false;
        var whole = await destination.RunAsync(
            token =>
            {
                var again = resume;
                resume = true;
                return staged.PublishAsync(
                    staging, target, load.FileId, partitions, again, () => faults.Pass(FaultPoint.AfterFirstAttach), token);
            },
            hardStop);
        if (!whole)
        {
            throw new LoadMismatchException($"The rows of {load.FileId} are neither whole in {staging.Display} nor in {target.Name.Display}.");
        }
    }

    // Removes what an abandoned load left at the destination. Its rejected rows are not kept: the next attempt finds them again.
    async Task TakeBackAsync(FileLoad? load, CancellationToken hardStop, bool isPublishing = false)
    {
        if (load is null)
        {
            return;
        }

        if (isPublishing)
        {
            // Some partitions may have been moved.
            await destination.RunAsync(token => staged.RemoveIfThereAsync(load.Schema.Target, load.FileId, token), hardStop);
        }

        if (load.Rejects is { } rejects)
        {
            await rejects.DisposeAsync();
            load.Rejects = null;
        }

        if (load.Staging is { } staging)
        {
            await destination.RunAsync(token => staged.DropAsync(staging, token), hardStop);
        }
    }
}

/// <summary>Counts at the destination contradict what was sent: the load is taken back and tried again, never believed.</summary>
sealed class LoadMismatchException(string message) : Exception(message);
