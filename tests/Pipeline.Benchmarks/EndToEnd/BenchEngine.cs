using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Pipeline.Benchmarks.Machine;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>
/// The ClickHouse that both sides load into: an embedded engine of our own, or a server on this machine. Owns the process it
/// started and nothing else.
/// </summary>
sealed class BenchEngine : IAsyncDisposable
{
    static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(2);
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

    /// <summary>Starts <c>pipeline engine</c> with a store of its own on a free port.</summary>
    public static async Task<BenchEngine> StartAsync(string pipeline, string store, CancellationToken cancellation)
    {
        var port = FreePort();
        var start = new ProcessStartInfo(pipeline, ["engine", "--path", store, "--port", port.ToString()])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{pipeline} did not start.");
        var engine = new BenchEngine(new Uri($"http://127.0.0.1:{port}/"), process);
        try
        {
            await engine.WaitUntilReadyAsync(cancellation);
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
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

        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    async Task WaitUntilReadyAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_startLimit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await timer.WaitForNextTickAsync(limit.Token))
        {
            if (_process!.HasExited)
            {
                throw new InvalidOperationException($"The engine ended with code {_process.ExitCode} before it answered.");
            }

            try
            {
                using var answer = await _http.GetAsync(new Uri(Url, "ping"), limit.Token);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException refused) when (refused.HttpRequestError == HttpRequestError.ConnectionError)
            {
                // Not listening yet.
            }
        }
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
