namespace Pipeline.Ingestion;

/// <summary>
/// So much of something at once, bytes or turns. Takers wait in the order in which they came, so that a large one is not passed by for ever. Any task.
/// </summary>
sealed class Budget
{
    readonly long _total;
    readonly Lock _lock = new();

    // Of the lock.
    readonly Queue<(long Units, TaskCompletionSource Turn)> _waiting = new();
    long _free;

    public Budget(long total) => _free = _total = total;

    /// <summary>Completes when the units are the caller's; more than all there are means all. Cancelled, none are.</summary>
    public async ValueTask TakeAsync(long units, CancellationToken cancellationToken)
    {
        units = Math.Min(units, _total);
        if (Enqueue(units) is not { } turn)
        {
            return;
        }

        try
        {
            await turn.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Its turn may have come all the same.
            if (!turn.TrySetCanceled(CancellationToken.None))
            {
                Return(units);
            }

            throw;
        }
    }

    /// <summary>Whether the units could be taken now; another taker may be faster.</summary>
    public bool Has(long units)
    {
        lock (_lock)
        {
            return IsFree(Math.Min(units, _total));
        }
    }

    /// <summary>Gives back what was taken by one <see cref="TakeAsync"/>.</summary>
    public void Return(long units)
    {
        lock (_lock)
        {
            _free += Math.Min(units, _total);
            while (_waiting.TryPeek(out var next) && (next.Turn.Task.IsCompleted || next.Units <= _free))
            {
                _waiting.Dequeue();
                if (next.Turn.TrySetResult())
                {
                    _free -= next.Units;
                }
            }
        }
    }

    // Within the lock.
    bool IsFree(long units) => _waiting.Count == 0 && units <= _free;

    // Null: they are there.
    TaskCompletionSource? Enqueue(long units)
    {
        lock (_lock)
        {
            if (IsFree(units))
            {
                _free -= units;
                return null;
            }

            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((units, turn));
            return turn;
        }
    }
}
