using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipeline.Configuration;
using Pipeline.Daemon.Cli;
using Pipeline.Telemetry;

namespace Pipeline.Daemon.Http;

/// <summary>
/// The daemon's HTTP surface: <c>/</c>, <c>/healthz</c>, <c>/readyz</c>, <c>/metrics</c> for everybody who reaches it, and the
/// local API for those with the token.
/// </summary>
sealed class HttpSurface : IAsyncDisposable
{
    readonly WebApplication _app;

    HttpSurface(WebApplication app, Uri url)
    {
        _app = app;
        Url = url;
    }

    /// <summary>Where it answers, as seen from this machine.</summary>
    public Uri Url { get; }

    /// <summary>Binds and answers from now on; what is not started yet is said by <c>/readyz</c>.</summary>
    /// <exception cref="CliException">The address cannot be bound.</exception>
    public static async Task<HttpSurface> StartAsync(
        HttpOptions options, string home, Readiness readiness, PrometheusExporter exporter, LocalApi api, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            Listen(kestrel, options);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, ForeignLifetime>();
        var app = builder.Build();
        Map(app, home, readiness, exporter);
        api.Map(app);
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            await app.DisposeAsync();
            var reason = e.InnerException is AddressInUseException ? "it is in use" : e.Message;
            throw new CliException(
                ExitCode.Usage,
                $"The daemon cannot listen on {options.Bind}:{options.Port}: {reason}. "
                + "Set http.port (0 takes a free one) or PIPELINE__HTTP__PORT.",
                e);
        }

        var address = new Uri(
            app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var host = IPAddress.TryParse(options.Bind, out var ip) && !ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any)
            ? ip.ToString()
            : "localhost";
        return new HttpSurface(app, new UriBuilder("http", host, address.Port).Uri);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    static void Listen(KestrelServerOptions kestrel, HttpOptions options)
    {
        // Kestrel has no "localhost, any port": the free port of one protocol may be taken in the other.
        switch (options.Bind)
        {
            case "*":
                kestrel.ListenAnyIP(options.Port);
                break;
            case "localhost" when options.Port != 0:
                kestrel.ListenLocalhost(options.Port);
                break;
            case "localhost":
                kestrel.Listen(IPAddress.Loopback, 0);
                break;
            default:
                kestrel.Listen(IPAddress.Parse(options.Bind), options.Port);
                break;
        }
    }

    static void Map(WebApplication app, string home, Readiness readiness, PrometheusExporter exporter)
    {
        app.MapGet("/", async (HttpContext context) =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync(
                Page(home, await readiness.CheckAsync(context.RequestAborted)), context.RequestAborted);
        });
        app.MapGet("/healthz", (HttpContext context) => context.Response.WriteAsync("alive\n", context.RequestAborted));
        app.MapGet("/readyz", async (HttpContext context) =>
        {
            var report = await readiness.CheckAsync(context.RequestAborted);
            context.Response.StatusCode = report.Ready ? 200 : 503;
            await context.Response.WriteAsJsonAsync(report, Json.Compact, context.RequestAborted);
        });
        app.MapGet("/metrics", async (HttpContext context) =>
        {
            context.Response.ContentType = PrometheusExporter.ContentType;
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(exporter.Export()), context.RequestAborted);
        });
    }

    static string Page(string home, ReadinessReport report)
    {
        var encode = HtmlEncoder.Default;
        return $"""
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Pipeline</title>
            <h1>Pipeline {ProductVersion.Text}</h1>
            <p>Files dropped into the data folder of <code>{encode.Encode(home)}</code> are loaded into ClickHouse.</p>
            <p>State: {report.Phase}; ClickHouse: {encode.Encode(report.Clickhouse)}; watcher: {report.Watcher}.</p>
            <ul><li><a href="/metrics">metrics</a><li><a href="/readyz">ready?</a><li><a href="/healthz">alive?</a></ul>
            """;
    }

    /// <summary>Signals are the host's business, see <see cref="Hosting.StopSignals"/>.</summary>
    sealed class ForeignLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
