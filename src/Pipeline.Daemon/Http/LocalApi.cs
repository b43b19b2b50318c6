using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Pipeline.Daemon.Commands;
using Pipeline.Telemetry;

namespace Pipeline.Daemon.Http;

/// <summary>
/// The endpoints through which verbs let the running daemon do things. Each needs the token that only the daemon's user can read,
/// so a web page, another user or another machine can do nothing here.
/// </summary>
sealed partial class LocalApi(
    string token, Func<IPipelineCommands?> commands, ILogger<LocalApi> logger, CancellationToken stopping)
{
    /// <summary>Bodies are paths: 100,000 of them and more.</summary>
    const long MaxBodyBytes = 64 << 20;

    readonly byte[] _tokenHash = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/ingest", context => RunAsync<IngestOrder>(context, IngestAsync));
        routes.MapPost("/api/v1/undo", context => RunAsync<FileOrder>(context, (c, o, http, stop) =>
            ReplyAsync(http, "undo", o.File, c.UndoAsync(o.File, stop))));
    }

    async Task RunAsync<T>(HttpContext context, Func<IPipelineCommands, T, HttpContext, CancellationToken, Task> run)
        where T : class
    {
        if (!IsAuthorised(context.Request))
        {
            Log.Refused(logger, context.Request.Path, context.Connection.RemoteIpAddress?.ToString() ?? "?");
            await ProblemAsync(context, 401, "Unauthorized", "The token in the daemon's credential file is needed.");
            return;
        }

        if (commands() is not { } pipeline || stopping.IsCancellationRequested)
        {
            await ProblemAsync(context, 503, "Not ready", "The daemon is starting or stopping; try again in a moment.");
            return;
        }

        if (await ReadAsync<T>(context) is not { } order)
        {
            await ProblemAsync(context, 400, "Bad request", "The body is not the JSON that this command takes.");
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await run(pipeline, order, context, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The client is gone, or we are going: a cut response says so.
            context.Abort();
        }
        catch (Exception e)
        {
            Log.Failed(logger, e, context.Request.Path);
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            await ProblemAsync(context, 500, "Failed", e.Message);
        }
    }

    async Task IngestAsync(IPipelineCommands pipeline, IngestOrder order, HttpContext context, CancellationToken stop)
    {
        context.Response.ContentType = "application/x-ndjson";
        await context.Response.StartAsync(stop);
        await foreach (var update in pipeline.IngestAsync(order, stop))
        {
            await JsonSerializer.SerializeAsync(context.Response.Body, update, Json.Compact, stop);
            await context.Response.Body.WriteAsync("\n"u8.ToArray(), stop);
            await context.Response.Body.FlushAsync(stop);
        }

        Log.Done(logger, "ingest", $"{order.Files.Count} files");
    }

    async Task ReplyAsync(HttpContext context, string command, string file, Task<CommandReply> work)
    {
        var reply = await work;
        Log.Done(logger, command, $"{file}: {reply.Message}");
        await context.Response.WriteAsJsonAsync(reply, Json.Compact, context.RequestAborted);
    }

    bool IsAuthorised(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.Ordinal)
            && CryptographicOperations.FixedTimeEquals(
                SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..])), _tokenHash);
    }

    static async Task<T?> ReadAsync<T>(HttpContext context)
        where T : class
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBodyBytes;
        }

        try
        {
            return await context.Request.ReadFromJsonAsync<T>(Json.Compact, context.RequestAborted);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or BadHttpRequestException)
        {
            return null;
        }
    }

    static Task ProblemAsync(HttpContext context, int status, string title, string detail)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new { type = "about:blank", title, status, detail }, Json.Compact, "application/problem+json",
            context.RequestAborted);
    }

    static partial class Log
    {
        [LoggerMessage(EventIds.CommandRefused, LogLevel.Warning, "{Path} was asked for from {Address} without the right token")]
        public static partial void Refused(ILogger logger, string path, string address);

        [LoggerMessage(EventIds.CommandDone, LogLevel.Debug, "{Command}: {What}")]
        public static partial void Done(ILogger logger, string command, string what);

        [LoggerMessage(EventIds.CommandFailed, LogLevel.Error, "{Path} failed")]
        public static partial void Failed(ILogger logger, Exception exception, string path);
    }
}
