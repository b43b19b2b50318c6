using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Pipeline.Ledger;

/// <summary>
/// One connection with its prepared statements. Used by one task at a time. Opened and brought forward by Microsoft.Data.Sqlite; the statements run on
/// the library below it: its commands and readers made half of what a verb allocates.
/// </summary>
sealed class LedgerConnection : IDisposable
{
    /// <summary>
    /// Pages of 10^7 entries' indexes are hit at random while writing: 32 MiB keep the upper levels of all of them in memory.
    /// </summary>
    const int WriterCacheKiB = 32 * 1024;

    /// <summary>
    /// Below this size the whole file is checked when it is opened for writing (about 0.1 s); above, damage shows when it is met.
    /// </summary>
    const long MaxCheckedBytes = 64L << 20;

    readonly SqliteConnection _connection;
    readonly Dictionary<string, LedgerStatement> _statements = new(StringComparer.Ordinal);
    readonly string _path;

    LedgerConnection(SqliteConnection connection, string path)
    {
        _connection = connection;
        _path = path;
    }

    /// <summary>
    /// True between BEGIN and COMMIT or ROLLBACK; SQLite leaves a transaction by itself when the disk is full or fails.
    /// </summary>
    public bool IsInTransaction => raw.sqlite3_get_autocommit(_connection.Handle) == 0;

    /// <summary>Opens for writing, creates or migrates. Throws <see cref="LedgerException"/>.</summary>
    public static LedgerConnection OpenWriter(string path, IReadOnlyList<string> steps) =>
        Open(path, SqliteOpenMode.ReadWriteCreate, connection =>
    {
        // Before the first write: a database of another program stays as it is.
        _ = LedgerSchema.Check(connection._connection, steps.Count, path);

        // fullfsync: on macOS, fsync alone leaves data in the drive's cache. journal_size_limit: a log grown by a long reader
        // shrinks again. temp_store: a group of hundreds of verbs changes pages over and over, and what each of its statements would undo goes
        // into a temporary file otherwise, nine tenths of all writes.
        connection.Run("PRAGMA journal_mode = WAL");
        connection.Run(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            PRAGMA synchronous = FULL; PRAGMA fullfsync = 1;
            PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -{WriterCacheKiB}; PRAGMA temp_store = MEMORY
            """));
        LedgerSchema.Migrate(connection._connection, steps, path);
        if (new FileInfo(path).Length <= MaxCheckedBytes)
        {
            connection.RequireIntact();
        }
    });

    /// <summary>Opens for reading, also beside a writer in another process. Throws <see cref="LedgerException"/>.</summary>
    public static LedgerConnection OpenReader(string path, IReadOnlyList<string> steps) => Open(
        path, SqliteOpenMode.ReadOnly, connection => LedgerSchema.RequireCurrent(connection._connection, steps, path));

    /// <summary>
    /// A statement without result; the text must be a constant, it is the key of the prepared statement. Returns how many rows it changed.
    /// </summary>
    public int Execute(string sql, params ReadOnlySpan<(string Name, LedgerValue Value)> values) => Prepared(sql).Execute(values);

    /// <summary>Key of the row that was inserted last.</summary>
    public long LastKey => raw.sqlite3_last_insert_rowid(_connection.Handle);

    public T? First<T>(string sql, Func<SqliteRow, T> read, params ReadOnlySpan<(string Name, LedgerValue Value)> values)
    {
        var all = Prepared(sql).Read(read, 1, values);
        return all.Count > 0 ? all[0] : default;
    }

    public List<T> All<T>(string sql, Func<SqliteRow, T> read, params ReadOnlySpan<(string Name, LedgerValue Value)> values) =>
        Prepared(sql).Read(read, int.MaxValue, values);

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    static LedgerConnection Open(string path, SqliteOpenMode mode, Action<LedgerConnection> prepare)
    {
        _ = SqliteLibrary.Version;
        var text = new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString();
        var connection = new LedgerConnection(new SqliteConnection(text), path);
        try
        {
            connection._connection.Open();

            // As long as the commands of Microsoft.Data.Sqlite wait, which the statements here are not.
            connection.Run("PRAGMA busy_timeout = 30000");
            prepare(connection);
            return connection;
        }
        catch (SqliteException error)
        {
            connection.Dispose();
            throw LedgerException.From(error, path);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    void RequireIntact()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "PRAGMA quick_check(1)";
        var answer = (string?)command.ExecuteScalar();
        if (!string.Equals(answer, "ok", StringComparison.Ordinal))
        {
            throw LedgerException.Damaged(_path, answer ?? "no answer");
        }
    }

    void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    LedgerStatement Prepared(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            statement = new LedgerStatement(_connection.Handle!, sql);
            _statements.Add(sql, statement);
        }

        return statement;
    }
}
