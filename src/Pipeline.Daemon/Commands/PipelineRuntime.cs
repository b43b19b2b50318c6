using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.ClickHouse;
using Pipeline.Columnar;
using Pipeline.Configuration;
using Pipeline.Daemon.Cli;
using Pipeline.Daemon.Hosting;
using Pipeline.Discovery;
using Pipeline.Ingestion;
using Pipeline.Ledger;
using Pipeline.Telemetry;

namespace Pipeline.Daemon.Commands;

/// <summary>The pipeline of a home as <see cref="PipelineHost"/> runs it, with the client it talks through.</summary>
sealed class PipelineRuntime : IPipelineRuntime
{
    /// <summary>Names the step at which a test wants this process killed.</summary>
    const string FaultVariable = "PIPELINE_FAULT";

    /// <summary>How often a file's progress is passed on: what eyes can follow.</summary>
    static readonly TimeSpan s_progressInterval = TimeSpan.FromMilliseconds(100);

    readonly ClickHouseClient _client;
    readonly ColumnarReader _columnar;
    readonly PipelineHost _host;
    readonly TimeProvider _time;

    // Set when RunAsync starts; a command-line verb never watches.
    volatile bool _watches;

    PipelineRuntime(ClickHouseClient client, ColumnarReader columnar, PipelineHost host, TimeProvider time)
    {
        _client = client;
        _columnar = columnar;
        _host = host;
        _time = time;
    }

    public long MemoryBoundBytes => _host.MemoryBoundBytes;

    public string Watcher => !_watches ? "off" : Words.Of(_host.Discovery.Mode);

    /// <summary>See <see cref="StartRuntime"/>.</summary>
    /// <exception cref="CliException">The destination cannot be reached, or refuses.</exception>
    public static async Task<IPipelineRuntime> StartAsync(
        HomeSession session, PipelineOptions options, PipelineMetrics metrics, ILoggerFactory loggers,
        CancellationToken cancellation)
    {
        // Statements name their databases: the configured one may not exist yet.
        var time = TimeProvider.System;
        var client = new ClickHouseClient(session.Destination with { Database = "default" }, time);
        var columnar = new ColumnarReader(
            token => session.Reading?.GetAsync(token) ?? Task.FromResult(client), session.Home.TemporaryFolder, time,
            isDestination: session.Reading is null);
        try
        {
            var services = new PipelineHostServices(
                client, columnar, metrics, loggers, time, Faults.Parse(Environment.GetEnvironmentVariable(FaultVariable)));
            var runtime = new PipelineRuntime(client, columnar, await PipelineHost.OpenAsync(session.Home, options, services, cancellation), time);
            metrics.ObserveWatcher(() => runtime._watches ? runtime._host.Discovery.Mode == WatchMode.Events : null);
            return runtime;
        }
        catch (Exception e)
        {
            columnar.Dispose();
            client.Dispose();
            throw e switch
            {
                ClickHouseException fault => new CliException(
                    ExitCode.DestinationUnreachable, $"ClickHouse at {session.Destination.Url} cannot be used: {fault.Error}",
                    fault),
                LedgerException ledger => new CliException(ExitCode.Fault, ledger.Message, ledger),
                ArgumentException wrong when wrong.Message.Contains(FaultVariable, StringComparison.Ordinal) =>
                    new CliException(ExitCode.Usage, wrong.Message, wrong),
                _ => e,
            };
        }
    }

    public Task RunAsync(bool watch, CancellationToken soft, CancellationToken hard)
    {
        _watches = watch;
        return _host.RunAsync(watch, soft, hard);
    }

    public async IAsyncEnumerable<IngestUpdate> IngestAsync(
        IngestOrder order, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var updates = Channel.CreateUnbounded<IngestUpdate>();
        var work = CollectAsync(order, updates.Writer, cancellation);
        await foreach (var update in updates.Reader.ReadAllAsync(cancellation))
        {
            yield return update;
        }

        await work;
    }

    public async Task<CommandReply> UndoAsync(string file, CancellationToken cancellation)
    {
        var found = (
            await FileSearch.FindAsync(_host.Ledger, file)).Where(e => e.State is FileState.Loaded or FileState.Archived).ToList();
        if (found.Count != 1)
        {
            return new CommandReply(false, found.Count == 0
                ? $"No loaded file is known as {file}. Try: pipeline files"
                : $"{found.Count} loaded files are known as {file}; give the key of one: "
                    + string.Join(", ", found.Select(e => e.Key)));
        }

        try
        {
            var entry = await _host.UndoAsync(found[0].Key, cancellation);
            return new CommandReply(
                true,
                $"Undone: {Humanly.Rows(entry.Receipt!.RowsLoaded)} of {entry.Path} removed from "
                + $"{entry.Receipt.Database}.{entry.Receipt.Table}.");
        }
        catch (InvalidOperationException e)
        {
            return new CommandReply(false, e.Message);
        }
        catch (ClickHouseException e)
        {
            throw new CliException(ExitCode.DestinationUnreachable, $"ClickHouse did not do it: {e.Error}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _columnar.Dispose();
        _client.Dispose();
    }

    async Task CollectAsync(IngestOrder order, ChannelWriter<IngestUpdate> updates, CancellationToken cancellation)
    {
        var last = _time.GetTimestamp();
        var request = new IngestRequest
        {
            Dataset = order.Dataset,
            Force = order.Force,
            Progress = (file, bytes, rows) =>
            {
                // Several workers report; one that loses the race for the tick is passed over, the next tick is its own.
                var then = Interlocked.Read(ref last);
                if (_time.GetElapsedTime(then) >= s_progressInterval
                    && Interlocked.CompareExchange(ref last, _time.GetTimestamp(), then) == then)
                {
                    updates.TryWrite(new IngestUpdate(new FileProgress(file, bytes, rows), null));
                }
            },
        };
        try
        {
            await foreach (var result in _host.IngestAsync(order.Files, request, cancellation))
            {
                updates.TryWrite(new IngestUpdate(null, result));
            }

            updates.TryComplete();
        }
        catch (Exception e)
        {
            updates.TryComplete(e);
        }
    }
}
