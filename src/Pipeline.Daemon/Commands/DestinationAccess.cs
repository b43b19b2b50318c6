using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.ClickHouse;
using Pipeline.Configuration;
using Pipeline.Daemon.Cli;
using Pipeline.Daemon.Hosting;

namespace Pipeline.Daemon.Commands;

/// <summary>
/// A way to ask the destination of a home for the time of one verb: the configured server, else the engine of the process that works on the home, else an
/// engine started for this.
/// </summary>
sealed class DestinationAccess : IAsyncDisposable
{
    /// <summary>
    /// How long another process may take to start or to end before this gives up: the engine's own start takes about a second.
    /// </summary>
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    readonly HomeSession? _own;

    DestinationAccess(ClickHouseOptions options, HomeSession? own)
    {
        Options = options;
        _own = own;
    }

    public ClickHouseOptions Options { get; }

    /// <summary>Whether there is anything to ask: a home in which no engine ever worked has no tables, and asking would make it one.</summary>
    public static bool Exists(HomeContext context) =>
        context.Options.Clickhouse.Url is not null || DaemonFile.Find(context.Home) is not null || Directory.Exists(context.Home.EngineFolder);

    /// <exception cref="CliException">The home is in use by somebody who does not say where, or the engine does not start.</exception>
    public static async Task<DestinationAccess> OpenAsync(HomeContext context, string verb, CancellationToken cancellation)
    {
        var (home, options) = context;
        if (options.Clickhouse.Url is not null)
        {
            return new DestinationAccess(HomeSession.ServerOf(options.Clickhouse), null);
        }

        var time = TimeProvider.System;
        var started = time.GetTimestamp();
        while (true)
        {
            if (DaemonFile.Find(home) is { Embedded: true } other && DaemonCredentials.Find(home) is { } credentials)
            {
                return new DestinationAccess(
                    new ClickHouseOptions
                    {
                        Url = other.DestinationUrl,
                        User = credentials.ClickhouseUser,
                        Password = credentials.ClickhousePassword,
                        Database = options.Clickhouse.Database,
                    },
                    null);
            }

            try
            {
                var homeLock = await HomeLock.TakeAsync(home, time, cancellation);
                var own = await HomeSession.OpenAsync(homeLock, home, options, verb, NullLoggerFactory.Instance, null, time, cancellation);
                own.Publish(httpUrl: null);
                return new DestinationAccess(own.Destination, own);
            }
            catch (CliException e) when (e.ExitCode == ExitCode.Usage && time.GetElapsedTime(started) < s_patience)
            {
                // Somebody works on the home and has not said where yet, or is just going.
                await Task.Delay(s_pause, time, cancellation);
            }
        }
    }

    public ValueTask DisposeAsync() => _own?.DisposeAsync() ?? ValueTask.CompletedTask;
}
