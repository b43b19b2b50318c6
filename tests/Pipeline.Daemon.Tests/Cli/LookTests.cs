using System.Text.Json;
using Pipeline.Daemon.Cli;
using Pipeline.TestKit;
using Pipeline.TestKit.Files;

namespace Pipeline.Daemon.Tests.Cli;

/// <summary>What <c>inspect</c> and <c>plan</c> print, in a home that has never been used.</summary>
public sealed class LookTests : IDisposable
{
    static readonly string[] s_inspected = ["file", "format", "compression", "encoding", "dialect", "rows", "columns", "warnings", "confidence"];
    static readonly string[] s_planned = [.. s_inspected, "dataset", "table", "action", "statements", "rows_rejected", "rejects"];

    readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Inspect_Json_HasExactlyTheAgreedKeys()
    {
        var line = await JsonAsync(ExitCode.Good, "inspect", _home.Write("in/a.csv", "title\n\nid;name\n1;a\n2;\"b\n"));

        Keys(line).ShouldBe(s_inspected);
        Keys(line.GetProperty("dialect")).ShouldBe(["delimiter", "quote", "escape", "header", "skip_lines", "line_ending"]);
        Keys(line.GetProperty("columns")[0]).ShouldBe(["name", "type", "nullable", "evidence"]);
        Keys(line.GetProperty("warnings")[0]).ShouldBe(["code", "message", "line"]);
    }

    [Fact]
    public async Task Inspect_RefusedFile_HasAnErrorAndIs1()
    {
        var line = await JsonAsync(ExitCode.SomeQuarantined, "inspect", _home.Write("in/a.csv", "\u0089PNG\r\n\u001a\n\0\0\0\rIHDR\0\0\0\u0001\0\0\0\u0001\b\u0006\0\0\0"));

        Keys(line).ShouldBe([.. s_inspected, "error"]);
        Keys(line.GetProperty("error")).ShouldBe(["code", "message", "line", "column"]);
    }

    [Fact]
    public async Task Plan_Json_HasTheKeysOfInspectAndItsOwn()
    {
        var line = await JsonAsync(ExitCode.Good, "plan", _home.Write("in/orders_2025-01-31.csv", "id,name\n1,a\n2,b\n"));

        Keys(line).ShouldBe(s_planned);
        (line.GetProperty("dataset").GetString(), line.GetProperty("table").GetString(), line.GetProperty("action").GetString())
            .ShouldBe(("orders", "default.orders", "create"));
        line.GetProperty("statements")[0].GetString()!.ShouldStartWith("CREATE TABLE");
    }

    [Fact]
    public async Task Plan_RefusedRows_AreCountedByCodeWithTheFirstLineAndTheFileIs1()
    {
        _home.Write("pipeline.yaml", "datasets: { orders: { columns: { id: { type: Int64 } } } }\n");

        var line = await JsonAsync(ExitCode.SomeQuarantined, "plan", _home.Write("in/orders.csv", "id,name\n1,a\nx,b\ny,c\n"));

        Keys(line).ShouldBe([.. s_planned, "error"]);
        line.GetProperty("action").GetString().ShouldBe("refuse");
        line.GetProperty("rows_rejected").GetInt64().ShouldBe(2);
        var reject = line.GetProperty("rejects").EnumerateArray().ShouldHaveSingleItem();
        Keys(reject).ShouldBe(["code", "count", "line", "message"]);
        (reject.GetProperty("code").GetString(), reject.GetProperty("count").GetInt64(), reject.GetProperty("line").GetInt64())
            .ShouldBe(("not_an_integer", 2, 3));
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("plan")]
    public async Task Look_AtAFolder_IsOneLineForEachFileAndLeavesTheHomeAsItWas(string verb)
    {
        _home.Write("in/orders/a.csv", "id,name\n1,a\n");
        _home.Write("in/b.ndjson", "{\"x\": 1}\n");
        var before = Directory.GetFileSystemEntries(_home.Root, "*", SearchOption.AllDirectories);

        var (exit, output, error) = await RunAsync(verb, "--json", _home.PathOf("in"));

        (exit, error, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length).ShouldBe((ExitCode.Good, "", 2));
        Directory.GetFileSystemEntries(_home.Root, "*", SearchOption.AllDirectories).ShouldBe(before);
    }

    [Fact]
    public async Task Plan_ForAPerson_IsTheApprovedText()
    {
        _home.Write("pipeline.yaml", "datasets: { orders: { bad_row_limit: 0.5, columns: { id: { type: Int64 } } } }\n");
        var file = _home.Write("in/orders.csv", "Export\n\nid;name;price\n1;a;1,50\n2;b;2,75\nx;c;3,00\n");

        var (exit, output, error) = await RunAsync("plan", file);

        (exit, error).ShouldBe((ExitCode.Good, ""));
        Golden.Matches(Golden.FromRoot("tests/Pipeline.Daemon.Tests/Cli/plan.txt"), output.Replace(_home.Root, "HOME").ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Plan_OnATerminal_HasColour()
    {
        var (io, output, _, _) = new FakeRuntime().Cli();

        await CommandLine.RunAsync(["plan", _home.Write("in/a.csv", "id,name\n1,a\n"), "--home", _home.Root], io with { IsTerminal = true });

        output.ToString().ShouldContain("\e[32mcreate");
    }

    static string[] Keys(JsonElement element) => [.. element.EnumerateObject().Select(p => p.Name)];

    async Task<JsonElement> JsonAsync(int exit, params string[] arguments)
    {
        var (was, output, error) = await RunAsync([.. arguments, "--json"]);
        (was, error).ShouldBe((exit, ""));
        return JsonDocument.Parse(output).RootElement;
    }

    async Task<(int Exit, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var (io, output, error, _) = new FakeRuntime().Cli();
        var exit = await CommandLine.RunAsync([.. arguments, "--home", _home.Root], io);
        return (exit, output.ToString(), error.ToString());
    }
}
