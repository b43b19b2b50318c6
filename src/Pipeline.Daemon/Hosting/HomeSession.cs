using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Pipeline.ClickHouse;
using Pipeline.Configuration;
using Pipeline.Daemon.Cli;
using Pipeline.Engine;
using Pipeline.Telemetry;

namespace Pipeline.Daemon.Hosting;

/// <summary>
/// The time in which this process works on a home: it holds the lock, runs the embedded engine when there is no server, and tells
/// other verbs where both are. Ending it takes all of that back, in reverse order.
/// </summary>
sealed class HomeSession : IAsyncDisposable
{
    /// <summary>As many as bring the data of one part of a load to the disk, and the small files of another, side by side: eight, and a few to spare.</summary>
    const int WorkersAtTheDisk = 10;

    readonly HomeLock _lock;
    readonly EngineSupervisor? _engine;
    readonly ReadingEngine? _reading;
    readonly string _verb;
    readonly TimeProvider _time;

    HomeSession(
        PipelineHome home, string verb, HomeLock homeLock, EngineSupervisor? engine, ReadingEngine? reading, ClickHouseOptions destination, TimeProvider time)
    {
        Home = home;
        _verb = verb;
        _lock = homeLock;
        _engine = engine;
        _reading = reading;
        Destination = destination;
        _time = time;
    }

    public PipelineHome Home { get; }

    public ClickHouseOptions Destination { get; }

    public bool IsEmbedded => _engine is not null;

    public string? EngineVersion => _engine?.Version;

    /// <summary>
    /// The engine beside a server, which reads the files that an engine must read; null where the destination is an engine itself.
    /// </summary>
    public ReadingEngine? Reading => _reading;

    /// <summary>What a client of this process must show; in a file that only its owner can read, never in a log.</summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    /// <summary>Makes the destination of a home available.</summary>
    /// <param name="homeLock">The right to do so; owned by the session from now on, also when this throws.</param>
    /// <exception cref="CliException">The engine does not start.</exception>
    public static async Task<HomeSession> OpenAsync(
        HomeLock homeLock, PipelineHome home, PipelineOptions options, string verb, ILoggerFactory loggers,
        PipelineMetrics? metrics,
        TimeProvider time, CancellationToken cancellation)
    {
        // A worker of the pool that waits for the disk counts as busy: with no more of them than cores, one of these stands still meanwhile.
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, Environment.ProcessorCount + WorkersAtTheDisk), completions);
        EngineSupervisor? engine = null;
        try
        {
            home.CreateFolders();

            // What a killed predecessor left is not true any more.
            File.Delete(home.DaemonFile);
            File.Delete(home.CredentialFile);
            if (options.Clickhouse.Url is null)
            {
                engine = await StartEngineAsync(home, options, loggers, metrics, time, cancellation);
            }

            var reading = engine is null ? new ReadingEngine(home.ReadingEngineFolder, loggers, time) : null;
            return new HomeSession(home, verb, homeLock, engine, reading, DestinationOf(options, engine), time);
        }
        catch
        {
            if (engine is not null)
            {
                await engine.DisposeAsync();
            }

            homeLock.Dispose();
            throw;
        }
    }

    /// <summary>The server of a configuration, without starting anything.</summary>
    public static ClickHouseOptions ServerOf(ClickHouseTargetOptions target) => new()
    {
        Url = target.Url ?? throw new ArgumentException("There is no server without a url.", nameof(target)),
        User = target.User,
        Password = target.Password,
        Database = target.Database,
    };

    /// <summary>Tells the other verbs where this process is.</summary>
    public void Publish(Uri? httpUrl)
    {
        new DaemonCredentials(Token, Destination.User, IsEmbedded ? Destination.Password ?? "" : "").Write(Home);
        new DaemonFile(
            Environment.ProcessId, _verb, ProductVersion.Text, _time.GetUtcNow(), httpUrl, Destination.Url, IsEmbedded).Write(
                Home);
    }

    public async ValueTask DisposeAsync()
    {
        // 1. Nobody new comes. 2. The engine finishes what runs. 3. The home is free.
        File.Delete(Home.DaemonFile);
        File.Delete(Home.CredentialFile);
        if (_reading is not null)
        {
            await _reading.DisposeAsync();
        }

        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }

        _lock.Dispose();
    }

    static async Task<EngineSupervisor> StartEngineAsync(
        PipelineHome home, PipelineOptions options, ILoggerFactory loggers, PipelineMetrics? metrics, TimeProvider time,
        CancellationToken cancellation)
    {
        try
        {
            return await EngineSupervisor.StartAsync(
                new EngineSupervisorOptions
                {
                    Engine = new EngineOptions { StorePath = home.EngineFolder, Port = options.Engine.Port },
                    OnRestarted = metrics is null ? null : metrics.EngineRestarted,
                },
                time,
                loggers.CreateLogger<EngineSupervisor>(),
                cancellation);
        }
        catch (EngineException e)
        {
            throw new CliException(ExitCode.DestinationUnreachable, $"The embedded engine did not start: {e.Message}", e);
        }
    }

    static ClickHouseOptions DestinationOf(PipelineOptions options, EngineSupervisor? engine) => engine is null
        ? ServerOf(options.Clickhouse)
        : new ClickHouseOptions
        {
            Url = engine.Url,
            User = engine.User,
            Password = engine.Password,
            Database = options.Clickhouse.Database,
        };
}
