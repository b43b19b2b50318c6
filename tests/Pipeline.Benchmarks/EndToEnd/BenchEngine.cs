using System.Diagnostics;
using System.Text.Json;
using Pipeline.Benchmarks.Machine;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>
/// The ClickHouse that both sides load into: an embedded engine of our own, or a server on this machine. Owns the process it
/// started and nothing else.
/// </summary>
sealed class BenchEngine : IAsyncDisposable
{
    static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(2);
    static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(30);
    readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    readonly Process? _process;

    BenchEngine(Uri url, Process? process)
    {
        Url = url;
        _process = process;
    }

    public Uri Url { get; }

    /// <summary>Uses a server that runs already. Its CPU and memory are not measured: it may be on another machine.</summary>
    public static BenchEngine At(Uri url) => new(url, process: null);

    /// <summary>Starts <c>pipeline engine</c> with a store of its own below <paramref name="home"/>, on a free port.</summary>
    public static async Task<BenchEngine> StartAsync(string pipeline, string home, CancellationToken cancellation)
    {
        var store = Path.Combine(home, "store");
        var start = new ProcessStartInfo(
            pipeline,
            ["engine", "--home", home, "--path", store, "--port", "0", "--exit-with-parent"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{pipeline} did not start.");
        try
        {
            return new BenchEngine(await ReadUrlAsync(process, cancellation), process);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            throw;
        }
    }

    /// <summary>Sends a statement and returns the answer. Throws with the server's own text when it refuses.</summary>
    public async Task<string> QueryAsync(string sql, CancellationToken cancellation)
    {
        using var content = new StringContent(sql);
        using var response = await _http.PostAsync(new Uri(Url, "?wait_end_of_query=1"), content, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        return response.IsSuccessStatusCode ? text : throw new InvalidOperationException($"{text.Trim()}\nfor: {sql}");
    }

    /// <summary>Sends a statement whose data is the body, streamed.</summary>
    public async Task InsertAsync(string sql, Stream data, CancellationToken cancellation)
    {
        using var content = new StreamContent(data);
        using var response = await _http.PostAsync(new Uri(Url, $"?query={Uri.EscapeDataString(sql)}"), content, cancellation);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{await response.Content.ReadAsStringAsync(cancellation)}\nfor: {sql}");
        }
    }

    public double CpuSeconds() => _process is null ? 0 : ProcessMeter.CpuSeconds(_process.Id);

    public long PeakBytes() => _process is null ? 0 : ProcessMeter.PeakResidentBytes(_process.Id);

    public void ResetPeak()
    {
        if (_process is not null)
        {
            ProcessMeter.ResetPeak(_process.Id);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_process is null)
        {
            return;
        }

        // The end of its input tells the engine to stop.
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(s_stopLimit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    /// <summary>The engine's first line says where it listens.</summary>
    static async Task<Uri> ReadUrlAsync(Process process, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_startLimit);
        var line = await process.StandardOutput.ReadLineAsync(limit.Token)
            ?? throw new InvalidOperationException("The engine ended before it was ready; what is wrong stands above.");
        using var ready = JsonDocument.Parse(line);
        return new Uri(ready.RootElement.GetProperty("url").GetString()!);
    }
}
