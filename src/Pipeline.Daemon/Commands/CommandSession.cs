using Microsoft.Extensions.Logging;
using Pipeline.Daemon.Cli;
using Pipeline.Daemon.Hosting;
using Pipeline.Telemetry;

namespace Pipeline.Daemon.Commands;

/// <summary>
/// The commands for the time of one verb: those of the daemon that runs on the home, else of parts that this process starts for
/// itself.
/// </summary>
sealed class CommandSession : IAsyncDisposable
{
    readonly Stack<IAsyncDisposable> _owned = new();

    // Of the parts that this process started: their work, and the wish to end it.
    Task _running = Task.CompletedTask;
    CancellationTokenSource? _done;

    CommandSession()
    {
    }

    public IPipelineCommands Commands { get; private set; } = null!;

    /// <summary>
    /// Ends the wait for answers: parts of this process still say what they finish after the first wish to stop; a daemon works on without us.
    /// </summary>
    public CancellationToken Answering { get; private set; }

    public static async Task<CommandSession> OpenAsync(
        HomeContext context, string verb, CliIo io, StopSignals signals, TimeProvider time)
    {
        var session = new CommandSession();
        if (DaemonFile.Find(context.Home) is { HttpUrl: { } url } && DaemonCredentials.Find(context.Home) is { } credentials)
        {
            var client = new DaemonClient(url, credentials);
            session._owned.Push(new Disposal(client));
            session.Commands = client;
            session.Answering = signals.Soft;
            return session;
        }

        try
        {
            await session.StartPartsAsync(context, verb, io, signals, time);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Waits for work that the parts do. When a part fails, with its fault: nothing would end the work any more.
    /// </summary>
    public async Task UntilFaultAsync(Task work)
    {
        await Task.WhenAny(work, _running);
        if (_running.IsFaulted)
        {
            await _running;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_done is not null)
        {
            await _done.CancelAsync();
        }

        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // The hard stop that was asked for. A fault was thrown to whoever waited for the work, and is not thrown over it.
        }
        finally
        {
            while (_owned.TryPop(out var owned))
            {
                await owned.DisposeAsync();
            }

            _done?.Dispose();
        }
    }

    async Task StartPartsAsync(HomeContext context, string verb, CliIo io, StopSignals signals, TimeProvider time)
    {
        var homeLock = await HomeLock.TakeAsync(context.Home, time, signals.Soft);
        _owned.Push(new Disposal(homeLock));
        var loggers = LogSetup.ForVerb(context.Home, context.Options.Log);
        _owned.Push(new Disposal(loggers));
        var meters = new MeterFactory();
        _owned.Push(new Disposal(meters));
        var metrics = new PipelineMetrics(meters, time);
        var home = await HomeSession.OpenAsync(
            homeLock, context.Home, context.Options, verb, loggers, metrics, time, signals.Soft);
        _owned.Push(home);
        home.Publish(httpUrl: null);
        var runtime = await io.StartRuntime(home, context.Options, metrics, loggers, signals.Soft);
        _owned.Push(runtime);
        Commands = runtime;
        Answering = signals.Hard;
        _done = CancellationTokenSource.CreateLinkedTokenSource(signals.Soft);
        _running = Task.Run(() => runtime.RunAsync(watch: false, _done.Token, signals.Hard), CancellationToken.None);
    }

    /// <summary>What can only be disposed of synchronously.</summary>
    sealed class Disposal(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
