using Pipeline.ClickHouse;

namespace Pipeline.Daemon.Http;

/// <summary>What <c>/readyz</c> says, field by field.</summary>
/// <param name="Ledger"><c>open</c> or <c>closed</c>.</param>
/// <param name="Clickhouse"><c>reachable</c>, or why not.</param>
/// <param name="Watcher"><c>events</c>, <c>polling</c> or <c>off</c>.</param>
sealed record ReadinessReport(bool Ready, string Phase, string Ledger, string Clickhouse, string Watcher);

/// <summary>The state of the daemon, for probes. Written by the host, read by any request.</summary>
sealed class Readiness(TimeProvider time)
{
    /// <summary>A probe must answer well within the second or two that orchestrators give it.</summary>
    static readonly TimeSpan s_pingBudget = TimeSpan.FromMilliseconds(900);

    volatile Parts? _parts;
    volatile string _phase = "starting";

    public void Started(ClickHouseClient destination, Func<string> watcher)
    {
        _parts = new Parts(destination, watcher);
        _phase = "running";
    }

    public void Stopping()
    {
        _phase = "stopping";
    }

    public async Task<ReadinessReport> CheckAsync(CancellationToken cancellation)
    {
        if (_parts is not { } parts)
        {
            return new ReadinessReport(false, _phase, "closed", "unknown", "off");
        }

        var fault = await PingAsync(parts.Destination, cancellation);
        return new ReadinessReport(
            fault is null && _phase == "running", _phase, "open", fault ?? "reachable", parts.Watcher());
    }

    async Task<string?> PingAsync(ClickHouseClient destination, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(s_pingBudget, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            return (await destination.PingAsync(either.Token))?.Name;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return "TIMEOUT";
        }
    }

    sealed record Parts(ClickHouseClient Destination, Func<string> Watcher);
}
