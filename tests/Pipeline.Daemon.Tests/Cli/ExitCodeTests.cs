using System.Text.Json;
using Pipeline.Daemon.Cli;
using Pipeline.Ingestion;
using Pipeline.TestKit.Files;

namespace Pipeline.Daemon.Tests.Cli;

public sealed class ExitCodeTests : IDisposable
{
    readonly TempHome _home = new();
    readonly FakeRuntime _runtime = new();

    public ExitCodeTests() => _home.Write("pipeline.yaml", "clickhouse: { url: 'http://127.0.0.1:1' }\n");

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("bogus")]
    [InlineData("ingest")]
    [InlineData("undo")]
    [InlineData("files --state nowhere")]
    [InlineData("files --limit many")]
    [InlineData("query")]
    [InlineData("quarantine show nothing")]
    [InlineData("ingest no-such-file.csv")]
    [InlineData("inspect no-such-file.csv")]
    [InlineData("plan no-such-file.csv")]
    public async Task CommandLine_IsWrong_Is2(string line)
    {
        var (exit, _, error) = await RunAsync(line.Split(' '));

        exit.ShouldBe(ExitCode.Usage);
        error.ShouldNotBeEmpty();
        error.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Home_DoesNotExist_Is2AndNamesIt()
    {
        var (io, _, error, _) = _runtime.Cli();

        (await CommandLine.RunAsync(["status", "--home", _home.PathOf("nowhere")], io)).ShouldBe(ExitCode.Usage);

        error.ToString().ShouldContain(_home.PathOf("nowhere"));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("status")]
    [InlineData("ingest x.csv")]
    [InlineData("query SELECT")]
    [InlineData("config show")]
    public async Task Configuration_HasProblems_Is2AndAllAreNamed(string line)
    {
        _home.Write("pipeline.yaml", "http: { port: many }\nfolder: x\n");

        var (exit, _, error) = await RunAsync(line.Split(' '));

        exit.ShouldBe(ExitCode.Usage);
        error.ShouldContain("2 problems");
        error.ShouldContain("pipeline.yaml:1:15: http.port:");
        error.ShouldContain("Did you mean folders?");
    }

    [Fact]
    public async Task ConfigCheck_Problems_AreJsonLines()
    {
        _home.Write("pipeline.yaml", "http: { port: many }\nfolder: x\n");

        var (exit, output, _) = await RunAsync("config", "check", "--json");

        exit.ShouldBe(ExitCode.Usage);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(2);
        JsonDocument.Parse(lines[0]).RootElement.GetProperty("code").GetString().ShouldBe("wrong_type");
    }

    [Fact]
    public async Task ConfigCheck_NoProblem_Is0() => (await RunAsync("config", "check")).Exit.ShouldBe(ExitCode.Good);

    [Fact]
    public async Task Ingest_AllLoaded_Is0AndSaysEach()
    {
        var file = _home.Write("in/a.csv", "a\n1\n");

        var (exit, output, _) = await RunAsync("ingest", file);

        exit.ShouldBe(ExitCode.Good);
        output.ShouldBe($"loaded       {file} -> default.orders: 2 rows, 1 rejected, 17 B in 0.50 s\n");
        _runtime.Watched.ShouldBe(false);
        _runtime.IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task Ingest_SomeQuarantined_Is1AndSaysWhyOnOneLine()
    {
        var (good, bad) = (_home.Write("in/a.csv", "a\n1\n"), _home.Write("in/b.csv", "x"));
        _runtime.Settle = p => p == bad ? FakeRuntime.Quarantined(p) : FakeRuntime.Loaded(p);

        var (exit, output, _) = await RunAsync("ingest", good, bad);

        exit.ShouldBe(ExitCode.SomeQuarantined);
        output.ShouldContain($"quarantined  {bad}: No table here. [not_a_table]\n");
    }

    [Fact]
    public async Task Ingest_Json_HasExactlyTheAgreedKeys()
    {
        var bad = _home.Write("in/b.csv", "x");
        _runtime.Settle = FakeRuntime.Quarantined;

        var (_, output, _) = await RunAsync("ingest", bad, "--json");

        var line = JsonDocument.Parse(output).RootElement;
        line.EnumerateObject().Select(p => p.Name).ShouldBe(
        [
            "file", "outcome", "dataset", "table", "file_id", "rows_read", "rows_loaded", "rows_rejected", "rows_skipped",
            "bytes",
            "seconds", "error",
        ]);
        line.GetProperty("error").EnumerateObject().Select(p => p.Name).ShouldBe(["code", "message", "line", "column"]);
        line.GetProperty("table").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Ingest_Folder_IsTakenAsTheDataFolderWouldBe()
    {
        var (b, a) = (_home.Write("in/b.csv", "x"), _home.Write("in/orders/a.csv", "x"));
        _home.Write("in/.hidden.csv", "x");
        _home.Write("in/.git/config.csv", "x");
        _home.Write("in/half.csv.part", "x");
        Directory.CreateSymbolicLink(_home.PathOf("in/again"), _home.PathOf("in/orders"));

        await RunAsync("ingest", _home.PathOf("in"), b, "--dataset", "d", "--force");

        var order = _runtime.Orders.ShouldHaveSingleItem();
        order.Files.ShouldBe([new FileToLoad(b, "b.csv"), new FileToLoad(a, "orders/a.csv")]);
        (order.Dataset, order.Force).ShouldBe(("d", true));
    }

    [Fact]
    public async Task Plan_ServerIsNotThere_Is3() =>
        (await RunAsync("plan", _home.Write("in/a.csv", "a,b\n1,2\n"))).Exit.ShouldBe(ExitCode.DestinationUnreachable);

    [Fact]
    public async Task Ingest_APartFails_TheFaultIsNotHidden()
    {
        _runtime.Fault = new InvalidOperationException("a part failed");

        await Should.ThrowAsync<InvalidOperationException>(() => RunAsync("ingest", _home.Write("in/a.csv", "x")));

        _runtime.IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task Undo_UnknownFile_Is2() =>
        (await RunAsync("undo", "unknown")).ShouldBe((ExitCode.Usage, "", "unknown: answered\n"));

    [Fact]
    public async Task Undo_KnownFile_Is0() =>
        (await RunAsync("undo", "known")).ShouldBe((ExitCode.Good, "known: answered\n", ""));

    [Fact]
    public async Task Query_ServerIsNotThere_Is3()
    {
        var (exit, _, error) = await RunAsync("query", "SELECT 1");

        exit.ShouldBe(ExitCode.DestinationUnreachable);
        error.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Run_ServerIsNotThere_Is3()
    {
        _home.Write("pipeline.yaml", "clickhouse: { url: 'http://127.0.0.1:1' }\nhttp: { port: 0 }\n");

        (await RunAsync("run")).Exit.ShouldBe(ExitCode.DestinationUnreachable);
    }

    async Task<(int Exit, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var (io, output, error, _) = _runtime.Cli();
        var exit = await CommandLine.RunAsync([.. arguments, "--home", _home.Root], io);
        return (exit, output.ToString(), error.ToString());
    }
}
