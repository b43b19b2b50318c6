using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Pipeline.Ledger;

/// <summary>
/// Read-only connections, kept for the next query: as many as there were queries at once. They see every committed verb and block
/// nobody.
/// </summary>
sealed class LedgerReaders(string path, IReadOnlyList<string> steps) : IDisposable
{
    readonly ConcurrentBag<LedgerConnection> _idle = [];
    volatile bool _disposed;

    /// <summary>
    /// Runs a query on the thread pool: SQLite reads files synchronously. Throws <see cref="LedgerException"/>.
    /// </summary>
    public async ValueTask<T> RunAsync<T>(Func<LedgerConnection, T> query)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(SqliteLedger));
        return await Task.Run(() => Run(query));
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
        }
    }

    T Run<T>(Func<LedgerConnection, T> query)
    {
        if (!_idle.TryTake(out var connection))
        {
            connection = LedgerConnection.OpenReader(path, steps);
        }

        try
        {
            return query(connection);
        }
        catch (SqliteException error)
        {
            throw LedgerException.From(error, path);
        }
        finally
        {
            _idle.Add(connection);
            if (_disposed)
            {
                Dispose();
            }
        }
    }
}
