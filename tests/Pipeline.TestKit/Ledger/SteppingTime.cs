namespace Pipeline.TestKit.Ledger;

/// <summary>
/// A clock that moves 1.3 ms and a tenth of a microsecond at each look: no two times are equal, and none is a round number.
/// </summary>
public sealed class SteppingTime : TimeProvider
{
    long _ticks = new DateTimeOffset(2025, 1, 31, 23, 59, 59, TimeSpan.Zero).Ticks;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Add(ref _ticks, 13_001), TimeSpan.Zero);
}
