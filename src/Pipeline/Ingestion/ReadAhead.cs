using Pipeline.Formats.Records;

namespace Pipeline.Ingestion;

/// <summary>
/// Reads the next block of records while the last one is looked at, for the profile of a whole file: on another core that is free for it, else when it is asked for.
/// Two blocks take turns: the one handed out is valid until the next call. One task uses it; it owns the blocks, not the reader.
/// </summary>
/// <param name="reader">One read at a time is under way.</param>
/// <param name="front">Filled second.</param>
/// <param name="back">Filled first.</param>
/// <param name="freeCores">How many other cores may have time now; null: none is asked.</param>
/// <param name="cancellationToken">Ends the reading.</param>
sealed class ReadAhead(RecordReader reader, FieldBlock front, FieldBlock back, Func<int>? freeCores, CancellationToken cancellationToken) : IAsyncDisposable
{
    FieldBlock _handed = front;
    FieldBlock _filling = back;
    BlockRead? _next;

    /// <summary>The next block; null when there is none.</summary>
    public async ValueTask<FieldBlock?> NextAsync()
    {
        if (!await HasMoreAsync())
        {
            return null;
        }

        (_handed, _filling) = (_filling, _handed);
        _next = Offer();
        return _handed;
    }

    /// <summary>Whether a block follows the one that was handed out.</summary>
    public Task<bool> HasMoreAsync() => (_next ??= Offer()).GetAsync();

    /// <summary>Waits for the read under way: the reader may be disposed afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_next is not null)
        {
            await _next.EndAsync();
        }

        _handed.Dispose();
        _filling.Dispose();
    }

    BlockRead Offer()
    {
        var read = new BlockRead(reader, _filling, cancellationToken);
        if (freeCores?.Invoke() > 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(read, preferLocal: true);
        }

        return read;
    }

    /// <summary>The read of one block, done once, by whoever takes it first: the core that asks for it, or another one that has nothing else to do.</summary>
    sealed class BlockRead(RecordReader reader, FieldBlock block, CancellationToken cancellationToken) : IThreadPoolWorkItem
    {
        readonly TaskCompletionSource<bool> _elsewhere = new();
        Task<bool>? _here;
        int _isTaken;

        public Task<bool> GetAsync() => _here ??= TryTake() ? ReadAsync() : _elsewhere.Task;

        /// <summary>Waits for it, where it has begun: its fault, if any, is of no consequence to whoever did not ask for the block.</summary>
        public async ValueTask EndAsync()
        {
            if (_here is not null || !TryTake())
            {
                await ((Task)GetAsync()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        public void Execute()
        {
            if (TryTake())
            {
                _ = ReadElsewhereAsync();
            }
        }

        async Task ReadElsewhereAsync()
        {
            var read = ReadAsync();
            await ((Task)read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _elsewhere.SetFromTask(read);
        }

        // Also a reader that throws at once has failed at this block, no sooner.
        async Task<bool> ReadAsync() => await reader.ReadAsync(block, cancellationToken);

        bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;
    }
}
