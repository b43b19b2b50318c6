using System.Text.Json;
using Pipeline.TestKit.Files;
using Pipeline.TestKit.Processes;

namespace Pipeline.Daemon.Tests.EndToEnd;

/// <summary>The real executable with the real engine.</summary>
public sealed class DaemonTests : IDisposable
{
    static readonly Dictionary<string, string> s_environment = new() { ["PIPELINE__HTTP__PORT"] = "0" };

    readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Run_FilesAreDropped_TheirRowsAreQueryable()
    {
        await using var daemon = Start("run");
        await daemon.SaysAsync("Ready at");

        Drop("orders_2025-01-31.csv", "id,price\n1,2.50\n2,3.75\n");
        await daemon.SaysAsync("Loaded orders_2025-01-31.csv");
        Drop("orders_2025-02-28.csv", "id,price\n1,2.50\n2,3.75\n");
        await daemon.SaysAsync("Duplicate orders_2025-02-28.csv");
        Drop("broken.csv", "a,b\n1,\"2\n");
        await daemon.SaysAsync("Quarantined broken.csv");

        (await VerbAsync("query", "SELECT count(), sum(price) FROM orders")).ShouldBe((0, "count()\tsum(price)\n2\t6.25\n", ""));
        var files = (await VerbAsync("files", "--json")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement.GetProperty("state").GetString()).Order();
        files.ShouldBe(["archived", "duplicate", "quarantined"]);
        (await VerbAsync("quarantine", "list")).Output.ShouldContain("unterminated_quote");

        daemon.Terminate();
        await daemon.ExitedAsync();
        daemon.ExitCode.ShouldBe(0);
        var outcomes = Directory.GetFiles(_home.PathOf(".pipeline/logs")).SelectMany(File.ReadAllLines)
            .Select(l => JsonDocument.Parse(l).RootElement.GetProperty("Properties"))
            .Where(p => p.TryGetProperty("EventId", out var e) && e.GetProperty("Id").GetInt32() is >= 5000 and < 6000)
            .ToList();
        outcomes.Count.ShouldBe(3);
        outcomes.ShouldAllBe(p => p.GetProperty("FileKey").GetInt64() > 0);
        outcomes[0].GetProperty("FileId").GetString()!.Length.ShouldBe(32);
        (await VerbAsync("query", "SELECT count() FROM orders")).ShouldBe((0, "count()\n2\n", ""));
        (await VerbAsync("status")).Output.ShouldContain("running      no");
    }

    [Fact]
    public async Task Run_Killed_TheNextOneGoesOn()
    {
        await using (var first = Start("run"))
        {
            await first.SaysAsync("Ready at");
            Drop("a.csv", "id\n1\n");
            await first.SaysAsync("Loaded a.csv");
            first.Kill();
            await first.ExitedAsync();
        }

        (await VerbAsync("status")).Output.ShouldContain("running      no");
        await using var second = Start("run");
        await second.SaysAsync("Ready at");
        Drop("a2.csv", "id\n2\n");
        await second.SaysAsync("Loaded a2.csv");

        (await VerbAsync("query", "SELECT (SELECT count() FROM a) + (SELECT count() FROM a2) AS n")).ShouldBe((0, "n\n2\n", ""));
    }

    [Fact]
    public async Task Ingest_UndoAndIngestAgain_RowsAreThereExactlyOnce()
    {
        var file = _home.Write("elsewhere/orders.csv", "id,price\n1,2.50\n2,3.75\n");

        var first = await VerbAsync("ingest", file, "--json");
        first.ExitCode.ShouldBe(0, first.Errors);
        var line = JsonDocument.Parse(first.Output).RootElement;
        line.GetProperty("outcome").GetString().ShouldBe("loaded");
        line.GetProperty("rows_loaded").GetInt64().ShouldBe(2);
        line.GetProperty("table").GetString().ShouldBe("default.orders");
        File.Exists(file).ShouldBeTrue();

        (await VerbAsync("undo", file)).ExitCode.ShouldBe(0);
        (await VerbAsync("query", "SELECT count() FROM orders")).Output.ShouldBe("count()\n0\n");
        (await VerbAsync("ingest", file)).Output.ShouldStartWith("loaded ");
        (await VerbAsync("query", "SELECT count() FROM orders", "--format", "JSONEachRow")).Output.ShouldContain("2");
    }

    [Fact]
    public async Task Ingest_IntoAServerWithAPassword_ThePasswordIsNowhere()
    {
        const string Secret = "hunter2-is-secret";
        using var serverHome = new TempHome();
        await using var server = PipelineProcess.Start(
            ["engine", "--home", serverHome.Root, "--port", "0", "--user", "loader"],
            new Dictionary<string, string> { ["PIPELINE_ENGINE_PASSWORD"] = Secret });
        await server.SaysAsync("\"ready\":true");
        var url = JsonDocument.Parse(server.Output.Split('\n')[0]).RootElement.GetProperty("url").GetString()!;
        var environment = new Dictionary<string, string>
        {
            ["PIPELINE__CLICKHOUSE__URL"] = url,
            ["PIPELINE__CLICKHOUSE__USER"] = "loader",
            ["PIPELINE__CLICKHOUSE__PASSWORD_FILE"] = _home.Write("secret", Secret + "\n"),
            ["PIPELINE__LOG__LEVEL"] = "debug",
        };
        var file = _home.Write("elsewhere/orders.csv", "id\n1\n");

        var ingest = await VerbAsync(environment, "ingest", file);
        var query = await VerbAsync(environment, "query", "SELECT count() FROM orders");
        var show = await VerbAsync(environment, "config", "show");

        ingest.ExitCode.ShouldBe(0, ingest.Errors);
        query.ShouldBe((0, "count()\n1\n", ""));
        show.Output.ShouldContain("password: \"********\"");
        var logs = string.Concat(Directory.GetFiles(_home.PathOf(".pipeline/logs")).Select(File.ReadAllText));
        logs.ShouldNotBeEmpty();
        foreach (
            var text in (string[])[logs, ingest.Output, ingest.Errors, query.Errors, show.Output, server.Output, server.Errors])
        {
            text.ShouldNotContain(Secret);
        }
    }

    [Fact]
    public async Task Inspect_Json_HasExactlyTheAgreedKeys()
    {
        var file = _home.Write("elsewhere/orders.csv", "id;price\n007;2,50\n");

        var (exit, output, _) = await VerbAsync("inspect", file, "--json");

        exit.ShouldBe(0);
        var line = JsonDocument.Parse(output).RootElement;
        line.EnumerateObject().Select(p => p.Name).ShouldBe(
            ["file", "format", "compression", "encoding", "dialect", "rows", "columns", "warnings", "confidence"]);
        line.GetProperty("dialect").EnumerateObject().Select(p => p.Name).ShouldBe(
            ["delimiter", "quote", "escape", "header", "skip_lines", "line_ending"]);
        line.GetProperty("columns")[0].EnumerateObject().Select(p => p.Name).ShouldBe(["name", "type", "nullable", "evidence"]);
        line.GetProperty("columns")[0].GetProperty("type").GetString().ShouldBe("String");
    }

    PipelineProcess Start(string verb) => PipelineProcess.Start([verb, "--home", _home.Root], s_environment);

    Task<(int ExitCode, string Output, string Errors)> VerbAsync(params string[] arguments) =>
        VerbAsync(s_environment, arguments);

    Task<(int ExitCode, string Output, string Errors)> VerbAsync(
        Dictionary<string, string> environment, params string[] arguments) =>
        PipelineProcess.RunAsync([.. arguments, "--home", _home.Root], environment);

    /// <summary>As a careful program does it: written elsewhere, then renamed in.</summary>
    void Drop(string name, string text) => File.Move(_home.Write("writing/" + name, text), Path.Combine(_home.Data, name));
}
