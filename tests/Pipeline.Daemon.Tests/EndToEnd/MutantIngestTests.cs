using System.Text.Json;
using Pipeline.TestKit.Files;
using Pipeline.TestKit.Mutants;
using Pipeline.TestKit.Processes;

namespace Pipeline.Daemon.Tests.EndToEnd;

/// <summary>
/// A folder of damaged files of every format, columnar ones and their engine included, given to one process. <c>PIPELINE_LONG_TESTS=1</c> gives it many
/// more.
/// </summary>
public sealed class MutantIngestTests : IDisposable
{
    const int Short = 60;
    const int Long = 3_000;

    readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Ingest_DamagedFiles_EachHasAnEndAndTheSoundOnesAmongThemAreLoaded()
    {
        var mutants = new MutantFiles(columnar: true);
        var count = Environment.GetEnvironmentVariable("PIPELINE_LONG_TESTS") == "1" ? Long : Short;
        var files = new HashSet<string>(StringComparer.Ordinal);
        for (var number = 0; number < count; number++)
        {
            files.Add(_home.Write($"in/{mutants[number].Name}", mutants[number].Content));
        }

        var sound = _home.Write("in/zzz_sound.csv", "id,name\n1,a\n2,b\n");

        await using var process = PipelineProcess.Start(["ingest", _home.PathOf("in"), "--json", "--home", _home.Root]);
        await process.ExitedAsync(TimeSpan.FromSeconds(60 + count));

        process.ExitCode.ShouldBe(1, process.Errors);
        process.Errors.ShouldBeEmpty();
        var results = process.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        long Number(JsonElement result, string key) => result.GetProperty(key).GetInt64();
        foreach (var result in results)
        {
            Number(result, "rows_read").ShouldBe(
                Number(result, "rows_loaded") + Number(result, "rows_rejected") + Number(result, "rows_skipped"), result.ToString());
            result.GetRawText().ShouldNotContain("internal_error");
            (result.GetProperty("outcome").GetString() == "quarantined").ShouldBe(result.GetProperty("error").ValueKind == JsonValueKind.Object, result.ToString());
        }

        var ended = results.Select(r => r.GetProperty("file").GetString()!.Split("!/")[0]).ToHashSet(StringComparer.Ordinal);
        files.Except(ended).ShouldBeEmpty();
        results.Single(r => r.GetProperty("file").GetString() == sound).GetProperty("outcome").GetString().ShouldBe("loaded");

        var loaded = results.Sum(r => Number(r, "rows_loaded"));
        var (exit, output, errors) = await PipelineProcess.RunAsync(
            ["query", "SELECT sum(total_rows) FROM system.tables WHERE database = 'default' FORMAT TSV", "--home", _home.Root]);
        (exit, errors).ShouldBe((0, ""));
        long.Parse(output.Trim()).ShouldBe(loaded);
    }
}
