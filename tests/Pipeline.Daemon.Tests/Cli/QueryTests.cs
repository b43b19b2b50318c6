using System.Text;
using Pipeline.Daemon.Cli;
using Pipeline.TestKit.Files;

namespace Pipeline.Daemon.Tests.Cli;

public sealed class QueryTests : IAsyncLifetime
{
    readonly TempHome _home = new();
    FakeClickHouse _server = null!;

    public async Task InitializeAsync()
    {
        _server = await FakeClickHouse.StartAsync();
        _home.Write("pipeline.yaml", $"clickhouse: {{ url: '{_server.Url}', user: me, password: hunter2, database: shop }}\n");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task Query_IntoAPipe_IsTabSeparatedWithNamesByteForByte()
    {
        _server.Answer = "a\tb\n1\t\\N\n";

        var (exit, output, _) = await RunAsync("", "query", "SELECT a, b");

        (exit, output).ShouldBe((ExitCode.Good, "a\tb\n1\t\\N\n"));
        var asked = _server.Asked.ShouldHaveSingleItem();
        asked.Sql.ShouldContain("SELECT a, b");
        asked.Query.ShouldContain("default_format=TabSeparatedWithNames");
        asked.Query.ShouldContain("database=shop");
        (asked.User, asked.Key).ShouldBe(("me", "hunter2"));
    }

    [Theory]
    [InlineData("JSONEachRow", "--json")]
    [InlineData("Parquet", "--format", "Parquet")]
    [InlineData("CSV", "-f", "CSV", "--json")]
    public async Task Query_FormatIsGiven_IsAskedFor(string format, params string[] options)
    {
        await RunAsync("", ["query", "SELECT 1", .. options]);

        _server.Asked.ShouldHaveSingleItem().Query.ShouldContain("default_format=" + format);
    }

    [Fact]
    public async Task Query_OnATerminal_IsATable()
    {
        var (io, _, _, _) = new FakeRuntime().Cli();

        await CommandLine.RunAsync(["query", "SELECT 1", "--home", _home.Root], io with { IsTerminal = true });

        _server.Asked.ShouldHaveSingleItem().Query.ShouldContain("default_format=PrettyCompact");
    }

    [Theory]
    [InlineData("query")]
    [InlineData("query", "-")]
    public async Task Query_StatementOnStandardInput_IsRead(params string[] arguments)
    {
        await RunAsync("SELECT 42\n", arguments);

        _server.Asked.ShouldHaveSingleItem().Sql.ShouldContain("SELECT 42");
    }

    [Theory]
    [InlineData("INSERT INTO t FORMAT CSV")]
    [InlineData("insert into t (a, b) settings x = 1 format CSVWithNames;")]
    public async Task Query_InsertWithAFormat_TakesItsDataFromStandardInput(string sql)
    {
        _server.Answer = "";

        var (exit, _, error) = await RunAsync("1,a\n2,b\n", "query", sql);

        (exit, error).ShouldBe((ExitCode.Good, ""));
        var asked = _server.Asked.ShouldHaveSingleItem();
        asked.Sql.ShouldBe("1,a\n2,b\n");
        Uri.UnescapeDataString(asked.Query).ShouldContain("query=" + sql.TrimEnd(';'));
    }

    [Theory]
    [InlineData("INSERT INTO t VALUES (1)")]
    [InlineData("INSERT INTO t SELECT 1 AS FORMAT")]
    [InlineData("INSERT INTO t FORMAT CSV 1,2")]
    public async Task Query_InsertThatHasItsRows_ReadsNothing(string sql)
    {
        await RunAsync("never read", "query", sql);

        _server.Asked.ShouldHaveSingleItem().Sql.ShouldBe(sql);
    }

    [Fact]
    public async Task Query_InsertWithoutDataOnATerminal_SaysHow()
    {
        var (io, _, error, _) = new FakeRuntime().Cli();

        (await CommandLine.RunAsync(["query", "INSERT INTO t FORMAT CSV", "--home", _home.Root], io with { IsInputRedirected = false })).ShouldBe(ExitCode.Usage);

        error.ToString().ShouldContain("standard input");
        _server.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Query_Refused_Is2WithTheServersReason()
    {
        _server.Error = (404, "60", "Code: 60. DB::Exception: Unknown table expression identifier 'x'. (UNKNOWN_TABLE)\n");

        var (exit, output, error) = await RunAsync("", "query", "SELECT * FROM x");

        exit.ShouldBe(ExitCode.Usage);
        output.ShouldBeEmpty();
        error.ShouldContain("UNKNOWN_TABLE");
        error.ShouldContain("'x'");
    }

    async Task<(int Exit, string Output, string Error)> RunAsync(string input, params string[] arguments)
    {
        var (io, _, error, bytes) = new FakeRuntime().Cli(input);
        var exit = await CommandLine.RunAsync([.. arguments, "--home", _home.Root], io);
        return (exit, Encoding.UTF8.GetString(bytes.ToArray()), error.ToString());
    }
}
