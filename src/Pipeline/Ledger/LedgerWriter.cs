using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Pipeline.Ledger;

/// <summary>
/// The one task that writes. Group commit: (1) all verbs that wait are taken, (2) run in one transaction, and once more, each inside a savepoint,
/// when one of them fails, so that it fails alone, (3) committed, and only then (4) their callers go on. The log is flushed (fsync) when one
/// of the group asks for it; a group without such a verb is written but not flushed: it survives the death of the process, and of
/// the machine up to the last flush. Commits are in order, so whatever a flushed verb saw is flushed with it.
/// </summary>
sealed class LedgerWriter : IAsyncDisposable
{
    /// <summary>Bounds the time of one commit to about 20 ms; 64 callers never reach it.</summary>
    const int MaxGroupVerbs = 512;

    /// <summary>Callers beyond this wait in their own call: memory stays bounded.</summary>
    const int MaxWaitingVerbs = 1024;

    readonly LedgerConnection _connection;
    readonly LedgerVerbs _verbs;
    readonly string _path;
    readonly Channel<Verb> _waiting =
        Channel.CreateBounded<Verb>(new BoundedChannelOptions(MaxWaitingVerbs) { SingleReader = true });
    readonly Task _loop;

    // Of the writer task.
    bool _flushes = true;

    public LedgerWriter(LedgerConnection connection, string path, TimeProvider time)
    {
        _connection = connection;
        _path = path;
        _verbs = new LedgerVerbs(connection, time);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>
    /// Runs a verb in the next group. Throws what the verb throws, <see cref="LedgerException"/>, or <see
    /// cref="ObjectDisposedException"/>.
    /// </summary>
    public async ValueTask<T> RunAsync<T>(Func<LedgerVerbs, T> body, bool flush)
    {
        var verb = new Verb<T>(body, flush);
        try
        {
            await _waiting.Writer.WriteAsync(verb);
        }
        catch (ChannelClosedException closed)
        {
            throw new ObjectDisposedException("The ledger is closed.", closed);
        }

        return await verb.Answer;
    }

    /// <summary>Verbs that were accepted are still committed.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _loop;
        _connection.Dispose();
    }

    async Task RunAsync()
    {
        var group = new List<Verb>(MaxGroupVerbs);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            while (group.Count < MaxGroupVerbs && _waiting.Reader.TryRead(out var verb))
            {
                group.Add(verb);
            }

            Commit(group);
            group.Clear();
        }
    }

    void Commit(List<Verb> group)
    {
        try
        {
            SetFlush(group.Exists(static verb => verb.Flush));
            _connection.Execute("BEGIN IMMEDIATE");
            if (!TryRunTogether(group))
            {
                _connection.Execute("BEGIN IMMEDIATE");
                group.ForEach(RunIsolated);
            }

            _connection.Execute("COMMIT");
        }
        catch (Exception error)
        {
            // Nothing of the group was kept. The store may have ended the transaction by itself.
            var failure = error is SqliteException sqlite ? LedgerException.From(sqlite, _path) : error;
            TryRollback();
            foreach (var verb in group)
            {
                verb.Fail(failure);
            }
        }

        foreach (var verb in group)
        {
            verb.Settle();
        }
    }

    // A savepoint is two statements more for each verb, and nearly no verb fails. False: nothing was done, and no transaction is open.
    bool TryRunTogether(List<Verb> group)
    {
        try
        {
            foreach (var verb in group)
            {
                verb.Run(_verbs);
            }

            return true;
        }
        catch (Exception)
        {
            // Whose fault it is, and what it says, shows when each runs alone.
            TryRollback();
            return false;
        }
    }

    void RunIsolated(Verb verb)
    {
        _connection.Execute("SAVEPOINT verb");
        try
        {
            verb.Run(_verbs);
        }
        catch (Exception error) when (error is not SqliteException { SqliteErrorCode: not SQLitePCL.raw.SQLITE_CONSTRAINT })
        {
            verb.Fail(error);
            _connection.Execute("ROLLBACK TO verb");
        }

        _connection.Execute("RELEASE verb");
    }

    void SetFlush(bool flush)
    {
        if (flush != _flushes)
        {
            _connection.Execute(flush ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
            _flushes = flush;
        }
    }

    void TryRollback()
    {
        if (!_connection.IsInTransaction)
        {
            return;
        }

        try
        {
            _connection.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // The callers get the first error; the next BEGIN reports what is left of this one.
        }
    }

    abstract class Verb(bool flush)
    {
        public bool Flush { get; } = flush;

        public abstract void Run(LedgerVerbs verbs);

        public abstract void Fail(Exception error);

        /// <summary>Tells the caller; only after the commit.</summary>
        public abstract void Settle();
    }

    sealed class Verb<T>(Func<LedgerVerbs, T> body, bool flush) : Verb(flush)
    {
        readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Exception? _error;
        T? _result;

        public Task<T> Answer => _answer.Task;

        public override void Run(LedgerVerbs verbs) => _result = body(verbs);

        // A verb that failed by itself keeps its own error when the group fails after it.
        public override void Fail(Exception error) => _error ??= error;

        public override void Settle()
        {
            if (_error is null)
            {
                _answer.SetResult(_result!);
            }
            else
            {
                _answer.SetException(_error);
            }
        }
    }
}
