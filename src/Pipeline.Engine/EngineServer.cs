using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipeline.Engine.Chdb;
using Pipeline.Engine.Http;

namespace Pipeline.Engine;

/// <summary>
/// The HTTP side of an engine. Stopping has two stages: first it answers new queries with 503 and waits for those that run, then it
/// cancels what is left.
/// </summary>
sealed partial class EngineServer : IAsyncDisposable
{
    readonly WebApplication _application;
    readonly SemaphoreSlim _turns;
    readonly CancellationTokenSource _hardStop = new();
    readonly QueryHandler _handler;
    readonly EngineOptions _options;
    readonly TimeProvider _time;
    readonly ILogger _logger;

    // Changed by any request's task.
    int _running;
    volatile bool _isStopping;
    readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

    EngineServer(EngineOptions options, ChdbStore store, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _time = time;
        _logger = loggers.CreateLogger<EngineServer>();
        _turns = new(options.MaxRunningQueries);
        _handler = new(store, new(options.User, options.Password), _turns, time, loggers.CreateLogger<QueryHandler>());

        // Kestrel's own log stays silent: what matters of a request is logged here.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Configure);
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, LargeBlocks>(); // Of two, the last is taken.
        _application = builder.Build();
        _application.Run(HandleAsync);
    }

    /// <summary>Where the server listens, with the port that it got.</summary>
    public Uri Url { get; private set; } = new("http://0.0.0.0/");

    public static async Task<EngineServer> StartAsync(EngineOptions options, ChdbStore store, TimeProvider time, ILoggerFactory loggers)
    {
        var server = new EngineServer(options, store, time, loggers);
        try
        {
            await server._application.StartAsync();
        }
        catch (IOException exception)
        {
            await server.DisposeAsync();
            throw new EngineException(
                EngineExit.AddressInUse, $"The engine cannot listen on {options.Bind}:{options.Port}: {exception.Message}", exception);
        }

        var addresses = server._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        server.Url = new(addresses.First() + "/");
        return server;
    }

    /// <summary>Refuses new queries, waits for those that run and cancels them after the grace time.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        _isStopping = true;

        // Either this sees the last request running, or that request sees the flag: nothing may move over this line.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _running) > 0)
        {
            await Task.WhenAny(_idle.Task, Task.Delay(grace, _time, CancellationToken.None));
        }

        await _hardStop.CancelAsync();
        await _application.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _turns.Dispose();
        _hardStop.Dispose();
    }

    void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;

        // An insert is as long as it is, and its data may come slowly.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;

        // Statements in the URL: a server's limit is 1 MiB (http_max_uri_size).
        kestrel.Limits.MaxRequestLineSize = 1 << 20;
        kestrel.Limits.MaxRequestHeadersTotalSize = 128 << 10;

        // Inserts come in megabytes: fewer, larger reads.
        kestrel.Limits.MaxRequestBufferSize = 4 << 20;
        kestrel.Limits.MaxResponseBufferSize = 1 << 20;
        kestrel.Listen(IPAddress.Parse(_options.Bind), _options.Port, listen => listen.Protocols = HttpProtocols.Http1);
    }

    async Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value;
        if (path is not ("/" or ""))
        {
            context.Response.StatusCode = path == "/ping" ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
            await context.Response.WriteAsync(
                path == "/ping" ? "Ok.\n" : $"There is no handle {path}\n\nUse / for queries, /ping for a health check.\n");
            return;
        }

        if (HttpMethods.IsGet(context.Request.Method) && !context.Request.Query.ContainsKey("query"))
        {
            await context.Response.WriteAsync("Ok.\n");
            return;
        }

        Interlocked.Increment(ref _running);
        try
        {
            if (_isStopping)
            {
                context.Response.Headers.RetryAfter = "1";
                context.Response.Headers.Connection = "close";
                await Respond(
                    context, StatusCodes.Status503ServiceUnavailable,
                    ChdbError.Of(236, "ABORTED", "The engine is stopping: try again in a moment"));
                return;
            }

            await _handler.HandleAsync(context, _hardStop.Token);
        }
        catch (Exception exception) when (exception is not ResponseCutException)
        {
            Log.Unforeseen(_logger, exception);
            if (context.Response.HasStarted)
            {
                throw;
            }

            await Respond(context, StatusCodes.Status500InternalServerError, ChdbError.Parse(exception.Message));
        }
        finally
        {
            if (Interlocked.Decrement(ref _running) == 0 && _isStopping)
            {
                _idle.TrySetResult();
            }
        }
    }

    static Task Respond(HttpContext context, int status, ChdbError error)
    {
        context.Response.StatusCode = status;
        context.Response.Headers["X-ClickHouse-Exception-Code"] = error.Code.ToString(CultureInfo.InvariantCulture);
        return context.Response.WriteAsync(error.Text + "\n");
    }

    static partial class Log
    {
        [LoggerMessage(9010, LogLevel.Error, "A request failed in a way nobody foresaw")]
        public static partial void Unforeseen(ILogger logger, Exception exception);
    }
}
