using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Pipeline.Configuration;
using Pipeline.Daemon.Cli;
using Pipeline.Daemon.Commands;
using Pipeline.Daemon.Hosting;
using Pipeline.TestKit.Files;

namespace Pipeline.Daemon.Tests.Hosting;

/// <summary>The daemon in this process, with a pipeline that does nothing and a ClickHouse that only answers.</summary>
public sealed class DaemonHostTests : IAsyncLifetime
{
    readonly TempHome _temp = new();
    readonly FakeRuntime _runtime = new();
    readonly CancellationTokenSource _stop = new();
    readonly HttpClient _http = new();
    PipelineHome _home = null!;
    FakeClickHouse _clickhouse = null!;
    Task<int> _daemon = null!;
    StringWriter _output = null!;

    public async Task InitializeAsync()
    {
        _clickhouse = await FakeClickHouse.StartAsync();
        _temp.Write("pipeline.yaml", $"http: {{ port: 0 }}\nclickhouse: {{ url: '{_clickhouse.Url}', password: hunter2 }}\n");
        _home = PipelineHome.At(_temp.Root, new FolderOptions());
        var (io, output, _, _) = _runtime.Cli();
        _output = output;
        var options = ConfigLoader.Load(_temp.Root).Options!;
        _daemon = DaemonHost.RunAsync(new HomeContext(_home, options), io, TimeProvider.System, _stop.Token);
        await Task.WhenAny(_runtime.Running, _daemon);
        _http.BaseAddress = DaemonFile.Find(_home)!.HttpUrl;
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _daemon;
        await _clickhouse.DisposeAsync();
        _http.Dispose();
        _stop.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public async Task Probes_WhileItRuns_AnswerWhatIs()
    {
        (await _http.GetStringAsync("healthz")).ShouldBe("alive\n");
        (await _http.GetStringAsync("readyz")).ShouldBe(
            """{"ready":true,"phase":"running","ledger":"open","clickhouse":"reachable","watcher":"events"}""");
        (await _http.GetStringAsync("")).ShouldContain("<h1>Pipeline");
        _runtime.Watched.ShouldBe(true);
    }

    [Fact]
    public async Task Readyz_ClickHouseIsGone_Is503AndHealthzIsNot()
    {
        await _clickhouse.DisposeAsync();

        var response = await _http.GetAsync("readyz");

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await response.Content.ReadAsStringAsync()).ShouldContain("\"clickhouse\":\"TRANSPORT\"");
        (await _http.GetAsync("healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Metrics_AreInPrometheusTextFormat()
    {
        var response = await _http.GetAsync("metrics");

        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        var text = await response.Content.ReadAsStringAsync();
        text.ShouldContain("# TYPE pipeline_file_seconds histogram\n");
        text.ShouldContain("\nprocess_resident_memory_bytes ");
        text.ShouldContain("\npipeline_engine_restarts_total 0\n");
    }

    [Fact]
    public void Start_SaysWhereEverythingIs()
    {
        var said = _output.ToString();

        said.ShouldContain(_home.DataFolder);
        said.ShouldContain(_home.QuarantineFolder);
        said.ShouldContain($"ClickHouse at {_clickhouse.Url}");
        said.ShouldContain("at most 123 MiB");
        said.ShouldContain(_http.BaseAddress!.ToString());
        said.ShouldContain("pipeline query");
    }

    [Theory]
    [InlineData("Bearer wrong")]
    [InlineData("Bearer ")]
    [InlineData("Basic dG9rZW4=")]
    [InlineData(null)]
    public async Task Api_WithoutTheToken_Is401AndNothingIsDone(string? authorization)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, "api/v1/ingest")
        { Content = JsonContent.Create(new { paths = new[] { "/x" } }) };
        request.Headers.TryAddWithoutValidation("Authorization", authorization);

        var response = await _http.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        _runtime.Orders.ShouldBeEmpty();
    }

    [Fact]
    public async Task Api_BodyIsNotJson_Is400()
    {
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", DaemonCredentials.Find(_home)!.Token);

        (await _http.PostAsync("api/v1/undo", new StringContent("{"))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await _http.PostAsync("api/v1/undo", JsonContent.Create("x"))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Ingest_WhileTheDaemonRuns_IsDoneByTheDaemon()
    {
        var other = new FakeRuntime();
        var (io, output, _, _) = other.Cli();
        var bad = _temp.Write("in/b.csv", "x");
        _runtime.Settle = FakeRuntime.Quarantined;

        var exit = await CommandLine.RunAsync(["ingest", bad, "--dataset", "d", "--home", _temp.Root], io);

        exit.ShouldBe(ExitCode.SomeQuarantined);
        output.ToString().ShouldContain($"quarantined  {bad}");
        other.Session.ShouldBeNull();
        var order = _runtime.Orders.ShouldHaveSingleItem();
        (order.Files.Single().Path, order.Dataset, order.Force).ShouldBe((bad, "d", false));
    }

    [Theory]
    [InlineData("known", ExitCode.Good, "known: answered\n", "")]
    [InlineData("unknown", ExitCode.Usage, "", "unknown: answered\n")]
    public async Task Undo_WhileTheDaemonRuns_IsDoneByTheDaemon(string file, int exit, string output, string error)
    {
        var (io, said, complained, _) = new FakeRuntime().Cli();

        (await CommandLine.RunAsync(["undo", file, "--home", _temp.Root], io)).ShouldBe(exit);

        (said.ToString(), complained.ToString()).ShouldBe((output, error));
    }

    [Fact]
    public async Task Undo_TheDaemonFailsAtIt_SaysWhy()
    {
        using var client = new DaemonClient(_http.BaseAddress!, DaemonCredentials.Find(_home)!);

        var refused = await Should.ThrowAsync<CliException>(() => client.UndoAsync("boom", CancellationToken.None));

        refused.Message.ShouldContain("It broke.");
    }

    [Fact]
    public async Task Run_SecondOnTheSameHome_FailsAtOnceAndNamesTheFirst()
    {
        var (io, _, error, _) = new FakeRuntime().Cli();

        (await CommandLine.RunAsync(["run", "--home", _temp.Root], io)).ShouldBe(ExitCode.Usage);

        error.ToString().ShouldContain($"in use by pipeline run (process {Environment.ProcessId}, {_http.BaseAddress})");
    }

    [Fact]
    public async Task Status_WhileTheDaemonRuns_SaysSo()
    {
        var (io, output, _, _) = new FakeRuntime().Cli();

        (await CommandLine.RunAsync(["status", "--json", "--home", _temp.Root], io)).ShouldBe(ExitCode.Good);

        var status = JsonDocument.Parse(output.ToString()).RootElement;
        status.GetProperty("running").GetBoolean().ShouldBeTrue();
        status.GetProperty("pid").GetInt32().ShouldBe(Environment.ProcessId);
        status.GetProperty("http_url").GetString().ShouldBe(_http.BaseAddress!.ToString());
    }

    [Fact]
    public async Task Stop_Softly_Is0AndLeavesNoTraceOfItself()
    {
        await _stop.CancelAsync();

        (await _daemon).ShouldBe(ExitCode.Good);

        _runtime.IsDisposed.ShouldBeTrue();
        File.Exists(_home.DaemonFile).ShouldBeFalse();
        File.Exists(_home.CredentialFile).ShouldBeFalse();
        HomeLock.IsHeld(_home).ShouldBeFalse();
        var log = string.Concat(Directory.GetFiles(_home.LogFolder).Select(File.ReadAllText));
        log.ShouldContain("Stopping: open files are finished");
        log.ShouldNotContain("hunter2");
    }
}
