using Pipeline.ClickHouse;
using Pipeline.Formats.Parts;
using Pipeline.Ledger;
using Pipeline.Quarantine;

namespace Pipeline.Loading;

/// <summary>
/// The private table of one load and how its rows reach the target, all or none.
/// Invariants: the staging table belongs to one attempt of one file and has all of its rows until it is dropped, or, where the target is replicated,
/// until they are in the target; after a crash <see cref="PublishAsync"/> asks the destination what is there and never the memory of this process.
/// </summary>
sealed class StagedLoad(ClickHouseClient client)
{
    /// <summary>Database of staging tables and of the registry.</summary>
    public const string Database = "pipeline";

    /// <summary>Name of the staging table of one attempt. The instance keeps several daemons on one server apart.</summary>
    public static TableName NameOf(string instance, long key, int attempt) => new(Database, $"staging_{instance}_{key}_{attempt}");

    /// <summary>Id of an insert, by which the next process of the instance finds it.</summary>
    public static string NewQueryId(string instance) => $"pipeline-{instance}-{Guid.NewGuid():N}";

    /// <summary>
    /// Ends the inserts that a killed process of this instance left at a server: one whose body has arrived would go on, and its rows appear after
    /// they were counted. Waits until they are over.
    /// </summary>
    public async Task EndInsertsAsync(string instance, CancellationToken cancellationToken) => await client.ExecuteAsync(
        $"KILL QUERY WHERE startsWith(query_id, {SqlText.Quote(NewQueryId(instance)[..^32])}) SYNC", null, cancellationToken);

    /// <summary>Creates the table, empty: like the target, or as planned when there is no target yet.</summary>
    /// <param name="isCompressedByMerge">Its parts are so many, all of one partition, that the target merges them as soon as it has them.</param>
    public async Task CreateAsync(
        TableName staging, LoadSchema schema, TargetTable? target, bool isCompressedByMerge, CancellationToken cancellationToken)
    {
        var settings = SettingsForAttaching(isCompressedByMerge);
        if (target is null || !target.IsMergeTree)
        {
            await CreateAnewAsync(staging, schema.CreateStagingSql(staging, settings), cancellationToken);
            return;
        }

        await CreateAnewAsync(staging, $"CREATE TABLE {staging} AS {target.Name}", cancellationToken);
        foreach (var sql in schema.AlterSql(staging, target))
        {
            await client.ExecuteAsync(sql, null, cancellationToken);
        }

        await client.ExecuteAsync($"ALTER TABLE {staging} MODIFY SETTING {settings}", null, cancellationToken);
    }

    // There is one already where the answer to the statement was lost, or where its load goes another way: it may hold rows, or lack columns.
    async Task CreateAnewAsync(TableName staging, string sql, CancellationToken cancellationToken)
    {
        try
        {
            await client.ExecuteAsync(sql, null, cancellationToken);
        }
        catch (ClickHouseException e) when (e.Error.Name == "TABLE_ALREADY_EXISTS")
        {
            await DropAsync(staging, cancellationToken);
            await client.ExecuteAsync(sql, null, cancellationToken);
        }
    }

    // Parts that are about to be attached are merged where they end up; merging them here as well costs half of the engine's time of a load. Parts of
    // more than this may still be merged away from "too many parts": a load of that many batches is 30 GB.
    // A compact part is eight files where a wide one is two or more a column: making, syncing and removing those took 1.2 of 3.2 CPU seconds of
    // a load of 23 batches of 20 columns. The target's own merges make them wide. What is merged at once is compressed then, once instead of twice:
    // compression took half of the engine's time of a load of long texts, a third of one of numbers.
    static string SettingsForAttaching(bool isCompressedByMerge) =>
        "max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1, "
            + "parts_to_delay_insert = 100000, parts_to_throw_insert = 100000, "
            + "min_bytes_for_wide_part = 1000000000000, min_rows_for_wide_part = 1000000000000"
            + (isCompressedByMerge ? ", default_compression_codec = 'NONE'" : "");

    /// <summary>
    /// Completes a part and gives it to the table. May be repeated: a part that is no longer where it was to be attached from was taken by an attempt whose
    /// answer was lost; a staging table is counted before it is published.
    /// </summary>
    /// <param name="staging">The table.</param>
    /// <param name="form">Of the parts: a table with other columns, as the target was changed since it was described, is given none.</param>
    /// <param name="part">Written; of the same disk.</param>
    /// <param name="number">Different for each part of the table.</param>
    /// <param name="fileId">Of its rows.</param>
    /// <param name="moved">Told when it lies where it is attached from.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<InsertResult> AttachPartAsync(
        TableName staging, PartForm form, PartWriter part, int number, FileId fileId, Action moved, CancellationToken cancellationToken)
    {
        var name = $"all_{number}_{number}_0";
        try
        {
            var there = Path.Join(await form.DetachedFolderAsync(() => FindDetachedAsync(staging, form, cancellationToken)), name);
            if (Directory.Exists(part.Folder))
            {
                await part.CompleteAsync(fileId.Hex);
                DurableFiles.SyncFolder(part.Folder);
                Directory.Move(part.Folder, there);
                moved();
            }

            if (Directory.Exists(there))
            {
                await client.ExecuteAsync($"ALTER TABLE {staging} ATTACH PART '{name}'", null, cancellationToken);
            }

            return new InsertResult.Accepted(part.Rows, part.Rows, "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new InsertResult.Refused(
                new ClickHouseError(243, "NOT_ENOUGH_SPACE", $"it could not be written: {e.Message}", ErrorClass.Configuration), "");
        }
        catch (ClickHouseException e)
        {
            return e.IsTransient ? new InsertResult.Retry(e.Error, null, true, "") : new InsertResult.Refused(e.Error, "");
        }
    }

    async Task<string> FindDetachedAsync(TableName staging, PartForm form, CancellationToken cancellationToken)
    {
        // One that was made from the plan has the columns of the plan.
        if (!form.IsOfNewTable && !form.HasTypes(await TypesOfAsync(staging, cancellationToken)))
        {
            throw new ClickHouseException(
                new ClickHouseError(122, "INCOMPATIBLE_COLUMNS", $"{staging.Display} has other columns than the part", ErrorClass.Schema), "");
        }

        var path = await client.QueryScalarAsync<string>(
            "SELECT data_paths[1] FROM system.tables WHERE database = {db:String} AND name = {table:String}",
            Bound(("db", staging.Database), ("table", staging.Name)),
            cancellationToken);
        return Path.Join(path, "detached");
    }

    async Task<IReadOnlyDictionary<string, string>> TypesOfAsync(TableName staging, CancellationToken cancellationToken)
    {
        var columns = await client.QueryRowsAsync(
            "SELECT name, type FROM system.columns WHERE database = {db:String} AND table = {table:String}",
            Bound(("db", staging.Database), ("table", staging.Name)),
            cancellationToken);
        return columns.Rows.ToDictionary(c => (string)c[0]!, c => (string)c[1]!);
    }

    public async Task DropAsync(TableName staging, CancellationToken cancellationToken) =>
        await client.ExecuteAsync($"DROP TABLE IF EXISTS {staging} SYNC", null, cancellationToken);

    /// <summary>Rows by partition; empty when the table is empty or does not exist.</summary>
    public async Task<IReadOnlyList<PartitionCount>> CountAsync(TableName staging, CancellationToken cancellationToken)
    {
        try
        {
            var rows = await client.QueryRowsAsync(
                $"SELECT _partition_id, count() FROM {staging} GROUP BY 1 ORDER BY 1", null, cancellationToken);
            return [.. Enumerable.Range(0, rows.Rows.Count).Select(i => new PartitionCount(rows.Get<string>(i, 0)!, rows.Get<long>(i, 1)))];
        }
        catch (ClickHouseException e) when (IsGone(e.Error))
        {
            return [];
        }
    }

    /// <summary>
    /// Adds to the staging table what the target got from other loads meanwhile: only tables of the same columns exchange parts. Does nothing
    /// to a table that is gone.
    /// </summary>
    async Task AlignAsync(TableName staging, TargetTable target, CancellationToken cancellationToken)
    {
        var types = await TypesOfAsync(staging, cancellationToken);
        foreach (var column in types.Count == 0 ? [] : target.Columns)
        {
            if (!types.TryGetValue(column.Name, out var type))
            {
                await client.ExecuteAsync(
                    $"ALTER TABLE {staging} ADD COLUMN {Identifier.Quote(column.Name)} {column.TypeName}", null, cancellationToken);
            }
            else if (type != column.TypeName && column.TypeName == $"Nullable({type})")
            {
                await client.ExecuteAsync(
                    $"ALTER TABLE {staging} MODIFY COLUMN {Identifier.Quote(column.Name)} {column.TypeName} SETTINGS mutations_sync = 1, alter_sync = 1", null,
                    cancellationToken);
            }
        }
    }

    /// <summary>
    /// Makes every partition visible in the target. The first time there is nothing of the file in the target and each partition is attached
    /// at once. After a doubt (<paramref name="resume"/>: a crash, a lost answer) each partition is first compared with the target:
    /// all there: done; none there: attached; some there: a publish was cut within a partition while staging still holds all of it, so the
    /// target's part is removed and the partition is attached again.
    /// </summary>
    /// <returns>False when the rows are neither whole in staging nor whole in the target: the load must be taken back.</returns>
    async Task<bool> AttachAllAsync(
        TableName staging, TargetTable target, FileId fileId, IReadOnlyList<PartitionCount> partitions, bool resume, Action attached,
        CancellationToken cancellationToken)
    {
        var staged = resume ? (await CountAsync(staging, cancellationToken)).ToDictionary(p => p.PartitionId, p => p.Rows) : [];
        foreach (var partition in partitions)
        {
            if (resume)
            {
                var inTarget = await CountInTargetAsync(target.Name, fileId, partition.PartitionId, cancellationToken);
                if (inTarget == partition.Rows)
                {
                    continue;
                }

                if (staged.GetValueOrDefault(partition.PartitionId) != partition.Rows)
                {
                    return false;
                }

                if (inTarget > 0)
                {
                    await RemoveAsync(target.Name, fileId, cancellationToken, partition.PartitionId);
                }
            }

            try
            {
                await AttachAsync(staging, target, partition.PartitionId, cancellationToken);
            }
            catch (ClickHouseException e) when (e.Error.Name == "INCOMPATIBLE_COLUMNS")
            {
                await AlignAsync(staging, target, cancellationToken);
                await AttachAsync(staging, target, partition.PartitionId, cancellationToken);
            }

            attached();
        }

        return true;
    }

    // Attached parts are links to files that are synced already. Moving puts an empty part in the place of each and syncs it, which takes as long again;
    // but a replicated table takes a part with the checksum of an earlier one for a repetition when it is attached, and not when it is moved.
    Task AttachAsync(TableName staging, TargetTable target, string partitionId, CancellationToken cancellationToken) => client.ExecuteAsync(
        target.IsReplicated
            ? $"ALTER TABLE {staging} MOVE PARTITION ID '{partitionId}' TO TABLE {target.Name}"
            : $"ALTER TABLE {target.Name} ATTACH PARTITION ID '{partitionId}' FROM {staging}",
        null, cancellationToken);

    /// <summary>
    /// Publishes by <see cref="PublishByInsertAsync"/>, and asks the target afterwards where it can tell: a token that was kept of an insert that was
    /// cut drops blocks that are not there.
    /// </summary>
    /// <returns>False when the target does not have exactly the rows of the load.</returns>
    async Task<bool> InsertAsync(
        TableName staging, TargetTable target, FileId fileId, long rows, bool resume, CancellationToken cancellationToken)
    {
        var isThere = resume && (target.HasProvenance
            ? await CountInTargetAsync(target.Name, fileId, null, cancellationToken) == rows
            : (await CountAsync(staging, cancellationToken)).Count == 0);
        if (!isThere)
        {
            await PublishByInsertAsync(staging, target, fileId, cancellationToken);
        }

        return !target.HasProvenance || await CountInTargetAsync(target.Name, fileId, null, cancellationToken) == rows;
    }

    /// <summary>
    /// Publishes by INSERT … SELECT, for targets whose materialized views must see the rows, or that cannot take parts. In order of
    /// record and on one thread, so that a repetition makes the same blocks and the token drops those that arrived before.
    /// </summary>
    async Task PublishByInsertAsync(TableName staging, TargetTable target, FileId fileId, CancellationToken cancellationToken)
    {
        var names = string.Join(", ", target.Columns.Where(c => c.IsInsertable && c.Name != ProvenanceColumns.LoadedAt).Select(c => Identifier.Quote(c.Name)));
        var order = target.HasProvenance ? $" ORDER BY `{ProvenanceColumns.Row}`" : "";
        await client.ExecuteAsync(
            $"INSERT INTO {target.Name} ({names}) SELECT {names} FROM {staging}{order}",
            new QueryOptions
            {
                Settings = new Dictionary<string, string>
                {
                    ["insert_deduplication_token"] = $"{fileId}:{staging.Name}",
                    ["async_insert"] = "0",
                    ["max_threads"] = "1",
                    ["max_insert_threads"] = "1",
                    ["deduplicate_blocks_in_dependent_materialized_views"] = "1",
                },
            },
            cancellationToken);
    }

    /// <summary>
    /// Makes the rows of a load visible in the target; the staging table is then to be dropped. Safe to repeat after a crash or a lost answer, with
    /// <paramref name="resume"/>.
    /// </summary>
    /// <inheritdoc cref="AttachAllAsync" path="/returns"/>
    public async Task<bool> PublishAsync(
        TableName staging, TargetTable target, FileId fileId, IReadOnlyList<PartitionCount> partitions, bool resume, Action attached,
        CancellationToken cancellationToken)
    {
        // Parts bypass materialized views, and only MergeTree tables of the same columns exchange them.
        if (target.IsMergeTree && !target.HasDependents && target.HasProvenance)
        {
            return await AttachAllAsync(staging, target, fileId, partitions, resume, attached, cancellationToken);
        }

        if (!await InsertAsync(staging, target, fileId, partitions.Sum(p => p.Rows), resume, cancellationToken))
        {
            return false;
        }

        // At once: of a target without provenance only the absence of the staging table tells that its rows are there.
        await DropAsync(staging, cancellationToken);
        return true;
    }

    /// <summary>Rows of a file in a table, by the table itself; 0 when the table does not exist or has no provenance columns.</summary>
    public async Task<long> CountInTargetAsync(
        TableName target, FileId fileId, string? partitionId, CancellationToken cancellationToken)
    {
        var sql = $"SELECT count() FROM {target} WHERE `{ProvenanceColumns.FileId}` = {{id:String}}";
        (string, object?)[] values = [("id", fileId.Hex)];
        if (partitionId is not null)
        {
            sql += " AND _partition_id = {partition:String}";
            values = [.. values, ("partition", partitionId)];
        }

        try
        {
            return await client.QueryScalarAsync<long>(sql, Bound(values), cancellationToken);
        }
        catch (ClickHouseException e) when (IsGone(e.Error) || e.Error.Name == "UNKNOWN_IDENTIFIER")
        {
            return 0;
        }
    }

    /// <summary>Rows in a table by file id; empty when the table does not exist or has no provenance.</summary>
    public async Task<IReadOnlyDictionary<string, long>> CountByFileAsync(TableName target, CancellationToken cancellationToken)
    {
        try
        {
            var rows = await client.QueryRowsAsync(
                $"SELECT toString(`{ProvenanceColumns.FileId}`), count() FROM {target} GROUP BY 1", null, cancellationToken);
            return Enumerable.Range(0, rows.Rows.Count).ToDictionary(i => rows.Get<string>(i, 0)!, i => rows.Get<long>(i, 1));
        }
        catch (ClickHouseException e) when (IsGone(e.Error) || e.Error.Name == "UNKNOWN_IDENTIFIER")
        {
            return new Dictionary<string, long>();
        }
    }

    /// <summary>Removes exactly the rows of a file, and returns when they are gone.</summary>
    public async Task RemoveAsync(TableName target, FileId fileId, CancellationToken cancellationToken, string? partitionId = null)
    {
        var partition = partitionId is null ? "" : $" IN PARTITION ID '{partitionId}'";
        await client.ExecuteAsync(
            $"ALTER TABLE {target} DELETE{partition} WHERE `{ProvenanceColumns.FileId}` = {{id:String}}",
            Bound(("id", fileId.Hex)) with { Settings = new Dictionary<string, string> { ["mutations_sync"] = "2" } },
            cancellationToken);
    }

    /// <summary>Removes the rows of a file where there are any. A table that is gone, or cannot tell, has none.</summary>
    public async Task RemoveIfThereAsync(TableName target, FileId fileId, CancellationToken cancellationToken)
    {
        if (await CountInTargetAsync(target, fileId, null, cancellationToken) > 0)
        {
            await RemoveAsync(target, fileId, cancellationToken);
        }
    }

    /// <summary>Staging tables of this instance that no load owns any more.</summary>
    public async Task<IReadOnlyList<TableName>> ListAsync(string instance, CancellationToken cancellationToken)
    {
        var rows = await client.QueryRowsAsync(
            "SELECT name FROM system.tables WHERE database = {db:String} AND startsWith(name, {prefix:String})",
            Bound(("db", Database), ("prefix", $"staging_{instance}_")),
            cancellationToken);
        return [.. rows.Rows.Select(r => new TableName(Database, (string)r[0]!))];
    }

    static bool IsGone(ClickHouseError error) => error.Name is "UNKNOWN_TABLE" or "UNKNOWN_DATABASE";

    static QueryOptions Bound(params (string Name, object? Value)[] values) =>
        new() { Parameters = values.ToDictionary(v => v.Name, v => v.Value) };
}
