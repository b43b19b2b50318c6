using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Pipeline.Formats;
using Pipeline.Telemetry;
using Pipeline.TestKit;

namespace Pipeline.Tests.Telemetry;

public sealed partial class PipelineMetricsTests : IDisposable
{
    readonly OwnMeterFactory _factory = new();
    readonly PipelineMetrics _metrics;
    readonly ProcessMetrics _process;
    readonly PrometheusExporter _exporter;

    public PipelineMetricsTests()
    {
        _metrics = new PipelineMetrics(_factory, TimeProvider.System);
        _process = new ProcessMetrics(_factory);
        _exporter = new PrometheusExporter([_metrics.Meter, _process.Meter]);
    }

    public void Dispose()
    {
        _exporter.Dispose();
        _factory.Dispose();
    }

    [Fact]
    public void NamesAndLabels_AreTheApprovedOnes()
    {
        Everything();

        // Name, type and label names; label values only where they are members of a fixed set.
        var surface = _exporter.Export().Split('\n')
            .Where(l => l.Length > 0 && !l.StartsWith("# HELP", StringComparison.Ordinal))
            .Select(l => l.StartsWith('#') ? l : Value().Replace(l, ""))
            .Select(l => Free().Replace(Le().Replace(l, ""), "${name}=\"…\""))
            .Distinct();
        Golden.Matches(Golden.FromRoot("tests/Pipeline.Tests/Telemetry/metrics.approved.txt"), string.Join('\n', surface) + "\n");
    }

    [Fact]
    public void FileSettled_Loaded_KeepsTheRowLaw()
    {
        Settle("loaded");

        var text = _exporter.Export();
        text.ShouldContain("""pipeline_files_total{dataset="orders",format="csv",outcome="loaded"} 1""");
        text.ShouldContain("""pipeline_rows_total{dataset="orders",outcome="loaded"} 97""");
        text.ShouldContain("""pipeline_rows_total{dataset="orders",outcome="rejected"} 2""");
        text.ShouldContain("""pipeline_rows_total{dataset="orders",outcome="skipped"} 1""");
        text.ShouldContain("pipeline_bytes_total 1234");
        text.ShouldContain("pipeline_file_seconds_count 1");
        text.ShouldContain("pipeline_detect_to_loaded_seconds_count 1");
    }

    [Fact]
    public void FileSettled_NotLoaded_DoesNotMoveTheLastLoadedTime()
    {
        Settle("quarantined");

        _exporter.Export().ShouldNotContain("pipeline_last_loaded_timestamp_seconds{");
    }

    [Fact]
    public void Begin_CountersWithoutLabels_ExistAtZero()
    {
        _metrics.Begin();

        _exporter.Export().ShouldContain("pipeline_engine_restarts_total 0\n");
    }

    [Fact]
    public void Process_Figures_AreThisProcess()
    {
        var lines = _exporter.Export().Split('\n');

        Value("process_resident_memory_bytes").ShouldBeInRange(10e6, 10e9);
        Value("process_cpu_seconds_total").ShouldBeGreaterThan(0);
        Value("process_start_time_seconds").ShouldBeLessThan(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        Value("dotnet_threadpool_threads").ShouldBeGreaterThan(0);

        double Value(string name) =>
            double.Parse(lines.Single(l => l.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ')[1]);
    }

    [SkippableFact]
    public async Task Export_Promtool_FindsNothingWrong()
    {
        const string Promtool = "/usr/bin/promtool";
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            File.Exists(Promtool).ShouldBeTrue("promtool is needed in CI: install the Debian package prometheus.");
        }

        Skip.IfNot(File.Exists(Promtool), "promtool is missing: install the Debian package prometheus.");
        Everything();

        using var promtool = Process.Start(new ProcessStartInfo(Promtool, ["check", "metrics"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await promtool.StandardInput.WriteAsync(_exporter.Export());
        promtool.StandardInput.Close();
        var said = await promtool.StandardOutput.ReadToEndAsync() + await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();

        said.ShouldBe("");
        promtool.ExitCode.ShouldBe(0);
    }

    void Everything()
    {
        _metrics.Begin();
        Settle("loaded");
        _metrics.Rejected("orders", RejectCode.NotADate.Name(), 2);
        foreach (var stage in Enum.GetValues<FileStage>())
        {
            _metrics.StageTook(stage, TimeSpan.FromMilliseconds(20));
        }

        _metrics.Inserted(97);
        _metrics.InsertRetried("TOO_MANY_PARTS");
        _metrics.EngineRestarted();
        _metrics.ObserveWatcher(() => true);
        foreach (var queue in (string[])["files", "batches", "settled"])
        {
            _metrics.ObserveQueue(queue, () => 3);
        }

        _metrics.ObserveOldestWaiting(() => TimeSpan.FromSeconds(2));
    }

    void Settle(string outcome) => _metrics.FileSettled(
        "orders", "csv", outcome, rowsLoaded: 97, rowsRejected: 2, rowsSkipped: 1, bytes: 1234, seconds: 0.04,
        secondsSinceSeen: 0.09);

    [GeneratedRegex(@" [^ ]+$", RegexOptions.NonBacktracking)]
    private static partial Regex Value();

    [GeneratedRegex(",?le=\"[^\"]+\"", RegexOptions.NonBacktracking)]
    private static partial Regex Le();

    [GeneratedRegex(
        "(?<name>dataset|format|code|version)=\"[^\"]*\"", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Free();

    sealed class OwnMeterFactory : IMeterFactory
    {
        readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose() => _meters.ForEach(m => m.Dispose());
    }
}
