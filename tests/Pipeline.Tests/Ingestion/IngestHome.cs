using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using System.Diagnostics.Metrics;
using Pipeline.ClickHouse;
using Pipeline.Columnar;
using Pipeline.Configuration;
using Pipeline.Ingestion;
using Pipeline.Telemetry;
using Pipeline.TestKit.Engine;
using Pipeline.TestKit.Files;

namespace Pipeline.Tests.Ingestion;

/// <summary>A home at work in this process, on the real engine of the test assembly, in a database of its own.</summary>
sealed class IngestHome : IAsyncDisposable
{
    static int s_databases;

    readonly EngineFixture _engine;
    readonly ServiceProvider _services;
    readonly ClickHouseClient _client;
    readonly ColumnarReader _columnar;
    readonly CancellationTokenSource _hardStop = new();
    Task _running = Task.CompletedTask;

    IngestHome(EngineFixture engine, PipelineOptions options)
    {
        _engine = engine;
        Database = $"ingest_{Environment.ProcessId}_{Interlocked.Increment(ref s_databases)}";
        Options = options with { Clickhouse = options.Clickhouse with { Database = Database } };
        _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        _client = new ClickHouseClient(new ClickHouseOptions { Url = engine.Url, User = engine.User, Password = engine.Password });
        _columnar = new ColumnarReader(_ => Task.FromResult(_client), Path.Join(Files.State, "tmp"), TimeProvider.System, isDestination: true);
    }

    public TempHome Files { get; } = new();

    public string Database { get; }

    public PipelineOptions Options { get; }

    public PipelineHost Host { get; private set; } = null!;

    public static async Task<IngestHome> OpenAsync(
        EngineFixture engine, DatasetOptions? orders = null, IngestOptions? ingest = null, LimitOptions? limits = null,
        Faults? faults = null, double diskBytesPerSecond = 1e9, TimeProvider? time = null)
    {
        var home = new IngestHome(engine, new PipelineOptions
        {
            Datasets = orders is null ? new Dictionary<string, DatasetOptions>() : new Dictionary<string, DatasetOptions> { ["orders"] = orders },
            Ingest = ingest ?? new IngestOptions(),
            Limits = limits ?? new LimitOptions(),
        });
        await home.QueryAsync($"CREATE DATABASE {home.Database}");
        home.Host = await PipelineHost.OpenAsync(
            PipelineHome.At(home.Files.Root, home.Options.Folders),
            home.Options,
            new PipelineHostServices(
                home._client, home._columnar, new PipelineMetrics(home._services.GetRequiredService<IMeterFactory>(), TimeProvider.System), NullLoggerFactory.Instance,
                time ?? TimeProvider.System, faults ?? Faults.None)
            {
                DiskBytesPerSecond = diskBytesPerSecond,
            },
            CancellationToken.None);
        home._running = home.Host.RunAsync(watch: false, CancellationToken.None, home._hardStop.Token);
        return home;
    }

    /// <summary>Writes a file and loads it by path.</summary>
    public async Task<FileResult> LoadAsync(string name, string text, IngestRequest? request = null) =>
        await LoadAsync(Files.Write(name, text), request);

    public async Task<FileResult> LoadAsync(string path, IngestRequest? request = null)
    {
        await foreach (var result in Host.IngestAsync(FileToLoad.In(path).ToList(), request ?? new IngestRequest(), CancellationToken.None))
        {
            // The law of every file, checked by every test.
            result.RowsRead.ShouldBe(result.RowsLoaded + result.RowsRejected + result.RowsSkipped);
            return result;
        }

        throw new InvalidOperationException($"{path} had no result.");
    }

    public async IAsyncEnumerable<Inspection> InspectAsync(string path)
    {
        using var inspector = new Inspector(Options, _columnar);
        await foreach (var inspection in inspector.InspectAsync(path, CancellationToken.None))
        {
            yield return inspection;
        }
    }

    /// <summary>What loading a file would do, by the path of each table in it.</summary>
    public async Task<SortedDictionary<string, FilePlan>> PlanAllAsync(string path, string? dataset = null)
    {
        using var inspector = new Inspector(Options, _columnar);
        var planner = new FilePlanner(PipelineHome.At(Files.Root, Options.Folders), Options, inspector, _client, Host.Ledger);
        var plans = new SortedDictionary<string, FilePlan>(StringComparer.Ordinal);
        foreach (var file in FileToLoad.In(path))
        {
            await foreach (var plan in planner.PlanAsync(file, dataset, CancellationToken.None))
            {
                plans.Add(plan.File.File[path.Length..], plan);
            }
        }

        return plans;
    }

    public async Task<FilePlan> PlanAsync(string path, string? dataset = null) => (await PlanAllAsync(path, dataset)).Values.Single();

    /// <summary>Loads a file and gives the results of all that was in it, by path below the file.</summary>
    public async Task<SortedDictionary<string, FileResult>> LoadAllAsync(string path, IngestRequest? request = null)
    {
        var results = new SortedDictionary<string, FileResult>(StringComparer.Ordinal);
        await foreach (var result in Host.IngestAsync(FileToLoad.In(path).ToList(), request ?? new IngestRequest(), CancellationToken.None))
        {
            result.RowsRead.ShouldBe(result.RowsLoaded + result.RowsRejected + result.RowsSkipped);
            results.Add(result.File[path.Length..], result);
        }

        return results;
    }

    /// <summary>What a statement prints, tab-separated; <c>orders</c> stands in this home's database.</summary>
    public async Task<string> QueryAsync(string sql) => (await _engine.QueryAsync(sql.Replace("{db}", Database, StringComparison.Ordinal))).TrimEnd('\n');

    /// <summary>Columns and types of a table, as <c>name Type</c>, without the provenance columns.</summary>
    public async Task<string[]> ColumnsAsync(string table) => (await QueryAsync(
        $"SELECT name || ' ' || type FROM system.columns WHERE database = '{Database}' AND table = '{table}' AND name NOT LIKE '\\_%' ORDER BY position FORMAT TSVRaw"))
        .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public async ValueTask DisposeAsync()
    {
        Host.CompleteFiles();
        await _running;
        await Host.DisposeAsync();
        await QueryAsync($"DROP DATABASE {Database} SYNC");
        _columnar.Dispose();
        _client.Dispose();
        _hardStop.Dispose();
        await _services.DisposeAsync();
        Files.Dispose();
    }
}
