using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipeline.Formats;
using Pipeline.Telemetry;

namespace Pipeline.Daemon.Tests.Deploy;

/// <summary>The product's instruments and exporter behind a web server, scraped by a real Prometheus.</summary>
public sealed class ScrapeTests
{
    [SkippableFact]
    public async Task Metrics_ScrapedByPrometheus_EveryQueryAndRuleWorks()
    {
        Tool.Require("prometheus");
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        var metrics = new PipelineMetrics(factory, TimeProvider.System);
        var process = new ProcessMetrics(factory);
        using var exporter = new PrometheusExporter([metrics.Meter, process.Meter]);
        UseAll(metrics);
        await using var web = await ServeAsync(exporter);

        await using var prometheus = await PrometheusServer.StartAsync(new Uri(web.Urls.Single()));
        await prometheus.WaitForAsync("up{job=\"pipeline\"} == 1");

        var expressions = OverviewDashboard.Expressions();
        foreach (var metric in expressions.SelectMany(e => PromQl.Parse(e).Selectors).Select(s => s.Metric).Distinct())
        {
            // Waited for: a scrape that a busy machine does not answer in time ends every series until the next one.
            await prometheus.WaitForAsync($"count({metric})");
        }

        foreach (var expression in expressions)
        {
            await prometheus.QueryAsync(expression);
        }

        await prometheus.WaitForAsync("ALERTS{alertname=\"PipelineWatcherPolling\"}");
        var rules = await prometheus.RulesAsync();
        rules.Count.ShouldBeGreaterThan(8);
        rules.ShouldAllBe(r => r.Health == "ok");
    }

    /// <summary>One of each, so that no series is missing for want of an occurrence.</summary>
    static void UseAll(PipelineMetrics metrics)
    {
        metrics.Begin();
        foreach (var outcome in new[] { "loaded", "duplicate", "empty", "quarantined" })
        {
            metrics.FileSettled(
                "orders", "csv", outcome, rowsLoaded: 10, rowsRejected: 1, rowsSkipped: 1, bytes: 100, seconds: 0.02, secondsSinceSeen: 0.03);
        }

        metrics.Rejected("orders", RejectCode.NotADate.Name(), 1);
        metrics.ObserveQueue("files", () => 3);
        metrics.StageTook(FileStage.Read, TimeSpan.FromMilliseconds(5));
        metrics.Inserted(10);
        metrics.InsertRetried("TOO_MANY_PARTS");
        metrics.EngineRestarted();
        metrics.ObserveWatcher(() => false);
    }

    static async Task<WebApplication> ServeAsync(PrometheusExporter exporter)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var web = builder.Build();
        web.Urls.Add("http://127.0.0.1:0");
        web.MapGet("/metrics", () => Results.Text(exporter.Export(), PrometheusExporter.ContentType));
        await web.StartAsync();
        return web;
    }
}
