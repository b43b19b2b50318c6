using System.Diagnostics;
using System.Text.Json;
using Pipeline.Benchmarks.Machine;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>
/// <c>pipeline run</c> on a home of its own with its embedded engine. References run in the same engine, so both sides meet the same
/// process, store and disk. Owns the process; the home folder belongs to the case.
/// </summary>
sealed class BenchDaemon : IAsyncDisposable
{
    static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(1);
    static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(30);

    /// <summary>Daemon and engine are quiet when they took less than a twentieth of a core for so long.</summary>
    static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(1);
    static readonly TimeSpan s_quietLimit = TimeSpan.FromMinutes(1);

    static readonly TimeSpan s_shortestLook = TimeSpan.FromMilliseconds(15);

    /// <summary>Longest a load or a settlement may take: a fault of the run, not a measure.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(20);

    readonly Process _process;
    readonly int _engineId;

    BenchDaemon(Process process, int engineId, string home, EngineClient engine)
    {
        (_process, _engineId, Home, Engine) = (process, engineId, home, engine);
    }

    public string Home { get; }

    public EngineClient Engine { get; }

    public string DataFolder => Path.Combine(Home, "data");

    /// <param name="cpus">As in <c>taskset -c</c>; null: all.</param>
    public static async Task<BenchDaemon> StartAsync(string pipeline, string home, string? cpus, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.Combine(home, "data"));

        // What it says is in its log files. A pipe would have to be read, by one of the cores that are measured.
        var start = new ProcessStartInfo("sh", ["-c", "exec \"$0\" \"$@\" > /dev/null 2>&1", .. cpus is null ? Array.Empty<string>() : ["taskset", "-c", cpus]]);
        start.ArgumentList.Add(pipeline);
        start.ArgumentList.Add("run");
        start.ArgumentList.Add("--home");
        start.ArgumentList.Add(home);
        start.Environment["PIPELINE__HTTP__PORT"] = "0";
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{pipeline} did not start.");
        try
        {
            var engine = await WaitReadyAsync(process, home, cancellation);
            MachineName.EngineVersion ??= (await engine.QueryAsync("SELECT version()", cancellation)).Trim();
            return new(process, ProcessMeter.ChildrenOf(process.Id).Single(), home, engine);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            throw;
        }
    }

    public double DaemonCpuSeconds() => ProcessMeter.CpuSeconds(_process.Id);

    public double EngineCpuSeconds() => ProcessMeter.CpuSeconds(_engineId);

    /// <summary>
    /// Measures some work: wall clock, CPU and peak memory of daemon and engine. The peaks begin anew, at what is resident now.
    /// </summary>
    public async Task<Measurement> MeasureAsync(long rows, long bytes, Func<Task> work)
    {
        ProcessMeter.ResetPeak(_process.Id);
        ProcessMeter.ResetPeak(_engineId);
        var (daemonCpu, engineCpu) = (DaemonCpuSeconds(), EngineCpuSeconds());
        var began = TimeProvider.System.GetTimestamp();
        await work();
        var wall = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        return new(
            rows,
            bytes,
            wall,
            DaemonCpuSeconds() - daemonCpu,
            EngineCpuSeconds() - engineCpu,
            ProcessMeter.PeakResidentBytes(_process.Id),
            ProcessMeter.PeakResidentBytes(_engineId));
    }

    /// <summary>
    /// Waits until a table has this many rows, asking every <paramref name="look"/>, and more often when few are missing: each question takes of the cores
    /// that are measured, and the last one may come as late as the pause before it is long.
    /// </summary>
    public async Task WaitForRowsAsync(string table, long rows, TimeSpan look, CancellationToken cancellation)
    {
        var began = TimeProvider.System.GetTimestamp();
        long found;
        while ((found = await Engine.CountAsync(table, cancellation)) < rows)
        {
            MustBeAlive(began, $"{found} of {rows} rows are in {table}");
            var halfOfRest = TimeProvider.System.GetElapsedTime(began) * ((rows - found) / (2.0 * Math.Max(1, found)));
            var pause = halfOfRest > s_shortestLook ? halfOfRest : s_shortestLook;
            await Task.Delay(pause < look ? pause : look, TimeProvider.System, cancellation);
        }

        if (found > rows)
        {
            throw new WrongLoadException($"{table} has {found} rows, not {rows}.");
        }
    }

    /// <summary>
    /// Waits until daemon and engine do nothing: no merge, and no memory of the last load that is still being given back, so that no side pays for what ran
    /// before it. Gives up after <see cref="s_quietLimit"/>.
    /// </summary>
    public async Task WaitUntilQuietAsync(CancellationToken cancellation)
    {
        var began = TimeProvider.System.GetTimestamp();
        double before;
        do
        {
            before = DaemonCpuSeconds() + EngineCpuSeconds();
            await Task.Delay(s_quiet, TimeProvider.System, cancellation);
        }
        while (DaemonCpuSeconds() + EngineCpuSeconds() - before > s_quiet.TotalSeconds / 20 && TimeProvider.System.GetElapsedTime(began) < s_quietLimit);
    }

    /// <summary>
    /// Waits until a file has left the data folder, whose rows are published, registered and archived by then: whoever waits asks for them after the clock.
    /// Asking the table all the time costs the engine 3 ms of CPU a look, and looking for the file all the time takes of the cores as well; the references,
    /// whose answer says when they are done, pay neither.
    /// </summary>
    public async Task WaitUntilLoadedAsync(string path, CancellationToken cancellation)
    {
        var began = TimeProvider.System.GetTimestamp();
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!, Path.GetFileName(path)) { NotifyFilter = NotifyFilters.FileName };
        watcher.Deleted += (_, _) => left.TrySetResult();
        watcher.Renamed += (_, _) => left.TrySetResult();
        watcher.EnableRaisingEvents = true;
        while (File.Exists(path))
        {
            MustBeAlive(began, $"{path} waits");
            await Task.WhenAny(left.Task, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellation));
        }
    }

    /// <summary>Waits until nothing is left in the data folder: everything is settled and archived, or refused.</summary>
    public async Task WaitUntilSettledAsync(CancellationToken cancellation)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (Directory.EnumerateFiles(DataFolder, "*", SearchOption.AllDirectories).Any())
        {
            MustBeAlive(began, "files are left in the data folder");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Engine.Dispose();
        if (!_process.HasExited)
        {
            using (var signal = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            {
                await signal.WaitForExitAsync();
            }

            using var limit = new CancellationTokenSource(s_stopLimit);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }

    static async Task<EngineClient> WaitReadyAsync(Process process, string home, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_startLimit);
        using var http = new HttpClient();
        while (!process.HasExited)
        {
            if (TryRead(StateFile(home, "daemon.json")) is { } daemon && daemon.GetProperty("pid").GetInt32() == process.Id)
            {
                using var ready = await http.GetAsync(new Uri(daemon.GetProperty("http_url").GetString() + "readyz"), limit.Token);
                if (ready.IsSuccessStatusCode && TryRead(StateFile(home, "daemon.credentials")) is { } credentials)
                {
                    return new(
                        new Uri(daemon.GetProperty("destination_url").GetString()!),
                        credentials.GetProperty("clickhouse_user").GetString()!,
                        credentials.GetProperty("clickhouse_password").GetString()!);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, limit.Token);
        }

        throw new InvalidOperationException($"The daemon ended with code {process.ExitCode}; its reason is in {StateFile(home, "logs")}.");
    }

    void MustBeAlive(long began, string state)
    {
        if (_process.HasExited)
        {
            throw new WrongLoadException($"The daemon ended with code {_process.ExitCode} while {state}.");
        }

        if (TimeProvider.System.GetElapsedTime(began) > s_patience)
        {
            throw new WrongLoadException($"After {s_patience.TotalMinutes} minutes {state}.");
        }
    }

    static string StateFile(string home, string name) => Path.Combine(home, ".pipeline", name);

    static JsonElement? TryRead(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(path)) : null;
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            // It is being written or replaced: the next look sees it whole.
            return null;
        }
    }
}
