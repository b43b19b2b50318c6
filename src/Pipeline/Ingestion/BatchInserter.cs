using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.ClickHouse;
using Pipeline.Formats.Native;
using Pipeline.Loading;
using Pipeline.Telemetry;

namespace Pipeline.Ingestion;

/// <summary>
/// Takes batches from the channel and inserts them, until the destination has answered each one. Batches of several one-block files for the
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
    public async Task RunAsync(ChannelReader<LoadBatch> batches, CancellationToken hardStop)
    {
        LoadBatch? next = null;
        while (next is not null || await batches.WaitToReadAsync(hardStop))
        {
            if (next is null && !batches.TryRead(out next))
            {
                continue;
            }

            var group = new List<LoadBatch> { next };
            next = TakeCompanions(group, batches);
            await InsertGroupAsync(group, hardStop);
        }
    }

    // The answer is a batch that was read but does not belong to the group: the start of the next one.
    LoadBatch? TakeCompanions(List<LoadBatch> group, ChannelReader<LoadBatch> batches)
    {
        var first = group[0];
        if (first.Load.Staging is not null)
        {
            return null;
        }

        long rows = first.Rows.RowCount, bytes = first.Rows.ByteSize;
        while (group.Count < limits.MaxFilesPerInsert && batches.TryRead(out var next))
        {
            rows += next.Rows.RowCount;
            bytes += next.Rows.ByteSize;
            if (!GoesWith(first, next) || rows > limits.MaxBatchRows || bytes > limits.MaxBatchBytes)
            {
                return next;
            }

            group.Add(next);
        }

        return null;
    }

    static bool GoesWith(LoadBatch first, LoadBatch next) =>
        next.Load.Staging is null && next.Load.InsertInto == first.Load.InsertInto && next.Load.Schema.Version == first.Load.Schema.Version
        && next.Load.Schema.Columns.Select(c => c.Name).SequenceEqual(first.Load.Schema.Columns.Select(c => c.Name));

    async Task InsertGroupAsync(List<LoadBatch> group, CancellationToken hardStop)
    {
        try
        {
            var live = group.Where(b => !b.Load.Lease.IsLost).ToList();
            if (live.Count == 0)
            {
                return;
            }

            var outcome = await InsertAsync(live, hardStop);
            if (outcome is InsertResult.Refused && live.Count > 1)
            {
                // One file's fault must not be its companions': each is asked about alone.
                foreach (var batch in live)
                {
                    Answer([batch], await InsertAsync([batch], hardStop));
                }

                return;
            }

            Answer(live, outcome);
        }
        finally
        {
            foreach (var batch in group)
            {
                // A share that was answered above ignores this; one that was not counts as not delivered.
                batch.Load.ReturnBatch(batch.Rows);
                batch.Share.Dispose();
            }
        }
    }

    static void Answer(IReadOnlyList<LoadBatch> batches, InsertResult result)
    {
        foreach (var batch in batches)
        {
            switch (result)
            {
                case InsertResult.Accepted:
                    batch.Share.Answer(DeliveryOutcome.Delivered);
                    break;
                case InsertResult.Refused refused:
                    batch.Share.Answer(DeliveryOutcome.Refused, refused.Error);
                    break;
            }
        }
    }

    async Task<InsertResult> InsertAsync(IReadOnlyList<LoadBatch> batches, CancellationToken hardStop)
    {
        var result = await SendAsync(batches, "", hardStop);
        return result is InsertResult.Accepted { IsShort: true } ? await CheckShortAsync(batches, result, hardStop) : result;
    }

    // Fewer rows written than sent: the destination has seen the token before. Either the rows are there (an answer that was lost), or they were
    // inserted and removed since, and only the token is left: then they are inserted under another one. The table says which.
    async Task<InsertResult> CheckShortAsync(IReadOnlyList<LoadBatch> batches, InsertResult accepted, CancellationToken hardStop)
    {
        var result = accepted;
        foreach (var batch in batches.Where(b => b.Load.Staging is null && b.Load.Schema.HasProvenance))
        {
            var there = await destination.RunAsync(
                token => staged.CountInTargetAsync(batch.Load.Schema.Target, batch.Load.FileId, null, token), hardStop);
            if (there == 0)
            {
                // A token that no insert of this or an earlier run had: its answer is not in doubt.
                result = await SendAsync([batch], $":{Guid.NewGuid():N}", hardStop);
            }
        }

        return result;
    }

    async Task<InsertResult> SendAsync(IReadOnlyList<LoadBatch> batches, string tokenSuffix, CancellationToken hardStop)
    {
        var first = batches[0];
        var rows = batches.Sum(b => (long)b.Rows.RowCount);
        var insert = new InsertRequest
        {
            Table = first.Load.InsertInto!.ToString(),
            Blocks =
            [
                .. batches.Select(b => b.Load.Schema.HasProvenance
                    ? NativeBlockWriter.WithProvenance(b.Rows, b.Load.FileId.Hex)
                    : NativeBlockWriter.Columns(b.Rows)),
            ],
            DeduplicationToken = string.Join('+', batches.Select(b => b.Token)) + tokenSuffix,
            Settings = settings,
            QueryId = StagedLoad.NewQueryId(instance),
        };
        var started = time.GetTimestamp();
        var result = await destination.InsertAsync(token => client.InsertNativeAsync(insert, token), hardStop);
        metrics.StageTook(FileStage.Insert, time.GetElapsedTime(started));
        if (result is InsertResult.Accepted)
        {
            faults.Pass(FaultPoint.AfterFirstInsert);
            metrics.Inserted(rows);
            Log.Inserted(logger, rows, batches.Count, first.Load.InsertInto.Display);
        }

        return result;
    }

    static partial class Log
    {
        [LoggerMessage(EventIds.BatchInserted, LogLevel.Debug, "Inserted {Rows} rows of {Batches} batches into {Table}.")]
        public static partial void Inserted(ILogger logger, long rows, int batches, string table);
    }
}
