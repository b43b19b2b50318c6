namespace Pipeline.TestKit.Time;

/// <summary>
/// A clock that moves only when a test says so. Its timestamp frequency is odd, so that code which takes timestamps for ticks fails.
/// Timers fire on the thread that calls <see cref="Advance"/>, in order of their time, each at its own time. Any thread may use it.
/// </summary>
public sealed class FakeTimeProvider(DateTimeOffset start) : TimeProvider
{
    readonly Lock _lock = new();

    // Guarded by _lock.
    readonly List<FakeTimer> _timers = [];
    TimeSpan _elapsed;

    public FakeTimeProvider()
        : this(new DateTimeOffset(2026, 3, 14, 15, 9, 26, TimeSpan.Zero))
    {
    }

    public override long TimestampFrequency => 12_345_677;

    /// <summary>Timers that are armed: lets a test wait until the code under test waits.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    public override DateTimeOffset GetUtcNow() => start + Elapsed();

    // Starts far from zero, as real ones do.
    public override long GetTimestamp() => 987_654_321 + (long)(Elapsed().Ticks * (decimal)TimestampFrequency / TimeSpan.TicksPerSecond);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock on, firing what comes due on the way.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var target = Elapsed() + by;
        while (NextDue(target) is { } timer)
        {
            timer.Fire();
        }

        lock (_lock)
        {
            _elapsed = target > _elapsed ? target : _elapsed;
        }
    }

    TimeSpan Elapsed()
    {
        lock (_lock)
        {
            return _elapsed;
        }
    }

    FakeTimer? NextDue(TimeSpan target)
    {
        lock (_lock)
        {
            if (_timers.Where(t => t.DueAt <= target).MinBy(t => t.DueAt) is not { } next)
            {
                return null;
            }

            _elapsed = next.DueAt > _elapsed ? next.DueAt : _elapsed;
            if (next.Period > TimeSpan.Zero)
            {
                next.DueAt += next.Period;
            }
            else
            {
                _timers.Remove(next);
            }

            return next;
        }
    }

    sealed class FakeTimer(FakeTimeProvider owner, Action fire) : ITimer
    {
        public TimeSpan DueAt { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    DueAt = owner._elapsed + dueTime;
                    Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
                    owner._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
