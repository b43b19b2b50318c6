using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.Telemetry;

namespace Pipeline.Ingestion;

/// <summary>
/// The order of the pipeline, and nothing else:
/// <code>
/// requests ─[files]─► FileWorker ×W ─[batches]─► BatchInserter ×I ─[settled]─► FileSettler
/// </code>
/// Three bounded channels; a full one holds back whoever writes into it, nothing is ever dropped. What a worker has read waits for its answer, and for room in the last
/// channel, in the <see cref="SettlingQueue"/>, which is bounded as well.
///
/// Soft stop: 1. no further file is started; 2. the open files are read to their end; 3. their batches are inserted; 4. they are settled.
/// Hard stop: everything is cancelled where it stands; the ledger still says <c>claimed</c>, <c>loading</c> or <c>publishing</c>, and the next start
/// finishes or takes back each of them (<see cref="Recovery"/>).
/// A stage that throws is a fault of this program: it stops all others at once and <see cref="RunAsync"/> throws.
/// </summary>
sealed partial class IngestPipeline(
    Func<BatchQueue, ChannelWriter<SettledFile>, FileWorker> createWorker,
    BatchInserter inserter,
    FileSettler settler,
    IngestionLimits limits,
    PipelineMetrics metrics,
    ILogger<IngestPipeline> logger)
{
    /// <summary>Files that wait for a worker. Small: what waits beyond it waits in the folder.</summary>
    const int MaxWaitingFiles = 256;

    readonly Channel<FileRequest> _files = Channel.CreateBounded<FileRequest>(MaxWaitingFiles);
    readonly BatchQueue _batches = new(limits.MaxWaitingBytes);
    readonly Channel<SettledFile> _settled = Channel.CreateBounded<SettledFile>(1024);

    /// <summary>Where files enter. Completing it ends <see cref="RunAsync"/> once they are all settled.</summary>
    public ChannelWriter<FileRequest> Files => _files.Writer;

    public async Task RunAsync(CancellationToken softStop, CancellationToken hardStop)
    {
        using var fault = CancellationTokenSource.CreateLinkedTokenSource(hardStop);
        metrics.ObserveQueue("files", () => _files.Reader.Count);
        metrics.ObserveQueue("batches", () => _batches.Count);
        metrics.ObserveQueue("settled", () => _settled.Reader.Count);
        Log.Started(logger, limits.Workers, limits.Inserters, limits.MaxBatchBytes >> 20, limits.BoundBytes >> 20);

        var worker = createWorker(_batches, _settled.Writer);
        var workers = Enumerable.Range(0, limits.OpenFiles).Select(_ => Stage(() => worker.RunAsync(_files.Reader, softStop, fault.Token)));
        var inserters = Enumerable.Range(0, limits.Inserters).Select(_ => Stage(() => inserter.RunAsync(_batches, fault.Token)));

        var read = Stage(async () =>
        {
            await Task.WhenAll(workers);
            _batches.Complete();
        });
        var inserted = Stage(async () =>
        {
            await Task.WhenAll(inserters);
            // Every lease is answered now; the last answers may still be on their way into the settled channel.
            await read;
            await worker.AllForwardedAsync();
            _settled.Writer.Complete();
        });
        var ended = Stage(() => settler.RunAsync(_settled.Reader, fault.Token));
        await Task.WhenAll(read, inserted, ended);

        async Task Stage(Func<Task> run)
        {
            try
            {
                await Task.Run(run, CancellationToken.None);
            }
            catch
            {
                await fault.CancelAsync();
                throw;
            }
        }
    }

    static partial class Log
    {
        [LoggerMessage(EventIds.PipelineStarted, LogLevel.Debug,
            "The pipeline runs with {Workers} workers and {Inserters} inserters; batches of up to {BatchMiB} MiB take at most {BoundMiB} MiB of memory.")]
        public static partial void Started(ILogger logger, int workers, int inserters, long batchMiB, long boundMiB);
    }
}
