using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Benchmarks.Machine;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>The line that <c>pipeline ingest --json</c> prints for a file.</summary>
sealed record IngestLine(
    [property: JsonPropertyName("outcome")] string Outcome,
    [property: JsonPropertyName("table")] string Table,
    [property: JsonPropertyName("rows_read")] long RowsRead,
    [property: JsonPropertyName("rows_loaded")] long RowsLoaded,
    [property: JsonPropertyName("seconds")] double Seconds);

/// <summary>One call of <c>pipeline ingest</c>, watched from outside.</summary>
sealed record IngestProcess(IngestLine Line, double CpuSeconds, long PeakBytes)
{
    /// <summary>Between two looks at the peak memory: what is missed at the end of the process is at most this long.</summary>
    static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5);

    public static async Task<IngestProcess> RunAsync(string pipeline, string home, string path, EngineClient engine, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(pipeline, ["ingest", path, "--home", home, "--json"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PIPELINE__CLICKHOUSE__URL"] = engine.Url.ToString();
        start.Environment["PIPELINE__CLICKHOUSE__USER"] = engine.User;
        start.Environment["PIPELINE__CLICKHOUSE__PASSWORD"] = engine.Password;
        var cpu = ProcessMeter.EndedChildrenCpuSeconds();
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{pipeline} did not start.");
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            var peak = await WatchAsync(process, cancellation);
            return new(Parse(await output, await errors, process.ExitCode), ProcessMeter.EndedChildrenCpuSeconds() - cpu, peak);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    static async Task<long> WatchAsync(Process process, CancellationToken cancellation)
    {
        long peak = 0;
        using var timer = new PeriodicTimer(s_look);
        var exit = process.WaitForExitAsync(cancellation);
        while (!exit.IsCompleted)
        {
            peak = Math.Max(peak, ProcessMeter.PeakResidentBytes(process.Id));
            await Task.WhenAny(exit, timer.WaitForNextTickAsync(cancellation).AsTask());
        }

        await exit;
        return peak;
    }

    static IngestLine Parse(string output, string errors, int exitCode)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (exitCode != 0 || lines.Length != 1)
        {
            throw new WrongLoadException($"ingest ended with code {exitCode} and {lines.Length} lines.\n{output}\n{errors}");
        }

        return JsonSerializer.Deserialize<IngestLine>(lines[0]) ?? throw new WrongLoadException($"ingest printed {lines[0]}");
    }
}
