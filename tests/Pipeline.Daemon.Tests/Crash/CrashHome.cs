using System.Diagnostics;
using Pipeline.ClickHouse;
using Pipeline.Configuration;
using Pipeline.Daemon.Hosting;
using Pipeline.Ingestion;
using Pipeline.Ledger;
using Pipeline.TestKit.Files;
using Pipeline.TestKit.Processes;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>
/// A home on which real daemons with real engines are started and killed, and the questions a test asks afterwards. One daemon at a time.
/// Disposing it kills what runs.
/// </summary>
public sealed class CrashHome : IAsyncLifetime, IAsyncDisposable
{
    /// <summary>128 and SIGKILL.</summary>
    const int Killed = 137;

    static readonly TimeSpan s_pollEvery = TimeSpan.FromMilliseconds(20);

    readonly TempHome _home = new();
    readonly PipelineHome _paths;
    readonly Dictionary<string, string> _environment = new() { ["PIPELINE__HTTP__PORT"] = "0" };
    ClickHouseOptions? _server;
    ClickHouseClient? _client;

    public CrashHome()
    {
        _paths = PipelineHome.At(_home.Root, new FolderOptions());
    }

    public string Root => _home.Root;

    public string DataFolder => _home.Data;

    public string ArchiveFolder => _home.Archive;

    public string QuarantineFolder => _home.Quarantine;

    public string StateFolder => _home.State;

    /// <summary>The daemon that runs or ran last.</summary>
    public PipelineProcess? Daemon { get; private set; }

    /// <summary>A variable of every daemon and verb from now on.</summary>
    public void Set(string name, string value) => _environment[name] = value;

    /// <summary>Loads into a server instead of the embedded engine.</summary>
    public void UseServer(Uri url, string user, string password)
    {
        Set("PIPELINE__CLICKHOUSE__URL", url.ToString());
        Set("PIPELINE__CLICKHOUSE__USER", user);
        Set("PIPELINE__CLICKHOUSE__PASSWORD", password);
        _server = new ClickHouseOptions { Url = url, User = user, Password = password };
    }

    /// <summary>What the next start finds in <c>pipeline.yaml</c>.</summary>
    public void Configure(string config) => _home.Write("pipeline.yaml", config);

    public string PathOf(string relativePath) => _home.PathOf(relativePath);

    /// <summary>Starts a daemon and returns when it is ready.</summary>
    public Task StartAsync() => StartAsync(dieAt: null);

    /// <inheritdoc cref="StartAsync()"/>
    /// <param name="dieAt">The step at which it will die, once something leads there.</param>
    internal async Task StartAsync(FaultPoint? dieAt)
    {
        await EndAsync();
        Start(dieAt is { } point ? Faults.Name(point) : null);
        await Daemon!.SaysAsync("Ready at");
    }

    /// <summary>
    /// Starts a daemon that keeps a file at the named step, once one has come there so many times, and returns when it is ready.
    /// <see cref="HeldAsync"/> waits for the file; <see cref="PipelineProcess.Continue"/> lets it go on.
    /// </summary>
    internal async Task StartHoldingAsync(FaultPoint point, int times = 1)
    {
        await EndAsync();
        Start($"hold:{Faults.Name(point)}:{times}");
        await Daemon!.SaysAsync("Ready at");
    }

    /// <summary>Waits until a file is kept at the step that <see cref="StartHoldingAsync"/> named.</summary>
    public Task HeldAsync() => Daemon!.SaysAsync("Held at ");

    /// <summary>Starts a daemon and does not wait for anything.</summary>
    public void StartUnwatched() => Start(fault: null);

    /// <summary>Starts a daemon that dies at the named step, and waits for that.</summary>
    internal async Task DieAtAsync(FaultPoint point, int times = 1)
    {
        await EndAsync();
        Start($"{Faults.Name(point)}:{times}");
        await Daemon!.ExitedAsync();
        Daemon.ExitCode.ShouldBe(Killed, $"the step {Faults.Name(point)} was not reached:\n{Daemon.Output}\n{Daemon.Errors}");
    }

    /// <summary>SIGKILL to the daemon; its engine has to notice by itself.</summary>
    public async Task KillAsync()
    {
        Daemon!.Kill();
        await Daemon.ExitedAsync();
        Daemon.ExitCode.ShouldBe(Killed);
    }

    /// <summary>SIGKILL to the engine alone.</summary>
    public void KillEngine()
    {
        if (EngineId() is { } id)
        {
            PipelineProcess.Signal(id, "KILL");
        }
    }

    /// <summary>Process id of the daemon's engine; null while there is none.</summary>
    public int? EngineId() => Daemon!.Children().Cast<int?>().FirstOrDefault();

    /// <summary>Runs a verb to its end.</summary>
    public Task<(int ExitCode, string Output, string Errors)> VerbAsync(params string[] arguments) =>
        PipelineProcess.RunAsync([arguments[0], "--home", Root, .. arguments.Skip(1)], _environment);

    /// <summary>Renames a file into the data folder, as a careful producer does.</summary>
    internal void Drop(params SomeFile[] files)
    {
        var ready = files.Select(f => (From: _home.Write(Path.Join("incoming", Guid.NewGuid().ToString("N")), f.Content), f.Name)).ToList();
        foreach (var (from, name) in ready)
        {
            var to = Path.Join(_home.Data, name);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Move(from, to, overwrite: true);
        }
    }

    /// <summary>Waits until the data folder is empty and the ledger has no file that is still on its way.</summary>
    public async Task SettledAsync()
    {
        using var patience = new CancellationTokenSource(PipelineProcess.Patience * 2);
        while (!await IsSettledAsync())
        {
            if (Daemon!.HasExited || patience.IsCancellationRequested)
            {
                throw new TimeoutException($"Not settled: {string.Join(", ", FilesIn(_home.Data))}\n{Daemon.Output}\n{Daemon.Errors}");
            }

            await Task.Delay(s_pollEvery, TimeProvider.System);
        }
    }

    /// <summary>Waits until a condition holds.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var patience = new CancellationTokenSource(PipelineProcess.Patience);
        while (!await condition())
        {
            if (patience.IsCancellationRequested)
            {
                throw new TimeoutException($"It never came to pass: {what}\n{Daemon?.Output}\n{Daemon?.Errors}");
            }

            await Task.Delay(s_pollEvery, TimeProvider.System);
        }
    }

    /// <summary>Rows of a query at the destination, as the running daemon reaches it.</summary>
    public async Task<IReadOnlyList<object?[]>> QueryAsync(string sql)
    {
        _client ??= Connect();
        return (await _client.QueryRowsAsync(sql, null, CancellationToken.None)).Rows;
    }

    public async Task<long> NumberAsync(string sql) => Convert.ToInt64((await QueryAsync(sql))[0][0]);

    /// <summary>What the ledger knows, newest first.</summary>
    public async Task<IReadOnlyList<LedgerEntry>> EntriesAsync()
    {
        await using var ledger = await SqliteLedger.OpenReadOnlyAsync(_paths.LedgerFile);
        return await ledger.ListAsync(limit: 100_000);
    }

    /// <summary>Every file below a folder, by relative path.</summary>
    public static IReadOnlyList<string> FilesIn(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(p => Path.GetRelativePath(folder, p)).Order(StringComparer.Ordinal)]
        : [];

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>As the fixture of a class; xunit disposes no <see cref="IAsyncDisposable"/>.</summary>
    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _home.Dispose();
    }

    void Start(string? fault)
    {
        var environment = new Dictionary<string, string>(_environment);
        if (fault is not null)
        {
            environment["PIPELINE_FAULT"] = fault;
        }

        Daemon = PipelineProcess.Start(["run", "--home", Root], environment);
    }

    /// <summary>Ends the daemon, if one runs: one that an earlier test left is killed, which must do no harm either.</summary>
    internal async Task EndAsync()
    {
        _client?.Dispose();
        _client = null;
        if (Daemon is not null)
        {
            await Daemon.DisposeAsync();
            Daemon = null;
        }
    }

    ClickHouseClient Connect()
    {
        if (_server is not null)
        {
            return new ClickHouseClient(_server);
        }

        var daemon = DaemonFile.Find(_paths) ?? throw new InvalidOperationException("No daemon runs.");
        var credentials = DaemonCredentials.Find(_paths)!;
        return new ClickHouseClient(
            new ClickHouseOptions { Url = daemon.DestinationUrl, User = credentials.ClickhouseUser, Password = credentials.ClickhousePassword });
    }

    async Task<bool> IsSettledAsync()
    {
        if (FilesIn(_home.Data).Count > 0)
        {
            return false;
        }

        await using var ledger = await SqliteLedger.OpenReadOnlyAsync(_paths.LedgerFile);
        return (await ledger.UnfinishedAsync()).Count == 0 && (await ledger.ListAsync(state: FileState.Seen)).All(e => !File.Exists(e.Path));
    }
}
