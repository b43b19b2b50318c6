using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.Discovery;
using Pipeline.Formats;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Records;
using Pipeline.Ingestion.Containers;
using Pipeline.Ledger;
using Pipeline.Telemetry;
using Contract = (string Name, Pipeline.Configuration.DatasetOptions Options);

namespace Pipeline.Ingestion;

/// <summary>
/// Takes files from the channel, one at a time per task: claimed → read and typed (<see cref="FileReading"/>), its batches in the batch
/// queue. When the destination has answered all of them the load goes to the settler; the worker is at the next file by then.
/// Whatever is wrong with a file ends as a <see cref="SettledFile"/>; an exception that leaves here is a fault of this program.
/// </summary>
sealed partial class FileWorker(
    ILedger ledger,
    FileReading reading,
    Unpacker unpacker,
    DatasetResolver datasets,
    FileMover mover,
    OpenFiles open,
    FirstFiles firsts,
    BatchQueue batches,
    ChannelWriter<SettledFile> settled,
    IngestionLimits limits,
    string owner,
    Faults faults,
    PipelineMetrics metrics,
    TimeProvider time,
    ILogger<FileWorker> logger)
{
    /// <summary>A file that cannot be read, or whose table changes under it, is tried this often: a share that comes back, rights put right.</summary>
    public const int MaxAttempts = 5;

    static readonly TimeSpan s_changedPause = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan s_troublePause = TimeSpan.FromSeconds(2);

    readonly SettlingQueue _ending = new(settled, limits.UnsettledFiles);

    readonly Lock _order = new();

    // Reading a file takes memory and a core: as many as there are workers are read at once. Small ones take no core to speak of, and memory together.
    readonly Budget _desks = new(limits.Workers);
    readonly Budget _smallFiles = new(limits.SmallFilesBytes);

    public async Task RunAsync(ChannelReader<FileRequest> files, CancellationToken softStop, CancellationToken hardStop)
    {
        while (await files.WaitToReadAsync(hardStop))
        {
            while (Next(files, hardStop) is { } next)
            {
                using var turn = await next.Turn;
                if (softStop.IsCancellationRequested)
                {
                    // Not started: the next run finds it where it is.
                    open.EndUnopened(next.Request, null, TimeSpan.Zero);
                    continue;
                }

                await TakeAsync(next.Request, next.Dataset, turn, softStop, hardStop);
            }
        }
    }

    /// <summary>Completes when every load that was read is in the settled channel. For the time when no worker and no inserter runs any more.</summary>
    public Task AllForwardedAsync() => _ending.AllForwardedAsync();

    // Taken from the channel and into the line of its table in one step: the line has the order of the channel.
    (FileRequest Request, Contract Dataset, Task<IDisposable?> Turn)? Next(ChannelReader<FileRequest> files, CancellationToken hardStop)
    {
        lock (_order)
        {
            if (!files.TryRead(out var request))
            {
                return null;
            }

            var dataset = DatasetOf(request);
            return (request, dataset, firsts.WaitAsync(reading.TargetOf(dataset.Name, dataset.Options), hardStop));
        }
    }

    Contract DatasetOf(FileRequest request) => datasets.Resolve(request.DatasetPath ?? request.RelativePath, request.Dataset);

    async Task TakeAsync(FileRequest request, Contract of, IDisposable? turn, CancellationToken softStop, CancellationToken hardStop)
    {
        var (dataset, options) = of;

        // The same path may be offered twice, by the folder and by a person: the second waits for the first.
        while (open.At(request.Path) is { } other)
        {
            await other.Done.WaitAsync(hardStop);
        }

        if (request.Member is { IsStale: true })
        {
            // Its container changed: that is opened anew, and then has other members.
            open.EndUnopened(request, null, null);
            return;
        }

        if ((request.Member?.Stamp ?? FileStamp.TryRead(request.Path)) is not { } stamp)
        {
            Log.Vanished(logger, request.RelativePath);
            open.EndUnopened(request, VanishedResult(request, dataset), null);
            return;
        }

        var entry = await ledger.TakeAsync(request.Path, dataset, stamp.Bytes, stamp.ModifiedAt, request.AfterLoad, owner);
        if (entry.State is not FileState.Seen)
        {
            await FinishMoveAsync(request, entry);
            return;
        }

        var job = new FileJob(request, entry, dataset, options, time.GetTimestamp()) { Turn = turn };
        if (!open.TryOpen(job))
        {
            await ledger.ReleaseAsync(entry.Key);
            open.EndUnopened(request, null, s_changedPause);
            return;
        }

        using (logger.BeginScope(new Dictionary<string, object> { ["FileKey"] = entry.Key, ["File"] = request.RelativePath }))
        {
            faults.Pass(FaultPoint.AfterClaimBeforeLoading);
            await ReadAsync(job, softStop, hardStop);
        }
    }

    async Task ReadAsync(FileJob job, CancellationToken softStop, CancellationToken hardStop)
    {
        var started = time.GetTimestamp();
        Task<SettledFile> end;
        FileContent? content = null;

        // A member is read at its container's desk.
        var needsDesk = job.Request.Member is null;
        var hasDesk = false;
        var small = 0L;
        try
        {
            if (needsDesk && job.Entry.Bytes > limits.SmallFileBytes)
            {
                await _desks.TakeAsync(1, hardStop);
                hasDesk = true;
            }
            else if (needsDesk)
            {
                await _smallFiles.TakeAsync(job.Entry.Bytes, hardStop);
                small = job.Entry.Bytes;
            }

            content = await unpacker.OpenAsync(job.Request, hardStop);
            if (needsDesk && !hasDesk && !IsSmallText(content))
            {
                await _desks.TakeAsync(1, hardStop);
                hasDesk = true;
            }

            if (await unpacker.TryOpenAsync(job, content, hardStop) is { } container)
            {
                var owned = content;
                content = null;
                job.Turn?.Dispose();
                end = await unpacker.TakeMembersAsync(job, owned, container, member => TakeAsync(member, DatasetOf(member), null, softStop, hardStop), softStop, hardStop);
            }
            else
            {
                var outcome = hasDesk || !needsDesk
                    ? await reading.ReadAsync(job, content, batches, hardStop)
                    : await ReadSmallAsync(job, content, hardStop);
                metrics.StageTook(FileStage.Read, time.GetElapsedTime(started));

                // The load goes on without the worker: its last answer sends it to the settler.
                end = outcome is ReadOutcome.Sent sent ? EndOfAsync(sent.Load) : Task.FromResult(((ReadOutcome.Ended)outcome).File);
            }
        }
        catch (BadFileException e) when (e.Code is RejectCode.FileUnreadable && job.Entry.Attempts + 1 < MaxAttempts)
        {
            end = Task.FromResult<SettledFile>(new SettledFile.Again(job, e.Message, s_troublePause, null));
        }
        catch (Exception e) when (FileContent.AsBadFile(e, job.Request.Path) is { } bad)
        {
            reading.SayFault(job, bad);
            end = Task.FromResult<SettledFile>(job.Request.Member is { IsStale: true } || content is { HasChanged: true }
                ? FileReading.Changed(job, null)
                : new SettledFile.Refused(job, FileProblems.BadFile(bad, "read"), null));
        }
        finally
        {
            content?.Dispose();
            _smallFiles.Return(small);
            if (hasDesk)
            {
                _desks.Return(1);
            }
        }

        await _ending.AddAsync(end, hardStop);
    }

    async Task<ReadOutcome> ReadSmallAsync(FileJob job, FileContent content, CancellationToken hardStop)
    {
        batches.Expect();
        try
        {
            return await reading.ReadAsync(job, content, batches, hardStop);
        }
        finally
        {
            batches.Expected();
        }
    }

    // What is compressed or binary may be of any size inside.
    bool IsSmallText(FileContent content) =>
        content is { HeadIsWhole: true, Compression: CompressionKind.None } && content.Head.Length <= limits.SmallFileBytes
        && !content.Head.Span.Contains((byte)0);

    async Task<SettledFile> EndOfAsync(FileLoad load) => await load.Lease.Settled switch
    {
        DeliveryOutcome.Delivered => new SettledFile.Load(load),
        DeliveryOutcome.Refused => reading.RefusedBy(load.Lease.Refusal!, load.Job, load),
        _ => new SettledFile.Again(load.Job, "its rows were not delivered", s_troublePause, load),
    };

    // An entry that has ended but whose file still lies here: only its move is left to do.
    async Task FinishMoveAsync(FileRequest request, LedgerEntry entry)
    {
        var isPutAway = entry.State == FileState.Quarantined
            ? await mover.QuarantineAsync(entry, entry.Problem!)
            : await mover.ArchiveAsync(entry);

        // What lies there after that is another file.
        open.EndUnopened(request, null, isPutAway ? s_changedPause : FileMover.RetryPause);
    }

    static FileResult VanishedResult(FileRequest request, string dataset) => new()
    {
        File = request.Path,
        Outcome = "quarantined",
        Dataset = dataset,
        Error = new FileResultError(
            RejectCode.FileVanished.Name(), $"{request.Path} is not there, or is not a regular file.", null, null),
    };

    static partial class Log
    {
        [LoggerMessage(EventIds.FileVanished, LogLevel.Information, "{File} was gone before it was read.")]
        public static partial void Vanished(ILogger logger, string file);
    }
}
