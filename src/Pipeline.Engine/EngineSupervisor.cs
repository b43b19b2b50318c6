using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Pipeline.Engine;

/// <summary>How an engine ended that nobody stopped.</summary>
/// <param name="ExitCode">128 and the signal's number when a signal killed it: 137 is SIGKILL, which the out-of-memory killer sends too.</param>
/// <param name="RestartDelay">When the next one is started.</param>
public sealed record EngineCrash(int ProcessId, int ExitCode, TimeSpan RestartDelay);

/// <summary>What a supervisor starts, and how.</summary>
public sealed record EngineSupervisorOptions
{
    /// <summary>The engine's store, address and user. Without a password a random one is made; port 0 becomes a fixed free one.</summary>
    public required EngineOptions Engine { get; init; }

    /// <summary>How long a start may take, the wait for a predecessor that still holds the store included.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The wait before the first restart; it doubles with each engine that dies young.</summary>
    public TimeSpan FirstRestartDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait before a restart. An engine that lived longer than this counts as healthy again.</summary>
    public TimeSpan MaxRestartDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The program to start instead of this assembly's own: its file name and first arguments.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Called after an engine died, from a task of the supervisor's.</summary>
    public Action<EngineCrash>? OnCrash { get; init; }

    /// <summary>Called when a new engine answers in place of one that died.</summary>
    public Action? OnRestarted { get; init; }
}

/// <summary>
/// Keeps one engine process alive. The address, user and password stay the same over restarts, so that a client only has to try
/// again. The engine ends with this process, however this process ends.
/// </summary>
public sealed partial class EngineSupervisor : IAsyncDisposable
{
    readonly EngineSupervisorOptions _options;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly CancellationTokenSource _stopping = new();

    // Written by the watching task only, once it runs.
    EngineProcess _engine;
    Task _watching = Task.CompletedTask;
    int _isStopped;

    EngineSupervisor(EngineSupervisorOptions options, EngineProcess engine, TimeProvider time, ILogger logger)
    {
        _options = options;
        _engine = engine;
        _time = time;
        _logger = logger;
    }

    /// <summary>Where the engine answers; the same after a restart.</summary>
    public Uri Url => _engine.Url;

    public string User => _options.Engine.User;

    public string Password => _options.Engine.Password!;

    /// <summary>ClickHouse's version.</summary>
    public string Version => _engine.Version;

    /// <summary>The engine's process, or null while there is none.</summary>
    public int? ProcessId => _engine.HasExited ? null : _engine.Id;

    /// <summary>How often an engine was started in place of one that died.</summary>
    public int Restarts { get; private set; }

    /// <summary>Starts an engine and returns when it answers.</summary>
    /// <exception cref="EngineException">It did not start, with the reason that it gave.</exception>
    public static async Task<EngineSupervisor> StartAsync(
        EngineSupervisorOptions options, TimeProvider? time = null, ILogger? logger = null, CancellationToken cancellation = default)
    {
        time ??= TimeProvider.System;
        logger ??= NullLogger.Instance;
        var engine = options.Engine with
        {
            ExitWithParent = true,
            Password = string.IsNullOrEmpty(options.Engine.Password)
                ? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24))
                : options.Engine.Password,
        };
        options = options with { Engine = engine };
        var process = await LaunchAsync(options, time, logger, cancellation);

        // Which port it took is known once it listens; a restart takes the same.
        options = options with { Engine = engine with { Port = process.Url.Port } };
        var supervisor = new EngineSupervisor(options, process, time, logger);
        Log.Started(logger, supervisor._engine.Id, supervisor.Url, supervisor.Version);
        supervisor._watching = Task.Run(supervisor.WatchAsync, CancellationToken.None);
        return supervisor;
    }

    /// <summary>Stops the engine: it finishes what runs, up to its grace time, and closes the store.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 0)
        {
            await _stopping.CancelAsync();
        }

        await _watching;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _engine.Dispose();
        _stopping.Dispose();
    }

    async Task WatchAsync()
    {
        var delay = _options.FirstRestartDelay;
        while (true)
        {
            var started = _time.GetTimestamp();
            try
            {
                await _engine.WaitForExitAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                await _engine.StopAsync(_options.Engine.StopGrace + TimeSpan.FromSeconds(10), _time);
                return;
            }

            if (_time.GetElapsedTime(started) > _options.MaxRestartDelay)
            {
                delay = _options.FirstRestartDelay;
            }

            Log.Died(_logger, _engine.Id, _engine.ExitCode, delay);
            _options.OnCrash?.Invoke(new(_engine.Id, _engine.ExitCode, delay));
            if (!await RestartAsync(delay))
            {
                return;
            }

            delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, _options.MaxRestartDelay.Ticks));
        }
    }

    /// <returns>False when the supervisor was stopped meanwhile.</returns>
    async Task<bool> RestartAsync(TimeSpan delay)
    {
        while (true)
        {
            try
            {
                await Task.Delay(delay, _time, _stopping.Token);
                var next = await LaunchAsync(_options, _time, _logger, _stopping.Token);
                (var previous, _engine) = (_engine, next);
                previous.Dispose();
                Restarts++;
                Log.Restarted(_logger, _engine.Id, Restarts);
                _options.OnRestarted?.Invoke();
                return true;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return false;
            }
            catch (EngineException exception)
            {
                delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, _options.MaxRestartDelay.Ticks));
                Log.RestartFailed(_logger, exception, delay);
            }
        }
    }

    /// <summary>Starts a process and waits until it is ready. A store that its last owner is just closing is waited for.</summary>
    static async Task<EngineProcess> LaunchAsync(
        EngineSupervisorOptions options, TimeProvider time, ILogger logger, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var engine = EngineProcess.Start(options, logger);
            try
            {
                await engine.WaitUntilReadyAsync(options.StartTimeout - time.GetElapsedTime(started), time, cancellation);
                return engine;
            }
            catch (EngineException exception) when (
                exception.Exit == EngineExit.StoreLocked && time.GetElapsedTime(started) < options.StartTimeout / 6)
            {
                engine.Dispose();
                await Task.Delay(TimeSpan.FromMilliseconds(250), time, cancellation);
            }
            catch
            {
                engine.Kill();
                engine.Dispose();
                throw;
            }
        }
    }

    static partial class Log
    {
        [LoggerMessage(9100, LogLevel.Debug, "Engine {ProcessId} answers at {Url}, ClickHouse {Version}")]
        public static partial void Started(ILogger logger, int processId, Uri url, string version);

        [LoggerMessage(9101, LogLevel.Error, "Engine {ProcessId} died with exit code {ExitCode}; the next one starts in {Delay}")]
        public static partial void Died(ILogger logger, int processId, int exitCode, TimeSpan delay);

        [LoggerMessage(9102, LogLevel.Warning, "Engine {ProcessId} answers in place of the one that died (restart {Restarts})")]
        public static partial void Restarted(ILogger logger, int processId, int restarts);

        [LoggerMessage(9103, LogLevel.Error, "The engine did not start again; the next attempt follows in {Delay}")]
        public static partial void RestartFailed(ILogger logger, Exception exception, TimeSpan delay);
    }
}
