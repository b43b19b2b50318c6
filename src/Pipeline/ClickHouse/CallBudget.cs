namespace Pipeline.ClickHouse;

/// <summary>The time of one call, and what its exceptions mean.</summary>
sealed class CallBudget : IDisposable
{
    readonly TimeSpan _budget;
    readonly CancellationToken _caller;
    readonly CancellationTokenSource _timer;
    readonly CancellationTokenSource _both;

    public CallBudget(TimeSpan budget, TimeProvider time, CancellationToken caller)
    {
        _budget = budget;
        _caller = caller;
        _timer = new CancellationTokenSource(budget, time);
        _both = CancellationTokenSource.CreateLinkedTokenSource(caller, _timer.Token);
    }

    /// <summary>Cancelled by the caller or when the time is up.</summary>
    public CancellationToken Token => _both.Token;

    /// <summary>
    /// A fault of the way to ClickHouse as an error; null for anything else: cancellation by the caller, an error that is one
    /// already, a bug.
    /// </summary>
    public ClickHouseError? Explain(Exception e) => e switch
    {
        _ when _caller.IsCancellationRequested => null,
        OperationCanceledException or HttpRequestException or IOException when _timer.IsCancellationRequested =>
            ClickHouseError.Timeout(_budget),
        HttpRequestException or IOException => ClickHouseError.Transport(e),
        // A connect that took longer than ConnectTimeout.
        OperationCanceledException { InnerException: TimeoutException } => ClickHouseError.Transport(e),
        _ => null,
    };

    public void Dispose()
    {
        _both.Dispose();
        _timer.Dispose();
    }
}
