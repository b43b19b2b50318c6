using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Pipeline.Ledger;

/// <summary>
/// The tables of the ledger and their versions. <c>PRAGMA user_version</c> is the number of steps taken; a step, once released,
/// is never edited: a change is a new step at the end. Numbers of states are those of <see cref="FileState"/>.
/// </summary>
static class LedgerSchema
{
    /// <summary><c>PRAGMA application_id</c>: "PLDG", so that a database of another program is not taken for a ledger.</summary>
    public const int ApplicationId = 0x504C4447;

    public static IReadOnlyList<string> Steps { get; } = [Version1, Version2];

    /// <summary>
    /// Notes on version 1: times are microseconds since 1970 UTC; path, name, dataset, moved_to are TEXT, or a BLOB of UTF-16LE
    /// where TEXT cannot hold the string (<see cref="LedgerRow"/>); <c>open</c> is 1 until the file at the path is settled (<see
    /// cref="ILedger.SeeAsync"/>); rows_loaded and rows_rejected repeat the receipt for the counts. Entries are never deleted, so
    /// keys rise without AUTOINCREMENT. entries_content serves duplicate detection and proves it: no two loads of one content in
    /// one dataset share a generation. The counts of 10^7 entries are read in one small table, which only the triggers write.
    /// </summary>
    const string Version1 = """
        CREATE TABLE entries (
            key INTEGER PRIMARY KEY,
            path NOT NULL,
            name NOT NULL,
            dataset NOT NULL,
            bytes INTEGER NOT NULL,
            modified_at INTEGER NOT NULL,
            state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 10),
            after_load INTEGER NOT NULL CHECK (after_load IN (0, 1)),
            open INTEGER NOT NULL CHECK (open IN (0, 1)),
            attempts INTEGER NOT NULL DEFAULT 0,
            generation INTEGER NOT NULL DEFAULT 0,
            rows_loaded INTEGER NOT NULL DEFAULT 0,
            rows_rejected INTEGER NOT NULL DEFAULT 0,
            duplicate_of INTEGER,
            seen_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            owner TEXT,
            content BLOB CHECK (length(content) = 32),
            file_id BLOB CHECK (length(file_id) = 16),
            moved_to,
            "plan" TEXT,
            partitions TEXT,
            receipt TEXT,
            problem TEXT
        );

        CREATE UNIQUE INDEX entries_open ON entries (path) WHERE open = 1;
        CREATE INDEX entries_unfinished ON entries (key) WHERE open = 1 AND state <> 0;
        CREATE UNIQUE INDEX entries_content ON entries (content, dataset, generation) WHERE state IN (2, 3, 4, 5, 9);
        CREATE INDEX entries_file_id ON entries (file_id) WHERE file_id IS NOT NULL;
        CREATE INDEX entries_path ON entries (path);
        CREATE INDEX entries_name ON entries (name);
        CREATE INDEX entries_moved_to ON entries (moved_to) WHERE moved_to IS NOT NULL;
        CREATE INDEX entries_state ON entries (state);
        CREATE INDEX entries_dataset ON entries (dataset);
        CREATE INDEX entries_dataset_state ON entries (dataset, state);

        CREATE TABLE counts (
            dataset NOT NULL,
            state INTEGER NOT NULL,
            files INTEGER NOT NULL,
            rows_loaded INTEGER NOT NULL,
            rows_rejected INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            PRIMARY KEY (dataset, state)
        ) WITHOUT ROWID;

        CREATE TRIGGER entries_counts_insert AFTER INSERT ON entries BEGIN
            INSERT INTO counts VALUES (NEW.dataset, NEW.state, 1, NEW.rows_loaded, NEW.rows_rejected, NEW.bytes)
            ON CONFLICT (dataset, state) DO UPDATE SET
                files = files + 1,
                rows_loaded = rows_loaded + excluded.rows_loaded,
                rows_rejected = rows_rejected + excluded.rows_rejected,
                bytes = bytes + excluded.bytes;
        END;

        CREATE TRIGGER entries_counts_update AFTER UPDATE OF dataset, state, rows_loaded, rows_rejected, bytes ON entries BEGIN
            UPDATE counts SET
                files = files - 1,
                rows_loaded = rows_loaded - OLD.rows_loaded,
                rows_rejected = rows_rejected - OLD.rows_rejected,
                bytes = bytes - OLD.bytes
            WHERE dataset = OLD.dataset AND state = OLD.state;
            INSERT INTO counts VALUES (NEW.dataset, NEW.state, 1, NEW.rows_loaded, NEW.rows_rejected, NEW.bytes)
            ON CONFLICT (dataset, state) DO UPDATE SET
                files = files + 1,
                rows_loaded = rows_loaded + excluded.rows_loaded,
                rows_rejected = rows_rejected + excluded.rows_rejected,
                bytes = bytes + excluded.bytes;
        END;
        """;

    /// <summary>
    /// Notes on version 2: an entry passes through four states in a second, and each of them touched six indexes and three rows of counts. Those
    /// indexes and <c>counts</c> hold settled entries now, once each (what is settled is never open again); the open ones, as many as files are on
    /// their way, are few enough to be looked through. A receipt is twice as long as the rest of its entry and lies in a table of its own, which
    /// is only appended to: pages of entries do not split under it. Receipts of entries that were made before stay where they are.
    /// </summary>
    const string Version2 = """
        DROP INDEX entries_unfinished;
        DROP INDEX entries_state;
        DROP INDEX entries_dataset_state;
        CREATE INDEX entries_unsettled ON entries (key) WHERE open = 1;
        CREATE INDEX entries_state ON entries (state) WHERE open = 0;
        CREATE INDEX entries_dataset_state ON entries (dataset, state) WHERE open = 0;

        CREATE TABLE receipts (
            key INTEGER PRIMARY KEY,
            receipt TEXT NOT NULL
        );

        DROP TRIGGER entries_counts_insert;
        DROP TRIGGER entries_counts_update;

        UPDATE counts SET
            files = counts.files - o.files,
            rows_loaded = counts.rows_loaded - o.rows_loaded,
            rows_rejected = counts.rows_rejected - o.rows_rejected,
            bytes = counts.bytes - o.bytes
        FROM (
            SELECT dataset, state, count(*) AS files, sum(rows_loaded) AS rows_loaded, sum(rows_rejected) AS rows_rejected,
                sum(bytes) AS bytes
            FROM entries WHERE open = 1 GROUP BY dataset, state) AS o
        WHERE counts.dataset = o.dataset AND counts.state = o.state;

        CREATE TRIGGER entries_counts_settle AFTER UPDATE OF open ON entries WHEN NEW.open = 0 BEGIN
            UPDATE counts SET
                files = files - 1,
                rows_loaded = rows_loaded - OLD.rows_loaded,
                rows_rejected = rows_rejected - OLD.rows_rejected,
                bytes = bytes - OLD.bytes
            WHERE OLD.open = 0 AND dataset = OLD.dataset AND state = OLD.state;
            INSERT INTO counts VALUES (NEW.dataset, NEW.state, 1, NEW.rows_loaded, NEW.rows_rejected, NEW.bytes)
            ON CONFLICT (dataset, state) DO UPDATE SET
                files = files + 1,
                rows_loaded = rows_loaded + excluded.rows_loaded,
                rows_rejected = rows_rejected + excluded.rows_rejected,
                bytes = bytes + excluded.bytes;
        END;
        """;

    /// <summary>
    /// Takes the missing steps, all in one transaction. Throws <see cref="LedgerException"/> when the database is newer or not
    /// ours.
    /// </summary>
    public static void Migrate(SqliteConnection connection, IReadOnlyList<string> steps, string path)
    {
        using var transaction = connection.BeginTransaction();
        var version = Check(connection, steps.Count, path);
        if (version < steps.Count)
        {
            foreach (var step in steps.Skip(version))
            {
                Execute(connection, step, transaction);
            }

            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}"),
                transaction);
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {steps.Count}"), transaction);
        }

        transaction.Commit();
    }

    /// <summary>The version of a database that a reader may use as it is.</summary>
    public static void RequireCurrent(SqliteConnection connection, IReadOnlyList<string> steps, string path)
    {
        var version = Check(connection, steps.Count, path);
        if (version < steps.Count)
        {
            throw new LedgerException(
                LedgerFault.OlderVersion,
                $"The ledger {path} has schema version {version}, this program reads version {steps.Count}. " +
                "Start `pipeline run` once: it brings the ledger forward.");
        }
    }

    /// <summary>
    /// The version of a database, 0 for an empty one. Throws <see cref="LedgerException"/> when it is newer or not ours; writes
    /// nothing.
    /// </summary>
    public static int Check(SqliteConnection connection, int newest, string path)
    {
        var version = Scalar(connection, "PRAGMA user_version");
        var application = Scalar(connection, "PRAGMA application_id");
        var tables = Scalar(connection, "SELECT count(*) FROM sqlite_master");
        if (application != ApplicationId && (application != 0 || version != 0 || tables != 0))
        {
            throw new LedgerException(
                LedgerFault.NotALedger, $"{path} is a SQLite database of another program. Give the ledger a path of its own.");
        }

        return version <= newest
            ? version
            : throw new LedgerException(
                LedgerFault.NewerVersion,
                $"The ledger {path} has schema version {version}, this program knows versions up to {newest}. " +
                "Run the newer pipeline that wrote it, or restore the copy of the ledger that was made before the update.");
    }

    static int Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    static void Execute(SqliteConnection connection, string sql, SqliteTransaction transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
