using Microsoft.Extensions.Logging;
using Pipeline.ClickHouse;
using Pipeline.Telemetry;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Pipeline.Ingestion;

/// <summary>
/// How this program behaves towards a destination that is slow, full or away: faults of the world are retried with growing pauses for as long
/// as they last, behind one circuit breaker, so that a destination that comes back is not met by every task at once. What it refuses
/// for good is handed to the caller.
/// </summary>
sealed partial class Destination
{
    /// <summary>First pause. A restart of the embedded engine takes a third of a second.</summary>
    static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest pause: a destination that is back is used again within this time.</summary>
    static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(15);

    readonly ResiliencePipeline<InsertResult> _inserts;
    readonly ResiliencePipeline _statements;
    readonly PipelineMetrics _metrics;
    readonly ILogger<Destination> _logger;

    public Destination(PipelineMetrics metrics, ILogger<Destination> logger, TimeProvider time)
    {
        _metrics = metrics;
        _logger = logger;
        var breaker = new CircuitBreakerStateProvider();
        _inserts = new ResiliencePipelineBuilder<InsertResult> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<InsertResult>
            {
                ShouldHandle = a => ValueTask.FromResult(
                    a.Outcome.Result is InsertResult.Retry || a.Outcome.Exception is BrokenCircuitException),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = s_firstPause,
                MaxDelay = s_longestPause,
                OnRetry = a =>
                {
                    Report((a.Outcome.Result as InsertResult.Retry)?.Error, a.AttemptNumber, a.RetryDelay);
                    return ValueTask.CompletedTask;
                },
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<InsertResult>
            {
                ShouldHandle = a => ValueTask.FromResult(a.Outcome.Result is InsertResult.Retry),
                FailureRatio = 0.9,
                MinimumThroughput = 5,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = TimeSpan.FromSeconds(2),
                StateProvider = breaker,
            })
            .Build();
        _statements = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = a => ValueTask.FromResult(a.Outcome.Exception is ClickHouseException { IsTransient: true }),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = s_firstPause,
                MaxDelay = s_longestPause,
                OnRetry = a =>
                {
                    Report((a.Outcome.Exception as ClickHouseException)?.Error, a.AttemptNumber, a.RetryDelay);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    /// <summary>Repeats an insert (same rows, same token) until it is accepted or refused.</summary>
    public async Task<InsertResult> InsertAsync(Func<CancellationToken, Task<InsertResult>> insert, CancellationToken cancellationToken) =>
        await _inserts.ExecuteAsync(async token => await insert(token), cancellationToken);

    /// <summary>Repeats statements that may be repeated, until they succeed or fail for good.</summary>
    /// <exception cref="ClickHouseException">The destination refused; never a transient one.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> statements, CancellationToken cancellationToken) =>
        await _statements.ExecuteAsync(async token => await statements(token), cancellationToken);

    /// <inheritdoc cref="RunAsync{T}"/>
    public async Task RunAsync(Func<CancellationToken, Task> statements, CancellationToken cancellationToken) =>
        await _statements.ExecuteAsync(async token => await statements(token), cancellationToken);

    void Report(ClickHouseError? error, int attempt, TimeSpan pause)
    {
        _metrics.InsertRetried(error?.Name ?? "CIRCUIT_OPEN");
        if (error is not null)
        {
            Log.DestinationRetry(_logger, error.Code, error.Name, error.Message, attempt + 1, pause.TotalSeconds);
        }
    }

    static partial class Log
    {
        [LoggerMessage(EventIds.DestinationRetry, LogLevel.Warning,
            "The destination did not take it: {Code} {Name}: {Message}. Attempt {Attempt}, next in {PauseSeconds:0.0} s. Nothing is lost meanwhile.")]
        public static partial void DestinationRetry(ILogger logger, int code, string name, string message, int attempt, double pauseSeconds);
    }
}
