using Microsoft.Data.Sqlite;

namespace Pipeline.Ledger;

/// <summary>What is wrong with the ledger's store.</summary>
public enum LedgerFault
{
    /// <summary>It cannot be read or written now: disk full, no permission, held by another process. It may pass.</summary>
    Unavailable = 0,

    /// <summary>There is none at this path (only when opened for reading).</summary>
    Missing = 1,

    /// <summary>Its pages contradict each other, or the file is no database. a start without it builds a new one.</summary>
    Damaged = 2,

    /// <summary>It was written by a newer version of this program.</summary>
    NewerVersion = 3,

    /// <summary>It was written by an older version, and only a writer may bring it forward.</summary>
    OlderVersion = 4,

    /// <summary>A database of another program.</summary>
    NotALedger = 5,
}

/// <summary>The ledger's store failed, not the verb: nothing of the verb was kept. The message says what to do.</summary>
public sealed class LedgerException(LedgerFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    public LedgerFault Fault { get; } = fault;

    /// <summary>The same call may succeed later without anybody changing the file.</summary>
    public bool IsTransient => Fault == LedgerFault.Unavailable;

    internal static LedgerException From(SqliteException error, string path) => error.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB => Damaged(path, error.Message, error),
        SQLitePCL.raw.SQLITE_FULL => Unavailable(path, "no space is left on its disk; free some", error),
        SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_PERM => Unavailable(
            path, "it cannot be opened for writing; check that this user may write to the file and to its folder", error),
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => Unavailable(
            path, "another process holds it; see which one with `fuser` or stop the other `pipeline run`", error),
        _ => Unavailable(path, "the disk or SQLite reported an error", error),
    };

    internal static LedgerException FolderCannotBeMade(string path, Exception error) => new(
        LedgerFault.Unavailable,
            $"The folder of the ledger {path} cannot be made: {error.Message} Check the path and its permissions.", error);

    internal static LedgerException Damaged(string path, string detail, Exception? inner = null) => new(
        LedgerFault.Damaged,
        $"The ledger {path} is damaged ({detail}). Stop pipeline, move the file away together with its -wal and " +
        "-shm files, and start it again: a missing ledger is rebuilt from the table pipeline.files.",
        inner);

    static LedgerException Unavailable(string path, string why, SqliteException error) =>
        new(LedgerFault.Unavailable, $"The ledger {path} is not available: {why} ({error.Message}).", error);
}
