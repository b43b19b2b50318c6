using System.Runtime.ExceptionServices;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>
/// Types the columns of a block, each by whoever takes it first: the task that asks, or another core that has nothing else to do. Columns are independent of each other as
/// long as no value is at fault. One task asks, for one block at a time.
/// </summary>
/// <param name="typers">Of each column.</param>
sealed class SharedTyping(IReadOnlyList<ColumnTyper> typers) : IThreadPoolWorkItem
{
    // The block that is being typed; open while columns of it can be taken.
    FieldBlock _block = null!;
    ColumnBatch _batch = null!;
    BlockErrors _errors = null!;
    int _next;
    int _isOpen;

    // Other cores: asked, at work, what one of them met.
    int _asked;
    int _atWork;
    ExceptionDispatchInfo? _fault;

    /// <summary>
    /// Appends all columns. False, with nothing appended that counts, when a value was at fault or does not fit: which of them counts depends on the order of the columns.
    /// </summary>
    /// <param name="block">What is typed.</param>
    /// <param name="batch">Takes it.</param>
    /// <param name="errors">Reset for the block.</param>
    /// <param name="cores">Others that may help, at least one.</param>
    public bool TryAppend(FieldBlock block, ColumnBatch batch, BlockErrors errors, int cores)
    {
        var rows = batch.RowCount;
        (_block, _batch, _errors, _next, _fault) = (block, batch, errors, 0, null);
        Interlocked.Exchange(ref _isOpen, 1);
        for (var asked = Volatile.Read(ref _asked); asked < cores; asked++)
        {
            Interlocked.Increment(ref _asked);
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        }

        try
        {
            TypeColumns();
        }
        finally
        {
            Close();
        }

        _fault?.Throw();
        if (!errors.AreMet)
        {
            return true;
        }

        // Of those that were begun.
        for (var i = 0; i < Math.Min(_next, typers.Count); i++)
        {
            typers[i].TakeBack(batch.Columns[i], rows);
        }

        return false;
    }

    /// <summary>Another core helps, with whichever block is open by now.</summary>
    public void Execute()
    {
        Interlocked.Decrement(ref _asked);
        Interlocked.Increment(ref _atWork);
        try
        {
            if (Volatile.Read(ref _isOpen) != 0)
            {
                TypeColumns();
            }
        }
        catch (Exception e)
        {
            // It is the fault of whoever asked.
            _fault = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            Interlocked.Decrement(ref _atWork);
        }
    }

    void TypeColumns()
    {
        while (!_errors.AreMet && Interlocked.Increment(ref _next) - 1 is var i && i < typers.Count)
        {
            typers[i].Append(_block, _batch.Columns[i], _errors);
        }
    }

    // Whoever comes from now on finds nothing to do. Who is at work has one column left, some tens of microseconds: not worth a sleep.
    void Close()
    {
        Interlocked.Exchange(ref _isOpen, 0);
        var wait = new SpinWait();
        while (Volatile.Read(ref _atWork) != 0)
        {
            wait.SpinOnce(sleep1Threshold: -1);
        }
    }
}
