using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Pipeline.ClickHouse;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;
using Pipeline.Loading;
using Pipeline.Telemetry;

namespace Pipeline.Ingestion;

/// <summary>
/// Takes batches from the queue and inserts them, until the destination has answered each one. Batches of several one-block files for the
/// same table and columns go into one insert: the destination makes one part of them, each row keeps its own file id.
/// A fault of the world is retried for as long as it lasts; only a stop ends it, and then the batch counts as not delivered.
/// </summary>
sealed partial class BatchInserter(
    ClickHouseClient client,
    StagedLoad staged,
    Destination destination,
    PipelineMetrics metrics,
    Faults faults,
    IngestionLimits limits,
    IReadOnlyDictionary<string, string> settings,
    string instance,
    TimeProvider time,
    ILogger<BatchInserter> logger)
{
    /// <summary>
    /// An insert waits this long for further small files that are being read: each insert is a part, which costs the destination as much as some
    /// hundred files do. A file that comes alone does not wait.
    /// </summary>
    static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500);

    // Empty, for groups of small files: large arrays, which the next group needs again. As many as there are inserters.
    readonly ConcurrentBag<ColumnBatch> _together = [];

    // One inserter collects while the others insert.
    readonly Budget _collecting = new(1);

    // Of the one that collects: a batch that was read and does not belong to the group before it. Whoever collects next begins with it.
    LoadBatch? _leftOver;

    public async Task RunAsync(BatchQueue batches, CancellationToken hardStop)
    {
        while (true)
        {
            List<LoadBatch> group = [];
            await _collecting.TakeAsync(1, hardStop);
            try
            {
                if (_leftOver is null && !(await batches.WaitToReadAsync(hardStop) && batches.TryRead(out _leftOver)))
                {
                    return;
                }

                group.Add(_leftOver);
                _leftOver = await TakeCompanionsAsync(group, batches, hardStop);
            }
            finally
            {
                _collecting.Return(1);
            }

            await InsertGroupAsync(group, hardStop);
        }
    }

    // The answer is a batch that was read but does not belong to the group: the start of the next one.
    async ValueTask<LoadBatch?> TakeCompanionsAsync(List<LoadBatch> group, BatchQueue batches, CancellationToken hardStop)
    {
        var first = group[0];
        if (first.Load.Staging is not null)
        {
            return null;
        }

        long rows = first.Rows.Count, bytes = first.Rows.Bytes;
        using var collected = CancellationTokenSource.CreateLinkedTokenSource(hardStop);
        var patience = Task.Delay(s_patience, time, collected.Token);
        try
        {
            while (group.Count < limits.MaxFilesPerInsert && await batches.WaitForExpectedAsync(patience, hardStop))
            {
                batches.TryRead(out var next);
                rows += next!.Rows.Count;
                bytes += next.Rows.Bytes;
                if (!GoesWith(first, next) || rows > limits.MaxBatchRows || bytes > limits.MaxBatchBytes)
                {
                    return next;
                }

                group.Add(next);
            }

            return null;
        }
        finally
        {
            await collected.CancelAsync();
        }
    }

    static bool GoesWith(LoadBatch first, LoadBatch next) =>
        next.Load.Staging is null && next.Load.InsertInto == first.Load.InsertInto && next.Load.Schema.Version == first.Load.Schema.Version
        && (ReferenceEquals(next.Load.Schema.Columns, first.Load.Schema.Columns)
            || next.Load.Schema.Columns.Select(c => c.Name).SequenceEqual(first.Load.Schema.Columns.Select(c => c.Name)));

    async Task InsertGroupAsync(List<LoadBatch> group, CancellationToken hardStop)
    {
        try
        {
            var live = group.Where(b => !b.Load.Lease.IsLost).ToList();
            if (live.Count == 0)
            {
                return;
            }

            var (result, isInDoubt) = await SendAsync(live, "", hardStop);
            if (result is InsertResult.Refused refused && live[0].Rows is SpooledPart)
            {
                // No fault of the rows: the next attempt inserts them.
                Log.PartRefused(logger, live[0].Load.Job.Request.RelativePath, refused.Error.ToString());
                return;
            }

            foreach (var batch in live)
            {
                batch.Share.Answer(result switch
                {
                    InsertResult.Accepted when isInDoubt => await MakeSureAsync(batch, hardStop),

                    // One file's fault must not be its companions': each is asked about alone.
                    InsertResult.Refused when live.Count > 1 => await SendAloneAsync(batch, hardStop),
                    _ => result,
                });
            }
        }
        finally
        {
            foreach (var batch in group)
            {
                // A share that was answered above ignores this; one that was not counts as not delivered.
                batch.Rows.GiveBack();
                batch.Share.Dispose();
            }
        }
    }

    async Task<InsertResult> SendAloneAsync(LoadBatch batch, CancellationToken hardStop)
    {
        var (result, isInDoubt) = await SendAsync([batch], ":alone", hardStop);
        return result is InsertResult.Accepted && isInDoubt ? await MakeSureAsync(batch, hardStop) : result;
    }

    // An insert that was repeated may have been dropped because of its token, which is kept before the rows are: a destination that dies
    // in between remembers one without the other, and answers as if all were well. The table says which. A staging table is counted as a
    // whole later.
    async Task<InsertResult> MakeSureAsync(LoadBatch batch, CancellationToken hardStop)
    {
        var result = new InsertResult.Accepted(batch.Rows.Count, null, "") as InsertResult;
        var isInDoubt = batch.Load.Staging is null && batch.Load.Schema.HasProvenance;
        while (result is InsertResult.Accepted && isInDoubt)
        {
            var there = await destination.RunAsync(
                token => staged.CountInTargetAsync(batch.Load.Schema.Target, batch.Load.FileId, null, token), hardStop);
            if (there == batch.Rows.Count)
            {
                break;
            }

            if (there > 0)
            {
                await destination.RunAsync(
                    token => staged.RemoveAsync(batch.Load.Schema.Target, batch.Load.FileId, token), hardStop);
            }

            (result, isInDoubt) = await SendAsync([batch], $":{Guid.NewGuid():N}", hardStop);
        }

        return result;
    }

    // In doubt: sent more than once, or the destination says that it wrote less.
    async Task<(InsertResult Result, bool IsInDoubt)> SendAsync(
        IReadOnlyList<LoadBatch> batches, string tokenSuffix, CancellationToken hardStop)
    {
        var sent = 0;
        var first = batches[0];
        var rows = batches.Sum(b => b.Rows.Count);
        var together = RentTogether(batches);
        var send = first.Rows is SpooledPart part ? Attaching(first, part)
            : Inserting(
                first.Load.InsertInto!, first.Rows is SpooledBlocks spooled ? OnDisk(first.Load, spooled) : InMemory(batches, together),
                TokenOf(batches) + tokenSuffix);
        var started = time.GetTimestamp();
        var result = await destination.InsertAsync(
            token =>
            {
                sent++;
                return send(token);
            },
            hardStop);
        metrics.StageTook(FileStage.Insert, time.GetElapsedTime(started));
        if (together is not null)
        {
            together.Clear();
            _together.Add(together);
        }

        if (result is InsertResult.Accepted)
        {
            faults.Pass(FaultPoint.AfterFirstInsert);
            metrics.Inserted(rows);
            Log.Inserted(logger, rows, batches.Count, first.Load.InsertInto!.Display);
        }

        return (result, sent > 1 || result is InsertResult.Accepted { IsShort: true });
    }

    Func<CancellationToken, Task<InsertResult>> Inserting(TableName table, NativeData data, string token)
    {
        var insert = new InsertRequest
        {
            Table = table.ToString(),
            Data = data,
            DeduplicationToken = token,
            Settings = settings,
            QueryId = StagedLoad.NewQueryId(instance),
        };
        return cancellation => client.InsertNativeAsync(insert, cancellation);
    }

    Func<CancellationToken, Task<InsertResult>> Attaching(LoadBatch batch, SpooledPart part) => cancellation =>
        staged.AttachPartAsync(
            batch.Load.Staging!, part.Form, part.Writer, batch.Number, batch.Load.FileId,
            () => faults.Pass(FaultPoint.AfterPartMovedBeforeAttach), cancellation);

    static NativeData.Blocks InMemory(IReadOnlyList<LoadBatch> batches, ColumnBatch? together)
    {
        return new NativeData.Blocks(
            together is null
                ? [.. batches.Select(b => BlockOf(b.Load, BatchOf(b)))]
                : [NativeBlockWriter.Together(together, [.. batches.Select(b => (BatchOf(b), b.Load.FileId.Hex))], batches[0].Load.Schema.HasProvenance)]);

        static IReadOnlyList<NamedColumn> BlockOf(FileLoad load, ColumnBatch batch) =>
            load.Schema.HasProvenance ? NativeBlockWriter.WithProvenance(batch, load.FileId.Hex) : NativeBlockWriter.Columns(batch);
    }

    // One block makes one part and is kept or lost as a whole. Null: one batch is a block already, and columns that differ in type after all, which the
    // server converts, are a block each.
    ColumnBatch? RentTogether(IReadOnlyList<LoadBatch> batches)
    {
        if (batches.Count == 1)
        {
            return null;
        }

        var definitions = BatchOf(batches[0]).Definitions;
        return !batches.All(b => BatchOf(b).Definitions.SequenceEqual(definitions)) ? null
            : _together.TryTake(out var spare) && spare.Definitions.SequenceEqual(definitions) ? spare
            : new ColumnBatch(definitions);
    }

    static ColumnBatch BatchOf(LoadBatch batch) => ((RowsInMemory)batch.Rows).Batch;

    static NativeData.File OnDisk(FileLoad load, SpooledBlocks rows) => new(
        rows.FilePath, rows.Columns, load.Schema.HasProvenance ? (NativeBlockWriter.FileIdColumn, load.FileId.Hex) : null, rows.Count);

    // It travels in the URL, whose length servers limit.
    static string TokenOf(IReadOnlyList<LoadBatch> batches) => batches.Count == 1
        ? batches[0].Token
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('+', batches.Select(b => b.Token)))));

    static partial class Log
    {
        [LoggerMessage(EventIds.BatchInserted, LogLevel.Debug, "Inserted {Rows} rows of {Batches} batches into {Table}.")]
        public static partial void Inserted(ILogger logger, long rows, int batches, string table);

        [LoggerMessage(EventIds.PartRefused, LogLevel.Warning,
            "{File}: the engine did not attach a part that was written for it ({Reason}). The file is read again and its rows are inserted; nothing of it was published.")]
        public static partial void PartRefused(ILogger logger, string file, string reason);
    }
}
