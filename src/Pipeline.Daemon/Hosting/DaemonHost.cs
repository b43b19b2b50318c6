using System.Collections;
using System.Net;
using Microsoft.Extensions.Logging;
using Pipeline.ClickHouse;
using Pipeline.Configuration;
using Pipeline.Daemon.Cli;
using Pipeline.Daemon.Commands;
using Pipeline.Daemon.Http;
using Pipeline.Engine;
using Pipeline.Ledger;
using Pipeline.Telemetry;

namespace Pipeline.Daemon.Hosting;

/// <summary>
/// The daemon from start to end. Steps: 1. start the engine, the home's lock in hand; 2. answer HTTP, not ready yet; 3. is the
/// destination there; 4. open the ledger, reconcile what the last run left; 5. say where we are, and that we are ready; 6. work
/// until asked to stop; 7. take all of it back in reverse order.
/// </summary>
sealed partial class DaemonHost : IAsyncDisposable
{
    readonly HomeContext _context;
    readonly CliIo _io;
    readonly TimeProvider _time;
    readonly ILoggerFactory _loggers;
    readonly ILogger _logger;
    readonly StopSignals _signals;
    readonly SystemdNotifier _systemd;
    readonly MeterFactory _meters = new();
    readonly PipelineMetrics _metrics;
    readonly PrometheusExporter _exporter;
    readonly Readiness _readiness;

    // Set step by step while starting, taken back by DisposeAsync.
    HomeSession? _session;
    HttpSurface? _http;
    ClickHouseClient? _client;
    IPipelineRuntime? _runtime;

    DaemonHost(HomeContext context, CliIo io, TimeProvider time)
    {
        _context = context;
        _io = io;
        _time = time;
        _loggers = LogSetup.ForDaemon(context.Home, context.Options.Log, io.IsTerminal);
        _logger = _loggers.CreateLogger<DaemonHost>();
        _signals = new StopSignals(OnSignal, time);
        _systemd = new SystemdNotifier(ProcessEnvironment(), _logger);
        _metrics = new PipelineMetrics(_meters, time);
        _exporter = new PrometheusExporter(
            [_metrics.Meter, new ProcessMetrics(_meters).Meter], name =>
                Log.SeriesFolded(_logger, name, PrometheusExporter.DefaultMaxSeries));
        _metrics.Begin();
        _readiness = new Readiness(time);
    }

    /// <summary>Runs the daemon of a home until it is stopped by a signal or by <paramref name="stop"/>.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(HomeContext context, CliIo io, TimeProvider time, CancellationToken stop)
    {
        var homeLock = await HomeLock.TakeAsync(context.Home, time, stop);
        await using var host = new DaemonHost(context, io, time);
        await using var wish = stop.UnsafeRegister(static s => ((DaemonHost)s!)._signals.Wish(), host);
        try
        {
            await host.StartAsync(homeLock);
            await host.WorkAsync();
            return ExitCode.Good;
        }
        catch (OperationCanceledException) when (host._signals.Soft.IsCancellationRequested)
        {
            // Stopped while starting, or the hard stop.
            return host._signals.Hard.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Good;
        }
        catch (CliException e)
        {
            Log.StartFailed(host._logger, e.Message);
            return e.ExitCode;
        }
        catch (LedgerException e)
        {
            // Nothing can be promised without it. What is open is taken up by the next start.
            Log.StartFailed(host._logger, e.Message);
            return ExitCode.Fault;
        }
        catch (Exception e)
        {
            Log.Fault(host._logger, e);
            return ExitCode.Fault;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _readiness.Stopping();
        if (_http is not null)
        {
            await _http.DisposeAsync();
        }

        if (_runtime is not null)
        {
            await _runtime.DisposeAsync();
        }

        _client?.Dispose();
        if (_session is not null)
        {
            await _session.DisposeAsync();
        }

        _exporter.Dispose();
        _meters.Dispose();
        _systemd.Dispose();
        _signals.Dispose();
        Log.Stopped(_logger);
        _loggers.Dispose();
    }

    async Task StartAsync(HomeLock homeLock)
    {
        var (home, options) = _context;
        var started = _time.GetTimestamp();
        Log.Starting(_logger, ProductVersion.Text, home.Root, Environment.ProcessId);

        // Step 1.
        _session = await HomeSession.OpenAsync(homeLock, home, options, "run", _loggers, _metrics, _time, _signals.Soft);

        // Step 2.
        var api = new LocalApi(_session.Token, () => _runtime, _loggers.CreateLogger<LocalApi>(), _signals.Soft);
        _http = await HttpSurface.StartAsync(options.Http, home.Root, _readiness, _exporter, api, _loggers);
        if (!IsLoopback(options.Http.Bind))
        {
            Log.ListeningBeyondLoopback(_logger, options.Http.Bind);
        }

        // Step 3.
        _client = new ClickHouseClient(_session.Destination, _time);
        if (await _client.PingAsync(_signals.Soft) is { } fault)
        {
            throw new CliException(
                ExitCode.DestinationUnreachable,
                $"ClickHouse at {_session.Destination.Url} cannot be used: {fault.Message} "
                + $"Check clickhouse.url in {home.ConfigFile}.");
        }

        // Step 4.
        _runtime = await _io.StartRuntime(_session, options, _metrics, _loggers, _signals.Soft);

        // Step 5.
        _readiness.Started(_client, () => _runtime.Watcher);
        _session.Publish(_http.Url);
        Say(home, _runtime.MemoryBoundBytes);
        Log.Ready(
            _logger, _http.Url.ToString(), _session.Destination.Url.ToString(), _time.GetElapsedTime(started).TotalMilliseconds);
        _systemd.Ready($"loading from {home.DataFolder}");
    }

    async Task WorkAsync()
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_signals.Soft);
        var watchdog = WatchdogAsync(over.Token);
        try
        {
            await _runtime!.RunAsync(watch: true, _signals.Soft, _signals.Hard);
        }
        finally
        {
            await over.CancelAsync();
            await watchdog;
        }
    }

    /// <summary>
    /// Tells systemd that we live as long as our own probe says so: a daemon that only looks alive is restarted.
    /// </summary>
    async Task WatchdogAsync(CancellationToken over)
    {
        if (_systemd.WatchdogInterval is not { } interval)
        {
            return;
        }

        using var timer = new PeriodicTimer(interval, _time);
        try
        {
            do
            {
                // An unreachable ClickHouse is no reason to be restarted: the pipeline waits for it.
                await _readiness.CheckAsync(over);
                _systemd.Watchdog();
            }
            while (await timer.WaitForNextTickAsync(over));
        }
        catch (OperationCanceledException)
        {
            // Stopping: systemd has its own limit for that.
        }
    }

    void OnSignal(int wish)
    {
        if (wish == 1)
        {
            _readiness.Stopping();
            Log.SoftStop(_logger);
            _systemd.Stopping("finishing open files");
        }
        else
        {
            Log.HardStop(_logger);
        }
    }

    void Say(PipelineHome home, long memoryBound)
    {
        var session = _session!;
        var destination = session.IsEmbedded ? $"embedded ClickHouse {session.EngineVersion} at {session.Destination.Url}"
            : $"ClickHouse at {session.Destination.Url}";
        var elsewhere = home.Root == Path.GetFullPath(".") ? "" : $" --home {home.Root}";
        _io.Out.WriteLine(
            $"""
            Pipeline {ProductVersion.Text}
              home         {home.Root}
              drop files   {home.DataFolder}
              refused      {home.QuarantineFolder}
              destination  {destination}, database {session.Destination.Database}
              memory       batches take at most {Humanly.Bytes(memoryBound)}
              status       {_http!.Url} (/metrics /readyz)
              query        pipeline query "SHOW TABLES"{elsewhere}
              stop         Ctrl+C
            """);
        _io.Out.Flush();
    }

    static bool IsLoopback(string bind) =>
        bind == "localhost" || (IPAddress.TryParse(bind, out var ip) && IPAddress.IsLoopback(ip));

    static Dictionary<string, string> ProcessEnvironment()
    {
        var variables = new Dictionary<string, string>();
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return variables;
    }

    static partial class Log
    {
        [LoggerMessage(EventIds.Starting, LogLevel.Debug, "Pipeline {Version} starts on {Home}, process {ProcessId}")]
        public static partial void Starting(ILogger logger, string version, string home, int processId);

        [LoggerMessage(EventIds.Ready, LogLevel.Information,
            "Ready at {HttpUrl}, loading into {Destination}; the start took {Milliseconds:0} ms")]
        public static partial void Ready(ILogger logger, string httpUrl, string destination, double milliseconds);

        [LoggerMessage(EventIds.SoftStop, LogLevel.Information,
            "Stopping: open files are finished, no new ones are begun. Once more (Ctrl+C) abandons them; "
            + "the next start takes them up again")]
        public static partial void SoftStop(ILogger logger);

        [LoggerMessage(
            EventIds.HardStop, LogLevel.Warning, "Stopping at once: open files are abandoned; the next start takes them up again")]
        public static partial void HardStop(ILogger logger);

        [LoggerMessage(EventIds.Stopped, LogLevel.Information, "Stopped")]
        public static partial void Stopped(ILogger logger);

        [LoggerMessage(EventIds.StartFailed, LogLevel.Error, "{Reason}")]
        public static partial void StartFailed(ILogger logger, string reason);

        [LoggerMessage(EventIds.Fault, LogLevel.Critical,
            "The pipeline failed; nothing is lost, but this is a fault of the program. Please report it")]
        public static partial void Fault(ILogger logger, Exception exception);

        [LoggerMessage(EventIds.ListeningBeyondLoopback, LogLevel.Warning,
            "Listening on {Bind}: other machines can read /metrics and /readyz. Changes need the token in the state folder")]
        public static partial void ListeningBeyondLoopback(ILogger logger, string bind);

        [LoggerMessage(EventIds.SeriesFolded, LogLevel.Warning,
            "The metric {Metric} has more than {Limit} combinations of labels: further ones are counted together as 'other'")]
        public static partial void SeriesFolded(ILogger logger, string metric, int limit);
    }
}
