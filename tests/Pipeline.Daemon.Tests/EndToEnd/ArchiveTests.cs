using System.Text.Json;
using Pipeline.TestKit.Files;
using Pipeline.TestKit.Processes;

namespace Pipeline.Daemon.Tests.EndToEnd;

/// <summary>Files that hold files, as a person drops them.</summary>
public sealed class ArchiveTests : IDisposable
{
    static readonly Dictionary<string, string> s_environment = new() { ["PIPELINE__HTTP__PORT"] = "0" };

    readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Run_ArchiveWithABadFile_IsQuarantinedRetriedAndArchivedWhenItIsGood()
    {
        await using var daemon = PipelineProcess.Start(["run", "--home", _home.Root], s_environment);
        await daemon.SaysAsync("Ready at");
        const string Good = "id,n\n1,10\n2,20\n";

        Drop("orders/batch.zip", Packed.Zip(("jan/a.csv", Good), ("b.csv", "id,n\n3,\"30\n")));
        await daemon.SaysAsync("Quarantined orders/batch.zip: too_many_bad_rows: 1 of 2 files in it were refused. b.csv: too_many_bad_rows:");
        File.Exists(_home.PathOf("data/orders/batch.zip")).ShouldBeFalse();
        (await VerbAsync("quarantine", "list", "--json")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem();
        (await VerbAsync("query", "SELECT count(), sum(n) FROM orders")).Output.ShouldBe("count()\tsum(n)\n2\t30\n");

        (await VerbAsync("quarantine", "retry", "batch.zip")).ExitCode.ShouldBe(0);
        await daemon.SaysAsync("Duplicate orders/batch.zip!/jan/a.csv");
        Drop("orders/batch2.zip", Packed.Zip(("jan/a.csv", Good), ("b.csv", "id,n\n3,30\n")));
        await daemon.SaysAsync("Unpacked orders/batch2.zip: 2 files, 1 of them loaded with 1 rows.");

        (await VerbAsync("query", "SELECT count(), sum(n) FROM orders")).Output.ShouldBe("count()\tsum(n)\n3\t60\n");
        Directory.GetFiles(_home.Archive, "*", SearchOption.AllDirectories).Select(Path.GetFileName).ShouldBe(["batch2.zip"]);
    }

    [Fact]
    public async Task Ingest_Archive_PrintsALineForEachFileAndNoneForItself()
    {
        var zip = _home.Write("elsewhere/batch.zip", Packed.Zip(("a.csv", "id\n1\n"), ("b.csv", "id\n1\n2\n")));

        var (exit, output, errors) = await VerbAsync("ingest", zip, "--json");
        var inspect = await VerbAsync("inspect", zip, "--json");

        exit.ShouldBe(0, errors);
        Lines(output).Select(l => (l.GetProperty("file").GetString(), l.GetProperty("dataset").GetString(), l.GetProperty("rows_loaded").GetInt64()))
            .Order().ShouldBe([(zip + "!/a.csv", "a", 1), (zip + "!/b.csv", "b", 2)]);
        Lines(inspect.Output).Select(l => (l.GetProperty("file").GetString(), l.GetProperty("rows").GetInt64()))
            .ShouldBe([(zip + "!/a.csv", 1), (zip + "!/b.csv", 2)]);
        File.Exists(zip).ShouldBeTrue();
    }

    static IEnumerable<JsonElement> Lines(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement);

    Task<(int ExitCode, string Output, string Errors)> VerbAsync(params string[] arguments) =>
        PipelineProcess.RunAsync([arguments[0], "--home", _home.Root, .. arguments.Skip(1)], s_environment);

    void Drop(string name, byte[] content)
    {
        var from = _home.Write(Path.Join("incoming", Guid.NewGuid().ToString("N")), content);
        Directory.CreateDirectory(Path.GetDirectoryName(_home.PathOf("data/" + name))!);
        File.Move(from, _home.PathOf("data/" + name));
    }
}
