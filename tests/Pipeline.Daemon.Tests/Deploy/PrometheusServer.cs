using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.TestKit;

namespace Pipeline.Daemon.Tests.Deploy;

/// <summary>A real Prometheus with our rules that scrapes one address. Owns its process and its folder.</summary>
sealed partial class PrometheusServer : IAsyncDisposable
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);
    readonly DirectoryInfo _folder;
    readonly Process _process;
    readonly HttpClient _http;

    PrometheusServer(DirectoryInfo folder, Process process, Uri url)
    {
        _folder = folder;
        _process = process;
        _http = new HttpClient { BaseAddress = url };
    }

    public static async Task<PrometheusServer> StartAsync(Uri target)
    {
        var executable = Tool.Require("prometheus");
        var folder = Directory.CreateTempSubdirectory("pipeline-prometheus-");
        var configuration = Path.Combine(folder.FullName, "prometheus.yml");
        await File.WriteAllTextAsync(configuration, $$"""
            global: { scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms }
            rule_files: ['{{Golden.FromRoot("deploy/prometheus/rules.yml")}}']
            scrape_configs:
              - job_name: pipeline
                static_configs:
                  - targets: ['{{target.Authority}}']
            """);
        var start = new ProcessStartInfo(
            executable,
            [$"--config.file={configuration}", $"--storage.tsdb.path={folder.FullName}/tsdb", "--web.listen-address=127.0.0.1:0"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        try
        {
            return new PrometheusServer(folder, process, await ReadUrlAsync(process));
        }
        catch
        {
            process.Kill();
            process.Dispose();
            folder.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>The result of an instant query: one element a series.</summary>
    public async Task<IReadOnlyList<JsonElement>> QueryAsync(string query)
    {
        using var answer = await _http.GetAsync($"api/v1/query?query={Uri.EscapeDataString(query)}");
        if (answer.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable)
        {
            // It listens before its storage is open.
            return [];
        }

        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        body.GetProperty("status").GetString().ShouldBe("success", $"{query}: {body}");
        return [.. body.GetProperty("data").GetProperty("result").EnumerateArray()];
    }

    /// <summary>Asks until the query has a result.</summary>
    public Task WaitForAsync(string query) => UntilAsync(query, async () => (await QueryAsync(query)).Count > 0);

    /// <summary>Every rule with its health, ok or err, once all of them have been evaluated.</summary>
    public async Task<IReadOnlyList<(string Name, string Health)>> RulesAsync()
    {
        IReadOnlyList<(string Name, string Health)> rules = [];
        await UntilAsync("evaluation of all rules", async () =>
        {
            using var answer = await _http.GetAsync("api/v1/rules");
            if (answer.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable)
            {
                return false;
            }

            var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
            rules =
            [
                .. body.GetProperty("data").GetProperty("groups").EnumerateArray()
                    .SelectMany(g => g.GetProperty("rules").EnumerateArray())
                    .Select(r => (r.GetProperty("name").GetString()!, r.GetProperty("health").GetString()!)),
            ];
            return rules.Count > 0 && rules.All(r => r.Health != "unknown");
        });
        return rules;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    async Task UntilAsync(string what, Func<Task<bool>> isTrue)
    {
        using var limit = new CancellationTokenSource(s_limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await isTrue())
        {
            try
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException spent)
            {
                throw new TimeoutException($"Not within {s_limit}: {what}. Targets: {await _http.GetStringAsync("api/v1/targets")}", spent);
            }
        }
    }

    /// <summary>Its log says which port it got. The rest of the log is read too, so that it never waits for a reader.</summary>
    static async Task<Uri> ReadUrlAsync(Process process)
    {
        using var limit = new CancellationTokenSource(s_limit);
        var log = new List<string>();
        while (await process.StandardError.ReadLineAsync(limit.Token) is { } line)
        {
            log.Add(line);
            if (Listening().Match(line) is { Success: true } listening)
            {
                _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
                return new Uri($"http://{listening.Groups["address"].Value}/");
            }
        }

        throw new InvalidOperationException($"Prometheus ended before it listened.\n{string.Join('\n', log)}");
    }

    [GeneratedRegex("Listening on\" address=(?<address>\\S+)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Listening();
}
