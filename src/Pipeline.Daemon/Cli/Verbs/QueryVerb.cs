using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.ClickHouse;
using Pipeline.Configuration;
using Pipeline.Daemon.Hosting;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary>
/// <c>query SQL</c>: any one statement, any output format, byte for byte as ClickHouse writes it. Asks the configured server,
/// else the engine of the process that works on the home, else an engine started for this one statement.
/// </summary>
static class QueryVerb
{
    /// <summary>
    /// How long another process may take to start or to end before this gives up: the engine's own start takes about a second.
    /// </summary>
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>A person waits as long as it takes, and ends it with Ctrl+C.</summary>
    static readonly TimeSpan s_longestSilence = TimeSpan.FromDays(7);

    static readonly Argument<string?> s_sql = new("SQL")
    {
        Description = "One statement; - or nothing reads it from standard input",
        Arity = ArgumentArity.ZeroOrOne,
    };

    static readonly Option<string?> s_format = new("--format", "-f")
    {
        Description = "Any ClickHouse output format [default: PrettyCompact on a terminal, else TabSeparatedWithNames]",
        HelpName = "FORMAT",
    };

    public static Command Create(CliIo io)
    {
        var command = new Command("query", "Run one SQL statement and print its result") { s_sql, s_format };
        command.SetAction((result, cancellation) => RunAsync(result, io, cancellation));
        return command;
    }

    static async Task<int> RunAsync(ParseResult result, CliIo io, CancellationToken cancellation)
    {
        var (home, options) = HomeContext.Of(result);
        var sql = await SqlAsync(result.GetValue(s_sql), io, cancellation);
        var format = result.GetValue(s_format)
            ?? (result.GetValue(CommandLine.AsJson) ? "JSONEachRow" : io.IsTerminal ? "PrettyCompact" : "TabSeparatedWithNames");
        await using var session = await DestinationAsync(home, options, cancellation);
        using var client = new ClickHouseClient(session.Destination with { ReadIdleTimeout = s_longestSilence });
        try
        {
            await using var stream = await client.QueryStreamAsync(sql, format, null, cancellation);
            await using var output = io.OpenOut();
            return await CopyAsync(stream.Body, output, cancellation);
        }
        catch (ClickHouseException e)
        {
            await io.Error.WriteLineAsync(e.Error.Code == 0 ? e.Error.Message : e.Error.ToString());
            return e.Error.Code == 0 ? ExitCode.DestinationUnreachable : ExitCode.Usage;
        }
    }

    static async Task<string> SqlAsync(string? argument, CliIo io, CancellationToken cancellation)
    {
        if (argument is null or "-" && (io.IsInputRedirected || argument == "-"))
        {
            argument = await io.In.ReadToEndAsync(cancellation);
        }

        return string.IsNullOrWhiteSpace(argument)
            ? throw new CliException(ExitCode.Usage, "There is no statement. Try: pipeline query \"SHOW TABLES\"")
            : argument;
    }

    /// <summary>Where to ask, and what to end afterwards.</summary>
    static async Task<Target> DestinationAsync(PipelineHome home, PipelineOptions options, CancellationToken cancellation)
    {
        if (options.Clickhouse.Url is not null)
        {
            return new Target(HomeSession.ServerOf(options.Clickhouse), null);
        }

        var time = TimeProvider.System;
        var started = time.GetTimestamp();
        while (true)
        {
            if (DaemonFile.Find(home) is { Embedded: true } other && DaemonCredentials.Find(home) is { } credentials)
            {
                return new Target(
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
                var own = await HomeSession.OpenAsync(
                    homeLock, home, options, "query", NullLoggerFactory.Instance, null, time, cancellation);
                own.Publish(httpUrl: null);
                return new Target(own.Destination, own);
            }
            catch (CliException e) when (e.ExitCode == ExitCode.Usage && time.GetElapsedTime(started) < s_patience)
            {
                // Somebody works on the home and has not said where yet, or is just going.
                await Task.Delay(s_pause, time, cancellation);
            }
        }
    }

    static async Task<int> CopyAsync(Stream body, Stream output, CancellationToken cancellation)
    {
        var buffer = new byte[64 * 1024];
        while (await body.ReadAsync(buffer, cancellation) is var read and > 0)
        {
            try
            {
                await output.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }
            catch (IOException)
            {
                // Whoever reads our output has seen enough (head, less): that is no failure. The query ends with its connection.
                return ExitCode.Good;
            }
        }

        await output.FlushAsync(cancellation);
        return ExitCode.Good;
    }

    sealed record Target(ClickHouseOptions Destination, HomeSession? Own) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Own?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
