using System.Text.Json;
using Pipeline.TestKit.Files;
using Pipeline.TestKit.Processes;

namespace Pipeline.Daemon.Tests.EndToEnd;

/// <summary>Limits as a person sets them: in the environment of <c>ingest</c>, or in pipeline.yaml.</summary>
public sealed class LimitTests : IDisposable
{
    readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("PIPELINE__LIMITS__MAX_FILE_BYTES", "1024", "limit_exceeded", "limits.max_file_bytes")]
    [InlineData("PIPELINE__LIMITS__MAX_FIELD_BYTES", "64", "too_many_bad_rows", "limits.max_field_bytes")]
    public async Task Ingest_LimitInTheEnvironment_IsTheFilesReason(string variable, string value, string code, string said)
    {
        var file = _home.Write("elsewhere/orders.csv", $"id,n\n1,{new string('x', 5000)}\n2,y\n");

        var (exit, output, errors) = await PipelineProcess.RunAsync(
            ["ingest", "--home", _home.Root, file, "--json"], new Dictionary<string, string> { ["PIPELINE__HTTP__PORT"] = "0", [variable] = value });

        exit.ShouldNotBe(0, errors);
        var error = JsonDocument.Parse(output).RootElement.GetProperty("error");
        error.GetProperty("code").GetString().ShouldBe(code);
        error.GetProperty("message").GetString()!.ShouldContain(said);
    }

    [Fact]
    public async Task Ingest_LimitInTheFile_IsTheFilesReason()
    {
        _home.Write("pipeline.yaml", "limits:\n  max_sheets: 1\n");
        var file = _home.Write("elsewhere/orders.xlsx", Packed.Workbook(("A", false, [["a"], [1]]), ("B", true, [["a"], [1]])));

        var (exit, output, errors) = await PipelineProcess.RunAsync(
            ["ingest", "--home", _home.Root, file, "--json"], new Dictionary<string, string> { ["PIPELINE__HTTP__PORT"] = "0" });

        exit.ShouldNotBe(0, errors);
        var error = JsonDocument.Parse(output).RootElement.GetProperty("error");
        error.GetProperty("code").GetString().ShouldBe("limit_exceeded");
        error.GetProperty("message").GetString()!.ShouldContain("limits.max_sheets");
    }
}
