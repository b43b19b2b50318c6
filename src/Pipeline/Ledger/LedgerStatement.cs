using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Pipeline.Ledger;

/// <summary>A prepared statement: run with other values again and again, by one task at a time. Throws <see cref="SqliteException"/>.</summary>
sealed class LedgerStatement : IDisposable
{
    const uint Persistent = 1; // SQLITE_PREPARE_PERSISTENT: it is kept for long.

    readonly sqlite3 _database;
    readonly sqlite3_stmt _statement;
    int[]? _parameters;

    public LedgerStatement(sqlite3 database, string sql)
    {
        _database = database;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v3(database, sql, Persistent, out _statement), database);
    }

    /// <summary>Runs it to its end. Returns how many rows it changed.</summary>
    public int Execute(ReadOnlySpan<(string Name, LedgerValue Value)> values)
    {
        Bind(values);
        try
        {
            while (Step())
            {
                // A pragma may answer.
            }

            return raw.sqlite3_changes(_database);
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Its first rows.</summary>
    public List<T> Read<T>(Func<SqliteRow, T> read, int most, ReadOnlySpan<(string Name, LedgerValue Value)> values)
    {
        Bind(values);
        try
        {
            var rows = new List<T>();
            while (rows.Count < most && Step())
            {
                rows.Add(read(new SqliteRow(_statement)));
            }

            return rows;
        }
        finally
        {
            Reset();
        }
    }

    public void Dispose() => _statement.Dispose();

    // What the step reported is reported again by the reset, and was thrown already. The values stay bound until others take their place.
    void Reset() => _ = raw.sqlite3_reset(_statement);

    bool Step()
    {
        var result = raw.sqlite3_step(_statement);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            SqliteException.ThrowExceptionForRC(result, _database);
        }

        return result == raw.SQLITE_ROW;
    }

    void Bind(ReadOnlySpan<(string Name, LedgerValue Value)> values)
    {
        // The text of a statement is a constant and stands in one place, so that its names come in one order.
        _parameters ??= IndexesOf(values);
        for (var i = 0; i < values.Length; i++)
        {
            SqliteException.ThrowExceptionForRC(values[i].Value.Bind(_statement, _parameters[i]), _database);
        }
    }

    int[] IndexesOf(ReadOnlySpan<(string Name, LedgerValue Value)> values)
    {
        var indexes = new int[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            indexes[i] = raw.sqlite3_bind_parameter_index(_statement, values[i].Name);
            if (indexes[i] == 0)
            {
                throw new ArgumentException($"The statement has no parameter {values[i].Name}.");
            }
        }

        return raw.sqlite3_bind_parameter_count(_statement) == indexes.Length
            ? indexes
            : throw new ArgumentException("The statement has parameters that were given no value.");
    }
}
