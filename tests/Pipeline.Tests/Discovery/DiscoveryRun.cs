using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.Discovery;
using Pipeline.TestKit.Files;
using Pipeline.TestKit.Time;

namespace Pipeline.Tests.Discovery;

/// <summary>A discovery that runs over a home of its own, and what a test needs to watch it.</summary>
sealed class DiscoveryRun : IAsyncDisposable
{
    public static readonly TimeSpan Generous = TimeSpan.FromSeconds(30);

    readonly CancellationTokenSource _stop = new();
    readonly Channel<DiscoveredFile> _files;
    readonly FileDiscovery _discovery;
    Task _run = Task.CompletedTask;

    public DiscoveryRun(
        TimeProvider time, Func<DiscoveryOptions, DiscoveryOptions>? configure = null, StartTreeWatcher? watcher = null,
        Func<string, WriterState>? writers = null, int capacity = 1000)
    {
        var options = new DiscoveryOptions { DataFolder = Home.Data };
        _files = Channel.CreateBounded<DiscoveredFile>(capacity);
        _discovery = new FileDiscovery(
            configure?.Invoke(options) ?? options, time, Log, watcher ?? TreeWatcher.Start, writers ?? WriterProbe.Look);
    }

    public TempHome Home { get; } = new();

    public ListLogger Log { get; } = new();

    public FileDiscovery Discovery => _discovery;

    public ChannelReader<DiscoveredFile> Files => _files.Reader;

    public ChannelWriter<DiscoveredFile> Writer => _files.Writer;

    public Task Completion => _run;

    public DiscoveryRun Start()
    {
        _run = _discovery.RunAsync(_files.Writer, _stop.Token);
        return this;
    }

    public async Task<DiscoveredFile> NextAsync() => await Files.ReadAsync().AsTask().WaitAsync(Generous);

    /// <summary>Waits, in real time, until a condition holds: for work that other threads do.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Generous)
            {
                throw new TimeoutException(what);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }

    /// <summary>Lets the loop come round at least once more: what it was told before is done then.</summary>
    public async Task FullScanAsync()
    {
        var scans = _discovery.Scans;
        _discovery.Rescan();
        await UntilAsync(() => _discovery.Scans > scans, "no scan");
        scans = _discovery.Scans;
        _discovery.Rescan();
        await UntilAsync(() => _discovery.Scans > scans, "no second scan");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run.WaitAsync(Generous);
        _discovery.Dispose();
        _stop.Dispose();
        Home.Dispose();
    }
}

/// <summary>Keeps log lines as text.</summary>
sealed class ListLogger : ILogger
{
    readonly Lock _lock = new();
    readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lock)
        {
            _lines.Add(formatter(state, exception));
        }
    }
}

/// <summary>Watchers that a test plays.</summary>
sealed class PlayedWatcher : IDisposable
{
    public Action<string, Arrival>? OnPath { get; private set; }

    public Action<Exception>? OnError { get; private set; }

    public int Starts { get; private set; }

    /// <summary>When set, starting fails with it.</summary>
    public Exception? Failure { get; set; }

    public IDisposable Start(string folder, Action<string, Arrival> onPath, Action<Exception> onError)
    {
        Starts++;
        OnPath = onPath;
        OnError = onError;
        return Failure is null ? this : throw Failure;
    }

    public void Dispose()
    {
    }
}
