using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Pipeline.Daemon.Tests;

/// <summary>Answers a ping and a query, and remembers what it was asked. For what needs no engine.</summary>
sealed class FakeClickHouse : IAsyncDisposable
{
    readonly WebApplication _app;

    FakeClickHouse(WebApplication app, Uri url)
    {
        _app = app;
        Url = url;
    }

    public Uri Url { get; }

    public List<(string Sql, string Query, string User, string Key)> Asked { get; } = [];

    public string Answer { get; set; } = "1\n";

    public (int Status, string Code, string Text)? Error { get; set; }

    public static async Task<FakeClickHouse> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        FakeClickHouse? fake = null;
        app.Run(context => fake!.AnswerAsync(context));
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        fake = new FakeClickHouse(app, new Uri(address));
        return fake;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/ping")
        {
            await context.Response.WriteAsync("Ok.\n");
            return;
        }

        using var body = new StreamReader(context.Request.Body, Encoding.UTF8);
        var headers = context.Request.Headers;
        Asked.Add((await body.ReadToEndAsync(), context.Request.QueryString.Value ?? "", headers["X-ClickHouse-User"]!,
            headers["X-ClickHouse-Key"]!));
        if (Error is { } error)
        {
            context.Response.StatusCode = error.Status;
            context.Response.Headers["X-ClickHouse-Exception-Code"] = error.Code;
            await context.Response.WriteAsync(error.Text);
            return;
        }

        await context.Response.WriteAsync(Answer);
    }
}
