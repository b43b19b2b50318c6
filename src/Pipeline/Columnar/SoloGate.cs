namespace Pipeline.Columnar;

/// <summary>
/// Lets many readers in at once, or one alone: a file that may have killed the engine is read when no other is, so that the next death names its
/// cause. Any task.
/// </summary>
sealed class SoloGate : IDisposable
{
    /// <summary>Far more than there are workers.</summary>
    const int Places = 64;

    readonly SemaphoreSlim _places = new(Places);
    readonly SemaphoreSlim _solo = new(1);

    /// <summary>Waits for a place, or for all of them; disposing the answer gives them back.</summary>
    public async Task<IDisposable> EnterAsync(bool alone, CancellationToken cancellationToken)
    {
        if (!alone)
        {
            await _places.WaitAsync(cancellationToken);
            return new Pass(this, 1);
        }

        // One at a time collects the places: two would wait for each other.
        await _solo.WaitAsync(cancellationToken);
        var taken = 0;
        try
        {
            for (; taken < Places; taken++)
            {
                await _places.WaitAsync(cancellationToken);
            }

            return new Pass(this, Places);
        }
        catch
        {
            Release(taken);
            throw;
        }
        finally
        {
            _solo.Release();
        }
    }

    public void Dispose()
    {
        _places.Dispose();
        _solo.Dispose();
    }

    void Release(int places)
    {
        if (places > 0)
        {
            _places.Release(places);
        }
    }

    sealed class Pass(SoloGate gate, int places) : IDisposable
    {
        int _left = places;

        public void Dispose() => gate.Release(Interlocked.Exchange(ref _left, 0));
    }
}
