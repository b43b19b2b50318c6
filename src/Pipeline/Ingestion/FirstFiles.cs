using Pipeline.Loading;

namespace Pipeline.Ingestion;

/// <summary>
/// The files of a table that nobody has seen yet, one after the other in the order in which they came, until there is a table: the first one makes it, by its
/// own types, and the others are held to them. Read side by side, whichever was read fastest would make it. Any task.
/// </summary>
/// <param name="isKnown">Whether a table was seen.</param>
/// <param name="time">Measures <see cref="Patience"/>.</param>
sealed class FirstFiles(Func<TableName, bool> isKnown, TimeProvider time)
{
    /// <summary>
    /// A small file takes milliseconds. Behind a large one the others go on after this, by their own types: they keep the files of other tables from being read.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    readonly Lock _lock = new();

    // Of the lock.
    readonly Dictionary<TableName, Line> _lines = [];

    /// <summary>Completes when it is the file's turn, which ends when the answer is disposed; null: it needs none.</summary>
    public async Task<IDisposable?> WaitAsync(TableName target, CancellationToken cancellationToken)
    {
        if (isKnown(target))
        {
            return null;
        }

        var line = Enter(target);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await line.Turn.TakeAsync(1, either.Token);
        }
        catch (OperationCanceledException)
        {
            Leave(target, line);
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }

        var turn = new Turn(this, target, line);
        if (isKnown(target))
        {
            turn.Dispose();
            return null;
        }

        return turn;
    }

    Line Enter(TableName target)
    {
        lock (_lock)
        {
            if (!_lines.TryGetValue(target, out var line))
            {
                _lines[target] = line = new Line();
            }

            line.Files++;
            return line;
        }
    }

    void Leave(TableName target, Line line)
    {
        lock (_lock)
        {
            if (--line.Files == 0)
            {
                _lines.Remove(target);
            }
        }
    }

    sealed class Line
    {
        public Budget Turn { get; } = new(1);

        // Of the lock.
        public int Files { get; set; }
    }

    sealed class Turn(FirstFiles owner, TableName target, Line line) : IDisposable
    {
        bool _isOver;

        /// <summary>The first time only.</summary>
        public void Dispose()
        {
            if (!Interlocked.Exchange(ref _isOver, true))
            {
                owner.Leave(target, line);
                line.Turn.Return(1);
            }
        }
    }
}
