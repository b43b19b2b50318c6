using Microsoft.Extensions.Logging;
using Pipeline.Configuration;
using Pipeline.Daemon.Hosting;
using Pipeline.Telemetry;

namespace Pipeline.Daemon.Commands;

/// <summary>The pipeline of a home, running in this process.</summary>
interface IPipelineRuntime : IPipelineCommands, IAsyncDisposable
{
    /// <summary>Memory that batches may take at most.</summary>
    long MemoryBoundBytes { get; }

    /// <summary>How files are found now: <c>events</c>, <c>polling</c> or <c>off</c>.</summary>
    string Watcher { get; }

    /// <summary>
    /// Works until <paramref name="soft"/> is cancelled and the open files are finished, or until <paramref name="hard"/> is
    /// cancelled. Throws when a part failed: then this program is wrong.
    /// </summary>
    /// <param name="watch">Whether files of the data folder are loaded; else only what commands ask for.</param>
    Task RunAsync(bool watch, CancellationToken soft, CancellationToken hard);
}

/// <summary>Opens the ledger, reconciles what the last run left, and makes the parts ready.</summary>
delegate Task<IPipelineRuntime> StartRuntime(
    HomeSession session, PipelineOptions options, PipelineMetrics metrics, ILoggerFactory loggers,
    CancellationToken cancellation);
