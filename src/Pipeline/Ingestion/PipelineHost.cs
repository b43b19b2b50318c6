using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.ClickHouse;
using Pipeline.Columnar;
using Pipeline.Configuration;
using Pipeline.Discovery;
using Pipeline.Ingestion.Containers;
using Pipeline.Ledger;
using Pipeline.Loading;
using Pipeline.Quarantine;
using Pipeline.Telemetry;

namespace Pipeline.Ingestion;

/// <summary>What a host is made of besides its configuration; owned by the caller.</summary>
/// <param name="Client">The destination.</param>
/// <param name="Columnar">Reads the files that an engine on this machine reads.</param>
public sealed record PipelineHostServices(
    ClickHouseClient Client, ColumnarReader Columnar, PipelineMetrics Metrics, ILoggerFactory Loggers, TimeProvider Time, Faults Faults)
{
    /// <summary>How fast the disk takes bytes; null: it is measured.</summary>
    public double? DiskBytesPerSecond { get; init; }
}

/// <summary>
/// One home at work: everything that is put together, for the daemon and for the verbs of the command line alike. Opening it recovers what
/// the last run left; <see cref="RunAsync"/> runs the pipeline; requests may be made while it runs. One process per home (the caller holds the lock).
/// </summary>
public sealed partial class PipelineHost : IAsyncDisposable
{
    /// <summary>Begins the name of a file in the state folder that says which file id is being undone.</summary>
    const string UndoMark = "undo-";

    readonly PipelineHome _home;
    readonly PipelineHostServices _services;
    readonly IngestPipeline _pipeline;
    readonly OpenFiles _open;
    readonly StagedLoad _staged;
    readonly FileRegistry _registry;
    readonly Destination _destination;
    readonly FileDiscovery _discovery;
    readonly ILogger<PipelineHost> _logger;

    PipelineHost(PipelineHome home, PipelineOptions options, PipelineHostServices services, ILedger ledger, string instance, LostLedger lost)
    {
        _home = home;
        _services = services;
        _logger = services.Loggers.CreateLogger<PipelineHost>();
        Ledger = ledger;
        var (client, columnar, metrics, loggers, time, faults) = services;
        var limits = IngestionLimits.From(options.Ingest, spools: columnar.IsDestination);
        var (format, compression) = ReadingLimits.From(options);
        var catalog = new TableCatalog(client);
        var archive = new FileArchive(home.ArchiveFolder);
        Quarantine = new QuarantineStore(home.QuarantineFolder, home.DataFolder, time, loggers.CreateLogger<QuarantineStore>());
        _staged = new StagedLoad(client);
        _registry = new FileRegistry(client);
        _destination = new Destination(metrics, loggers.CreateLogger<Destination>(), time);
        _open = new OpenFiles(Ended);
        _discovery = new FileDiscovery(
            new DiscoveryOptions
            {
                DataFolder = home.DataFolder,
                QuietPeriod = options.Ingest.QuietPeriod,
                ScanInterval = options.Ingest.ScanInterval,
            },
            time,
            loggers.CreateLogger<FileDiscovery>());
        var mover = new FileMover(ledger, archive, Quarantine, faults, time, loggers.CreateLogger<FileMover>());
        var reading = new FileReading(
            ledger, _staged, catalog, _destination, _open,
            new ReadingOptions
            {
                Ingestion = limits,
                Rows = new RowSource(format, columnar),
                Spool = limits.Spools ? new BlockSpool(home.TemporaryFolder, new DiskSpeed(home.TemporaryFolder, time, services.DiskBytesPerSecond), time) : null,
                Database = options.Clickhouse.Database,
                InsertSettings = options.Clickhouse.Settings,
                Instance = instance,
                TemporaryFolder = home.TemporaryFolder,
                QuarantineFolder = home.QuarantineFolder,
                IsUnregistered = id => lost.Unregistered.Contains(id.Hex),
            },
            faults, time, loggers.CreateLogger<FileReading>());
        var datasets = new DatasetResolver(options.Datasets);
        var unpacker = new Unpacker(
            ledger, new ContainerOptions(format.Limits, compression, options.Limits.MaxArchiveMembers, home.TemporaryFolder), metrics, time);
        var firsts = new FirstFiles(catalog.IsKnown, time);
        _pipeline = new IngestPipeline(
            (batches, settled) => new FileWorker(
                ledger, reading, unpacker, datasets, mover, _open, firsts, batches, settled, limits, $"{Environment.MachineName}:{Environment.ProcessId}", faults, metrics, time,
                loggers.CreateLogger<FileWorker>()),
            new BatchInserter(
                client, _staged, _destination, metrics, faults, limits, options.Clickhouse.Settings, instance, time,
                loggers.CreateLogger<BatchInserter>()),
            new FileSettler(
                ledger, _staged, catalog, _registry, _destination, mover, home.QuarantineFolder, metrics, faults, time, _open, loggers.CreateLogger<FileSettler>()),
            limits, metrics, loggers.CreateLogger<IngestPipeline>());
        Limits = limits;
        Recovery = new Recovery(
            ledger, _staged, catalog, _registry, _destination, mover, lost, instance,
            dataset => TableName.Parse(options.Datasets.GetValueOrDefault(dataset)?.Table ?? dataset, options.Clickhouse.Database),
            loggers.CreateLogger<Recovery>());
    }

    public ILedger Ledger { get; }

    public QuarantineStore Quarantine { get; }

    /// <summary>How files are found now, and why.</summary>
    public FileDiscovery Discovery => _discovery;

    /// <summary>Files between claim and settlement.</summary>
    public int OpenFileCount => _open.Count;

    /// <summary>Most bytes that batches may take.</summary>
    public long MemoryBoundBytes => Limits.BoundBytes;

    IngestionLimits Limits { get; }

    Recovery Recovery { get; }

    /// <summary>Opens the ledger, prepares the destination, and finishes or takes back what the last run left.</summary>
    /// <exception cref="ClickHouseException">The destination cannot be reached, or refuses; nothing was changed.</exception>
    /// <exception cref="LedgerException">The ledger cannot be used; the message says what to do.</exception>
    public static async Task<PipelineHost> OpenAsync(
        PipelineHome home, PipelineOptions options, PipelineHostServices services, CancellationToken cancellationToken)
    {
        home.CreateFolders();
        RejectsWriter.RemoveLeftovers(home.TemporaryFolder);
        ContainerOptions.RemoveLeftovers(home.TemporaryFolder);
        ColumnarReader.RemoveLeftovers(home.TemporaryFolder);
        BlockSpool.RemoveLeftovers(home.TemporaryFolder);
        await new FileRegistry(services.Client).EnsureAsync(cancellationToken);
        var lost = new LostLedger(home);
        lost.Notice();
        var ledger = await SqliteLedger.OpenAsync(home.LedgerFile, services.Time);
        try
        {
            var host = new PipelineHost(home, options, services, ledger, InstanceOf(home), lost);
            await host.Quarantine.RepairAsync(cancellationToken);
            await host.Recovery.RunAsync(cancellationToken);
            await host.FinishUndosAsync(cancellationToken);
            return host;
        }
        catch
        {
            await ledger.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Runs the pipeline. With <paramref name="watch"/> the data folder is watched until <paramref name="softStop"/>; without, files come by
    /// <see cref="IngestAsync"/> alone. Returns when all open files are settled; a hard stop throws <see cref="OperationCanceledException"/>.
    /// </summary>
    public async Task RunAsync(bool watch, CancellationToken softStop, CancellationToken hardStop)
    {
        await using var stopping = softStop.Register(() => _pipeline.Files.TryComplete());
        _services.Metrics.ObserveOldestWaiting(() => _discovery.OldestWaitingSince is { } since ? _services.Time.GetUtcNow() - since : TimeSpan.Zero);
        var watching = watch
            ? _discovery.RunAsync(new MappingWriter<DiscoveredFile, FileRequest>(_pipeline.Files, RequestOf), softStop)
            : Task.CompletedTask;
        await _pipeline.RunAsync(softStop, hardStop);
        await watching;
    }

    /// <summary>
    /// Loads files where they lie; their results come in the order in which they are settled. The pipeline must be running. When it stops, the files
    /// that were begun are finished and the others have no result.
    /// </summary>
    public async IAsyncEnumerable<FileResult> IngestAsync(
        IReadOnlyList<FileToLoad> files, IngestRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var results = Channel.CreateUnbounded<FileResult>();
        var offering = OfferAsync();
        await foreach (var result in results.Reader.ReadAllAsync(cancellationToken))
        {
            yield return result;
        }

        await offering;

        async Task OfferAsync()
        {
            try
            {
                var waiting = new List<Task>();
                foreach (var file in files)
                {
                    var completion = new TaskCompletionSource<FileResult>(TaskCreationOptions.RunContinuationsAsynchronously);
                    if (!await TryOfferAsync(file, completion))
                    {
                        break;
                    }

                    waiting.Add(completion.Task.ContinueWith(
                        done => done.IsCompletedSuccessfully && !done.Result.IsUnpacked && results.Writer.TryWrite(done.Result), TaskScheduler.Default));
                }

                await Task.WhenAll(waiting);
                results.Writer.TryComplete();
            }
            catch (OperationCanceledException e)
            {
                results.Writer.TryComplete(e);
            }
        }

        async Task<bool> TryOfferAsync(FileToLoad file, TaskCompletionSource<FileResult> completion)
        {
            try
            {
                await _pipeline.Files.WriteAsync(
                    new FileRequest
                    {
                        Path = file.Path,
                        RelativePath = file.RelativePath,
                        DetectedAt = _services.Time.GetUtcNow(),
                        AfterLoad = AfterLoad.Keep,
                        Dataset = request.Dataset,
                        Force = request.Force,
                        Progress = request.Progress is { } report ? (bytes, rows) => report(file.Path, bytes, rows) : null,
                        MemberEnded = member => results.Writer.TryWrite(member),
                        Completion = completion,
                    },
                    cancellationToken);
                return true;
            }
            catch (ChannelClosedException)
            {
                // The pipeline stops: this file is not begun.
                return false;
            }
        }
    }

    /// <summary>No further file is taken; <see cref="RunAsync"/> ends when the open ones are settled.</summary>
    public void CompleteFiles() => _pipeline.Files.TryComplete();

    /// <summary>Removes exactly the rows of a file that was loaded. The file itself stays where it is; its content may be loaded again.</summary>
    /// <exception cref="InvalidOperationException">The entry is not loaded, or its table has no provenance; the message says which.</exception>
    public async Task<LedgerEntry> UndoAsync(long key, CancellationToken cancellationToken)
    {
        var entry = await Ledger.FindAsync(key) ?? throw new InvalidOperationException($"The ledger has no file {key}.");
        if (entry.State is not (FileState.Loaded or FileState.Archived) || entry.Receipt is not { } receipt)
        {
            throw new InvalidOperationException($"{entry.Path} is {entry.State.ToString().ToLowerInvariant()}, not loaded: there is nothing to undo.");
        }

        if (receipt.Guarantee != "provenance")
        {
            throw new InvalidOperationException(
                $"{receipt.Database}.{receipt.Table} has no provenance columns: nobody can tell which rows came from {entry.Path}. "
                + "Remove them by hand, or set provenance: add before loading.");
        }

        // A ledger that says loaded of rows that are gone would take the same content for a duplicate: a start finishes what is cut here.
        var intent = Path.Combine(_home.StateFolder, UndoMark + receipt.FileId);
        await File.WriteAllTextAsync(intent, "", cancellationToken);
        var target = new TableName(receipt.Database, receipt.Table);
        try
        {
            await _destination.RunAsync(token => _staged.RemoveIfThereAsync(target, entry.FileId!.Value, token), cancellationToken);
        }
        catch (ClickHouseException)
        {
            // Refused: the rows are still there.
            File.Delete(intent);
            throw;
        }

        _services.Faults.Pass(FaultPoint.AfterUndoBeforeLedger);
        await _destination.RunAsync(token => _registry.WriteAsync([(entry.Path, receipt, true)], token), cancellationToken);
        await Ledger.UndoAsync(key);
        File.Delete(intent);
        Log.Undone(_logger, entry.Path, receipt.RowsLoaded, target.Display);
        return (await Ledger.FindAsync(key))!;
    }

    public async ValueTask DisposeAsync()
    {
        _discovery.Dispose();
        await Ledger.DisposeAsync();
    }

    async Task FinishUndosAsync(CancellationToken cancellationToken)
    {
        foreach (var intent in Directory.GetFiles(_home.StateFolder, UndoMark + "*"))
        {
            var entry = await Ledger.FindByFileIdAsync(new FileId(Path.GetFileName(intent)[UndoMark.Length..]));
            if (entry is { State: FileState.Loaded or FileState.Archived })
            {
                await UndoAsync(entry.Key, cancellationToken);
            }

            File.Delete(intent);
        }
    }

    void Ended(FileEnd end)
    {
        var request = end.Request;
        if (end.OfferAgainAfter is { } pause)
        {
            if (request.Completion is null)
            {
                _discovery.Release(request.Path, pause);
            }
            else
            {
                _ = OfferAgainAsync(request, pause);
            }

            return;
        }

        _discovery.Settled(request.Path);
        if (end.Result is not null)
        {
            request.Completion?.TrySetResult(end.Result);
        }
        else
        {
            request.Completion?.TrySetCanceled();
        }
    }

    async Task OfferAgainAsync(FileRequest request, TimeSpan pause)
    {
        await Task.Delay(pause, _services.Time);
        if (request.Member is { IsStale: true })
        {
            // Its container changed: that is opened anew, and then has other members.
            request.Completion!.TrySetCanceled();
            return;
        }

        try
        {
            await _pipeline.Files.WriteAsync(request);
        }
        catch (ChannelClosedException)
        {
            // The pipeline stops: the file stays as it was, the next run takes it.
            request.Completion?.TrySetCanceled();
        }
    }

    FileRequest RequestOf(DiscoveredFile file) => new() { Path = file.Path, RelativePath = file.RelativePath, DetectedAt = file.DetectedAt };

    // Tells the staging tables of several homes on one server apart.
    static string InstanceOf(PipelineHome home)
    {
        var path = Path.Combine(home.StateFolder, "instance");
        if (!File.Exists(path))
        {
            // As a whole or not at all: an empty one would be shared with others.
            File.WriteAllText(path + ".next", Guid.NewGuid().ToString("N")[..8]);
            File.Move(path + ".next", path);
        }

        return File.ReadAllText(path).Trim();
    }

    static partial class Log
    {
        [LoggerMessage(EventIds.FileUndone, LogLevel.Information, "Undone {Path}: {Rows} rows removed from {Table}.")]
        public static partial void Undone(ILogger logger, string path, long rows, string table);
    }
}

/// <summary>How files given by path are to be loaded.</summary>
public sealed record IngestRequest
{
    /// <summary>Dataset by name; null: by file name.</summary>
    public string? Dataset { get; init; }

    /// <summary>Loads content again that is loaded already.</summary>
    public bool Force { get; init; }

    /// <summary>Told path, bytes of the file read and rows read. May be called from any task.</summary>
    public Action<string, long, long>? Progress { get; init; }
}
