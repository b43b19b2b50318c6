using System.CommandLine;
using System.Text.RegularExpressions;
using Pipeline.ClickHouse;
using Pipeline.Daemon.Commands;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary>
/// <c>query SQL</c>: any one statement, any output format, byte for byte as ClickHouse writes it; the data of an INSERT from standard input. Asks the configured server,
/// else the engine of the process that works on the home, else an engine started for this one statement.
/// </summary>
static class QueryVerb
{
    /// <summary>A person waits as long as it takes, and ends it with Ctrl+C.</summary>
    static readonly TimeSpan s_longestSilence = TimeSpan.FromDays(7);

    // INSERT INTO t … FORMAT name, with nothing behind it: what comes next is data.
    static readonly Regex s_insertOfData = new(
        @"^\s*INSERT\s+INTO\b.*\bFORMAT\s+\w+\s*;?\s*$", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    static readonly Regex s_select = new(@"\bSELECT\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    static readonly Argument<string?> s_sql = new("SQL")
    {
        Description = "One statement; - or nothing reads it from standard input, which otherwise has the data of INSERT ... FORMAT",
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
        var context = HomeContext.Of(result);
        var sql = await SqlAsync(result.GetValue(s_sql), io, cancellation);
        var format = result.GetValue(s_format)
            ?? (result.GetValue(CommandLine.AsJson) ? "JSONEachRow" : io.IsTerminal ? "PrettyCompact" : "TabSeparatedWithNames");
        await using var destination = await DestinationAccess.OpenAsync(context, "query", cancellation);
        using var client = new ClickHouseClient(destination.Options with { ReadIdleTimeout = s_longestSilence });
        try
        {
            if (result.GetValue(s_sql) == sql && s_insertOfData.IsMatch(sql) && !s_select.IsMatch(sql))
            {
                return await InsertAsync(client, sql, io, cancellation);
            }

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

    // The data of INSERT … FORMAT F comes from standard input, byte for byte.
    static async Task<int> InsertAsync(ClickHouseClient client, string sql, CliIo io, CancellationToken cancellation)
    {
        if (!io.IsInputRedirected)
        {
            throw new CliException(ExitCode.Usage, "The statement waits for data: give it on standard input, as in: pipeline query \"INSERT …\" < FILE");
        }

        var isRead = false;
        var inserted = await client.InsertStreamAsync(sql.TrimEnd().TrimEnd(';'), WriteAsync, null, null, cancellation);
        return inserted switch
        {
            InsertResult.Accepted => ExitCode.Good,
            InsertResult.Retry retry => throw new CliException(ExitCode.DestinationUnreachable, $"ClickHouse did not take it: {retry.Error}"),
            InsertResult.Refused refused => throw new CliException(ExitCode.Usage, refused.Error.ToString()),
            _ => throw new InvalidOperationException($"An insert ended as {inserted}."),
        };

        async Task WriteAsync(Stream body, CancellationToken token)
        {
            if (isRead)
            {
                throw new CliException(ExitCode.DestinationUnreachable, "The connection was lost, and standard input cannot be read again: nothing more was sent.");
            }

            isRead = true;
            await using var data = io.OpenIn();
            await data.CopyToAsync(body, token);
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
}
