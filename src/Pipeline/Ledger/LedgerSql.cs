namespace Pipeline.Ledger;

/// <summary>
/// Every statement on the tables of the ledger; each is a constant, values are bound. Arrows are conditional updates: no row
/// changed means that the entry was not in a state the verb starts from. Literal states and <c>open = 1</c> let SQLite prove that
/// a partial index applies.
/// </summary>
static class LedgerSql
{
    public const string SeenBefore = $"SELECT {LedgerRow.Columns} FROM entries WHERE path = $path AND open = 1";

    // Seen, or claimed at once where there is an owner. RETURNING would open a temporary table each time.
    public const string Insert = """
        INSERT INTO entries (path, name, dataset, bytes, modified_at, state, after_load, open, seen_at, updated_at, owner, attempts)
        VALUES ($path, $name, $dataset, $bytes, $modified_at, $owner IS NOT NULL, $after_load, 1, $now, $now, $owner, $owner IS NOT NULL)
        """;

    public const string UpdateSeen = """
        UPDATE entries SET dataset = $dataset, bytes = $bytes, modified_at = $modified_at, after_load = $after_load,
            updated_at = $now
        WHERE key = $key AND state = 0
        """;

    public const string Claim = """
        UPDATE entries SET state = 1, owner = $owner, attempts = attempts + 1, updated_at = $now WHERE key = $key AND state = 0
        """;

    public const string Release = """
        UPDATE entries SET state = 0, owner = NULL, content = NULL, file_id = NULL, generation = 0, "plan" = NULL,
            partitions = NULL, receipt = NULL, updated_at = $now
        WHERE key = $key AND state IN (1, 2, 3)
        """;

    public const string LoadsOfContent = """
        SELECT key, state, generation FROM entries
        WHERE content = $content AND dataset = $dataset AND state IN (2, 3, 4, 5, 9) ORDER BY generation DESC
        """;

    public const string BeginLoad = """
        UPDATE entries SET state = 2, content = $content, file_id = $file_id, generation = $generation, "plan" = $plan,
            updated_at = $now
        WHERE key = $key AND state = 1
        """;

    public const string Replan = """UPDATE entries SET "plan" = $plan, updated_at = $now WHERE key = $key AND state = 2""";

    public const string BeginPublish = """
        UPDATE entries SET state = 3, partitions = $partitions, updated_at = $now WHERE key = $key AND state = 2
        """;

    public const string Complete = """
        UPDATE entries SET state = 4, owner = NULL, rows_loaded = $rows_loaded, rows_rejected = $rows_rejected, updated_at = $now
        WHERE key = $key AND state IN (2, 3) AND file_id = $file_id AND content = $content AND dataset = $dataset
        """;

    public const string SetReceipt =
        "INSERT INTO receipts VALUES ($key, $receipt) ON CONFLICT (key) DO UPDATE SET receipt = excluded.receipt";

    public const string DropReceipt = "DELETE FROM receipts WHERE key = $key";

    public const string Archive = """
        UPDATE entries SET state = CASE state WHEN 4 THEN 5 ELSE state END, moved_to = coalesce($moved_to, moved_to), open = 0,
            updated_at = $now
        WHERE key = $key AND state IN (4, 6, 7, 9, 10)
        """;

    public const string Duplicate = """
        UPDATE entries SET state = 6, owner = NULL, content = $content, duplicate_of = $duplicate_of, open = (after_load = 0),
            updated_at = $now
        WHERE key = $key AND state = 1
        """;

    public const string Empty = """
        UPDATE entries SET state = 7, owner = NULL, content = $content, open = (after_load = 0), updated_at = $now
        WHERE key = $key AND state = 1
        """;

    public const string Unpack = """
        UPDATE entries SET state = 10, owner = NULL, open = (after_load = 0), updated_at = $now WHERE key = $key AND state = 1
        """;

    public const string Quarantine = """
        UPDATE entries SET state = 8, owner = NULL, problem = $problem, content = coalesce($content, content),
            open = (after_load = 0), updated_at = $now
        WHERE key = $key AND state IN (0, 1, 2)
        """;

    public const string QuarantinedAt = """
        UPDATE entries SET moved_to = coalesce($moved_to, moved_to), open = 0, updated_at = $now WHERE key = $key AND state = 8
        """;

    public const string Undo = """
        UPDATE entries SET state = 9, open = (open = 1 AND after_load = 0), updated_at = $now WHERE key = $key AND state IN (4, 5)
        """;

    public const string KnownFileId = "SELECT 1 FROM entries WHERE file_id = $file_id AND state IN (2, 3, 4, 5, 9) LIMIT 1";

    public const string Restore = """
        INSERT INTO entries (path, name, dataset, bytes, modified_at, state, after_load, open, seen_at, updated_at, content,
            file_id, generation, rows_loaded, rows_rejected)
        VALUES ($path, $name, $dataset, $bytes, $loaded_at, 5, 1, 0, $loaded_at, $now, $content, $file_id, $generation,
            $rows_loaded, $rows_rejected)
        """;

    /// <summary>What the trigger does for an entry that is settled, for one that is settled from its start.</summary>
    public const string CountRestored = """
        INSERT INTO counts SELECT dataset, state, 1, rows_loaded, rows_rejected, bytes FROM entries WHERE key = $key
        ON CONFLICT (dataset, state) DO UPDATE SET
            files = files + 1,
            rows_loaded = rows_loaded + excluded.rows_loaded,
            rows_rejected = rows_rejected + excluded.rows_rejected,
            bytes = bytes + excluded.bytes
        """;

    public const string StateAndDataset = "SELECT state, dataset FROM entries WHERE key = $key";

    public const string Find = $"SELECT {LedgerRow.Columns} FROM entries WHERE key = $key";

    public const string FindByFileId = $"""
        SELECT {LedgerRow.Columns} FROM entries WHERE file_id = $file_id ORDER BY key DESC LIMIT 1
        """;

    // Each branch stops at its limit in index order, so that a name used a million times costs as much as one used a thousand
    // times.
    public const string FindByPath = $"""
        SELECT {LedgerRow.Columns} FROM entries WHERE key IN (
            SELECT key FROM (SELECT key FROM entries WHERE path = $path ORDER BY key DESC LIMIT $limit)
            UNION SELECT key FROM (SELECT key FROM entries WHERE name = $path ORDER BY key DESC LIMIT $limit)
            UNION SELECT key FROM (SELECT key FROM entries WHERE moved_to = $path ORDER BY key DESC LIMIT $limit))
        ORDER BY key DESC LIMIT $limit
        """;

    public const string List = $"SELECT {LedgerRow.Columns} FROM entries WHERE key < $before ORDER BY key DESC LIMIT $limit";

    // Settled entries by their index, open ones by looking through all of them; each branch stops at its limit.
    public const string ListByState = $"""
        SELECT {LedgerRow.Columns} FROM entries WHERE key IN (
            SELECT key FROM (SELECT key FROM entries WHERE open = 0 AND state = $state AND key < $before ORDER BY key DESC LIMIT $limit)
            UNION SELECT key FROM (SELECT key FROM entries INDEXED BY entries_unsettled
                WHERE open = 1 AND state = $state AND key < $before ORDER BY key DESC LIMIT $limit))
        ORDER BY key DESC LIMIT $limit
        """;

    public const string ListByDataset = $"""
        SELECT {LedgerRow.Columns} FROM entries INDEXED BY entries_dataset
        WHERE dataset = $dataset AND key < $before ORDER BY key DESC LIMIT $limit
        """;

    public const string ListByDatasetAndState = $"""
        SELECT {LedgerRow.Columns} FROM entries WHERE key IN (
            SELECT key FROM (SELECT key FROM entries INDEXED BY entries_dataset_state
                WHERE open = 0 AND dataset = $dataset AND state = $state AND key < $before ORDER BY key DESC LIMIT $limit)
            UNION SELECT key FROM (SELECT key FROM entries INDEXED BY entries_unsettled
                WHERE open = 1 AND dataset = $dataset AND state = $state AND key < $before ORDER BY key DESC LIMIT $limit))
        ORDER BY key DESC LIMIT $limit
        """;

    public const string Unfinished = $"""
        SELECT {LedgerRow.Columns} FROM entries INDEXED BY entries_unsettled WHERE open = 1 AND state <> 0 ORDER BY key
        """;

    /// <summary>In parts: those of settled entries together, each open entry for itself.</summary>
    public const string Count = """
        SELECT dataset, state, files, rows_loaded, rows_rejected, bytes FROM counts WHERE files > 0
        UNION ALL
        SELECT dataset, state, 1, rows_loaded, rows_rejected, bytes FROM entries INDEXED BY entries_unsettled WHERE open = 1
        """;
}
