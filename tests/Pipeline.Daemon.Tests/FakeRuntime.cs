using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Pipeline.Configuration;
using Pipeline.Daemon.Cli;
using Pipeline.Daemon.Commands;
using Pipeline.Daemon.Hosting;
using Pipeline.Ingestion;
using Pipeline.Telemetry;

namespace Pipeline.Daemon.Tests;

/// <summary>A pipeline that does nothing and says what its test wants. Runs until it is stopped.</summary>
sealed class FakeRuntime : IPipelineRuntime
{
    readonly TaskCompletionSource _running = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<IngestOrder> Orders { get; } = [];

    public Func<string, FileResult> Settle { get; set; } = Loaded;

    public Exception? Fault { get; set; }

    public bool? Watched { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>Completes when the parts run.</summary>
    public Task Running => _running.Task;

    public long MemoryBoundBytes => 123 << 20;

    public string Watcher => "events";

    public StartRuntime Start =>
        (HomeSession session, PipelineOptions options, PipelineMetrics metrics, ILoggerFactory loggers, CancellationToken _) =>
    {
        Loggers = loggers;
        Session = session;
        return Task.FromResult<IPipelineRuntime>(this);
    };

    public ILoggerFactory? Loggers { get; private set; }

    public HomeSession? Session { get; private set; }

    public static FileResult Loaded(string path) => new()
    {
        File = path,
        Outcome = "loaded",
        Dataset = "orders",
        Table = "default.orders",
        FileId = "0123456789abcdef0123456789abcdef",
        RowsRead = 3,
        RowsLoaded = 2,
        RowsRejected = 1,
        Bytes = 17,
        Seconds = 0.5,
    };

    public static FileResult Quarantined(string path) => new()
    {
        File = path,
        Outcome = "quarantined",
        Dataset = "orders",
        Bytes = 17,
        Error = new FileResultError("not_a_table", "No table\nhere.", 4, "b"),
    };

    public async Task RunAsync(bool watch, CancellationToken soft, CancellationToken hard)
    {
        Watched = watch;
        _running.TrySetResult();
        if (Fault is not null)
        {
            throw Fault;
        }

        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = soft.UnsafeRegister(_ => stopped.TrySetResult(), null);
        await stopped.Task;
    }

    public async IAsyncEnumerable<IngestUpdate> IngestAsync(
        IngestOrder order, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Orders.Add(order);
        foreach (var (path, _) in order.Files)
        {
            yield return new IngestUpdate(new FileProgress(path, 8, 1), null);
            await Task.Yield();
            if (Fault is not null)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            }

            yield return new IngestUpdate(null, Settle(path));
        }
    }

    public Task<CommandReply> UndoAsync(string file, CancellationToken cancellation) => file == "boom"
        ? throw new InvalidOperationException("It broke.")
        : Task.FromResult(new CommandReply(file == "known", $"{file}: answered"));

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    /// <summary>A command line whose output is kept.</summary>
    public (CliIo Io, StringWriter Out, StringWriter Error, MemoryStream Bytes) Cli(string input = "")
    {
        var (output, error, bytes) = (new StringWriter(), new StringWriter(), new MemoryStream());
        return (new CliIo
        {
            Out = TextWriter.Synchronized(output),
            Error = TextWriter.Synchronized(error),
            OpenOut = () => bytes,
            In = new StringReader(input),
            OpenIn = () => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(input)),
            StartRuntime = Start,
        }, output, error, bytes);
    }
}
