namespace Pipeline.ClickHouse;

/// <summary>
/// How long to wait before the next attempt: doubling from <paramref name="First"/> up to <paramref name="Most"/>, with a part of
/// it left to chance so that
/// many waiters do not come back together. Pure: the same seed and attempt give the same delay.
/// </summary>
/// <param name="First">The delay after the first failure, without jitter.</param>
/// <param name="Most">No delay is longer.</param>
/// <param name="Jitter">0 to 1: the part of a delay that chance decides; it only shortens.</param>
/// <param name="Seed">Makes the delays of one waiter its own.</param>
public sealed record RetrySchedule(TimeSpan First, TimeSpan Most, double Jitter, ulong Seed)
{
    /// <summary>
    /// 0.2 s, 0.4 s … 30 s: an engine that restarts is back within a second; an overloaded server wants to be left alone.
    /// </summary>
    public static RetrySchedule Default(ulong seed) =>
        new(TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(30), Jitter: 0.5, seed);

    /// <summary>The delay after the failure of an attempt.</summary>
    /// <param name="attempt">1 for the first attempt.</param>
    /// <param name="asked">What the server asked for; the delay is at least that, up to <see cref="Most"/>.</param>
    public TimeSpan DelayAfter(int attempt, TimeSpan? asked = null)
    {
        var doubledTicks = First.Ticks * Math.Pow(2, Math.Max(attempt, 1) - 1);
        var delay = TimeSpan.FromTicks((long)Math.Min(doubledTicks, Most.Ticks)) * (1 - (Jitter * Chance(attempt)));
        return Min(asked > delay ? asked.Value : delay, Most);
    }

    /// <summary>A number from 0 to 1 that depends on seed and attempt alone (the finaliser of SplitMix64).</summary>
    double Chance(int attempt)
    {
        var x = Seed + (0x9E3779B97F4A7C15 * (ulong)attempt);
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return (x ^ (x >> 31)) / (double)ulong.MaxValue;
    }

    static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
