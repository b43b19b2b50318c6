using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Pipeline.Formats;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;

namespace Pipeline.Ingestion;

/// <summary>
/// Types the blocks of a file: they are cut one after the other, typed side by side where cores are free, and handed over in the order of the file. A core cuts and types a
/// block, in whose cache it lies meanwhile: where another one typed it, cutting took a fourth more (docs/performance-log.md). What is handed over is the same however many there
/// are. One task uses it; it owns the blocks, not the reader.
/// </summary>
/// <param name="reader">One read at a time is under way.</param>
/// <param name="first">Is filled first; of the task that uses this.</param>
/// <param name="newBlock">Makes one for the second block of the file, and for each other core.</param>
/// <param name="freeCores">How many other cores may have time now; null: none is asked.</param>
/// <param name="cancellationToken">Ends the reading.</param>
sealed class ParallelTyping(
    RecordReader reader, FieldBlock first, Func<FieldBlock> newBlock, Func<int>? freeCores, CancellationToken cancellationToken) : IAsyncDisposable
{
    /// <summary>Other cores at most: blocks are cut one at a time, which takes a fourth to a half of what typing does.</summary>
    const int MaxOthers = 3;

    /// <summary>Turns of a wait for the reader, some tens of microseconds: until then the block before is cut, and a thread that sleeps takes as long to wake.</summary>
    const int Spins = 20;

    // Held by whoever reads. A block is put into the order of the file before it is given up.
    readonly SemaphoreSlim _reading = new(1, 1);
    readonly ConcurrentQueue<TypedBlock> _order = new();
    readonly Lane _own = new(first);
    readonly List<Lane> _others = [];
    IReadOnlyList<ColumnPlan> _plans = [];
    Func<ColumnBatch>? _newBatch;

    // Blocks that were looked at before the types were decided.
    readonly Queue<FieldBlock> _seen = new(2);
    volatile bool _isOver;
    volatile bool _isClosed;

    /// <summary>What a person should know about the values, once all are typed.</summary>
    public IReadOnlyList<FormatWarning> Warnings => _own.Typer?.Warnings ?? [];

    /// <summary>The first block, which is not typed yet; null: there is none.</summary>
    public async ValueTask<FieldBlock?> ReadFirstAsync()
    {
        if (!await reader.ReadAsync(first, cancellationToken))
        {
            _isOver = true;
            return null;
        }

        _seen.Enqueue(first);
        return first;
    }

    /// <summary>Whether a block follows the first.</summary>
    public async ValueTask<bool> HasSecondAsync()
    {
        var second = newBlock();
        if (!await reader.ReadAsync(second, cancellationToken))
        {
            _isOver = true;
            second.Dispose();
            return false;
        }

        _seen.Enqueue(second);
        return true;
    }

    /// <summary>The types are decided.</summary>
    /// <param name="plans">Of the columns.</param>
    /// <param name="newBatch">Makes an empty batch of them; any task may call it.</param>
    public void Start(IReadOnlyList<ColumnPlan> plans, Func<ColumnBatch> newBatch)
    {
        (_plans, _newBatch) = (plans, newBatch);
        _own.Typer = new RowTyper(plans);
    }

    /// <summary>Appends the next block to a batch, hands over the rows that are refused; null, once, when none is left.</summary>
    /// <inheritdoc cref="FileRows.AppendAsync" path="/param"/>
    public async ValueTask<AppendedRows?> AppendNextAsync(ColumnBatch batch, IRejectSink rejects, bool mayExchange)
    {
        if (_seen.TryDequeue(out var seen))
        {
            var appended = Append(seen, batch, rejects);
            if (seen != first)
            {
                seen.Dispose();
            }

            return appended;
        }

        AskOthers();
        while (true)
        {
            if (_order.TryPeek(out var next) && (next.IsTyped.IsCompleted || _isOver || !_own.HasRoom))
            {
                await next.IsTyped;
                _order.TryDequeue(out _);
                return HandOver(next, batch, rejects, mayExchange);
            }

            // Types one itself: the next of the file, or one behind those that others have not finished.
            switch (await ReadAsync(_own))
            {
                case (true, null):
                    return Append(first, batch, rejects);
                case (true, { } ahead):
                    ahead.Type();
                    break;
                case (false, _) when _order.IsEmpty:
                    _others.ForEach(l => _own.Typer!.Join(l.Typer!));
                    return null;
            }
        }
    }

    /// <summary>Waits for whoever reads or types: the reader may be disposed afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        await Task.WhenAll(_others.Select(l => l.AtWork));
        foreach (var block in _others.Select(l => l.Block).Concat(_seen).Append(first))
        {
            block.Dispose();
        }
    }

    AppendedRows Append(FieldBlock block, ColumnBatch batch, IRejectSink rejects) => new(block.RowCount, _own.Typer!.Append(block, batch, rejects));

    static AppendedRows HandOver(TypedBlock typed, ColumnBatch batch, IRejectSink rejects, bool mayExchange)
    {
        typed.Fault?.Throw();
        ColumnBatch? exchanged = null;
        if (typed.Mismatch is null)
        {
            if (mayExchange && batch.RowCount == 0)
            {
                (exchanged, typed.Batch) = (typed.Batch, batch);
            }
            else
            {
                batch.AppendAll(typed.Batch);
            }

            typed.Rejects.ForEach(rejects.Add);
        }

        var appended = new AppendedRows(typed.Rows, typed.Mismatch, exchanged);
        typed.GiveBack();
        return appended;
    }

    // Those at work go on by themselves.
    void AskOthers()
    {
        var cores = _isOver || freeCores is null ? 0 : Math.Min(freeCores(), MaxOthers);
        for (var i = 0; i < cores; i++)
        {
            if (i == _others.Count)
            {
                _others.Add(new Lane(newBlock()) { Typer = new RowTyper(_plans) });
            }

            var (lane, before) = (_others[i], i);
            if (lane.AtWork.IsCompletedSuccessfully && lane.HasRoom)
            {
                lane.AtWork = Task.Run(() => HelpAsync(lane, before), CancellationToken.None);
            }
        }
    }

    async Task HelpAsync(Lane lane, int before)
    {
        while (lane.HasRoom && freeCores!() > before && (await ReadAsync(lane)).Ahead is { } ahead)
        {
            ahead.Type();
        }
    }

    // Reads the next block. What stands behind others in the order of the file is typed ahead; that also of another core, whoever asks for it.
    async ValueTask<(bool IsRead, TypedBlock? Ahead)> ReadAsync(Lane lane)
    {
        await EnterAsync();
        try
        {
            if (_isOver || _isClosed)
            {
                return (false, null);
            }

            var ahead = lane == _own && _order.IsEmpty ? null : lane.Rent(_newBatch!);
            try
            {
                if (!await reader.ReadAsync(lane.Block, cancellationToken))
                {
                    _isOver = true;
                    ahead?.GiveBack();
                    return (false, null);
                }
            }
            catch (Exception e)
            {
                _isOver = true;
                if (ahead is null)
                {
                    throw;
                }

                // Thrown in its place: the blocks before it are whole.
                ahead.Fault = ExceptionDispatchInfo.Capture(e);
            }

            if (ahead is not null)
            {
                _order.Enqueue(ahead);
            }

            return (true, ahead);
        }
        finally
        {
            _reading.Release();
        }
    }

    async ValueTask EnterAsync()
    {
        var wait = new SpinWait();
        for (var turn = 0; turn < Spins; turn++)
        {
            if (_reading.Wait(0, CancellationToken.None))
            {
                return;
            }

            wait.SpinOnce(sleep1Threshold: -1);
        }

        await _reading.WaitAsync(CancellationToken.None);
    }

    /// <summary>What one core works with.</summary>
    /// <param name="block">Is cut and typed before the next one.</param>
    sealed class Lane(FieldBlock block)
    {
        /// <summary>Blocks that are typed and not handed over at most: as long as the disk takes to accept a batch.</summary>
        const int MaxAhead = 4;

        // A stack: nothing is made for a small file, and what was given back last is still in the cache.
        readonly ConcurrentStack<TypedBlock> _spare = [];
        int _ahead;

        public FieldBlock Block => block;

        public RowTyper? Typer { get; set; }

        /// <summary>Of another core.</summary>
        public Task AtWork { get; set; } = Task.CompletedTask;

        public bool HasRoom => Volatile.Read(ref _ahead) < MaxAhead;

        public TypedBlock Rent(Func<ColumnBatch> newBatch)
        {
            Interlocked.Increment(ref _ahead);
            return _spare.TryPop(out var spare) ? spare : new TypedBlock(this, newBatch());
        }

        public void Return(TypedBlock block)
        {
            _spare.Push(block);
            Interlocked.Decrement(ref _ahead);
        }
    }

    /// <summary>A block that is typed before it is asked for, on the core that cut it.</summary>
    sealed class TypedBlock(Lane lane, ColumnBatch batch) : IRejectSink
    {
        TaskCompletionSource _typed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Empty, then with the rows.</summary>
        public ColumnBatch Batch { get; set; } = batch;

        public List<RejectedRow> Rejects { get; } = [];

        public int Rows { get; private set; }

        public TypeMismatch? Mismatch { get; private set; }

        /// <summary>The block could not be read, or not be typed.</summary>
        public ExceptionDispatchInfo? Fault { get; set; }

        public Task IsTyped => _typed.Task;

        public void Add(RejectedRow row) => Rejects.Add(row);

        public void Type()
        {
            try
            {
                if (Fault is null)
                {
                    Rows = lane.Block.RowCount;
                    Mismatch = lane.Typer!.Append(lane.Block, Batch, this);
                }
            }
            catch (Exception e)
            {
                Fault = ExceptionDispatchInfo.Capture(e);
            }

            _typed.SetResult();
        }

        public void GiveBack()
        {
            Batch.Clear();
            Rejects.Clear();
            if (IsTyped.IsCompleted)
            {
                _typed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            lane.Return(this);
        }
    }
}
