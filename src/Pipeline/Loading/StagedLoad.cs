using Pipeline.ClickHouse;
using Pipeline.Ledger;

namespace Pipeline.Loading;

/// <summary>
/// The private table of one load and how its rows reach the target, all or none.
/// Invariants: the staging table belongs to one attempt of one file; a partition's rows are in the staging table or in the target, and after a
/// crash, when they may be in both or in part, <see cref="FinishPublishAsync"/> asks the destination and never the memory of this process.
/// </summary>
sealed class StagedLoad(ClickHouseClient client)
{
    /// <summary>Database of staging tables and of the registry.</summary>
    public const string Database = "pipeline";

    /// <summary>Name of the staging table of one attempt. The instance keeps several daemons on one server apart.</summary>
    public static TableName NameOf(string instance, long key, int attempt) => new(Database, $"staging_{instance}_{key}_{attempt}");

    /// <summary>Creates the table, empty: like the target, or as planned when there is no target yet.</summary>
    public async Task CreateAsync(TableName staging, LoadSchema schema, TargetTable? target, CancellationToken cancellationToken)
    {
        await DropAsync(staging, cancellationToken);
        if (target is null || !target.IsMergeTree)
        {
            await client.ExecuteAsync(schema.CreateTableSql(staging), cancellationToken: cancellationToken);
            return;
        }

        await client.ExecuteAsync($"CREATE TABLE {staging} AS {target.Name}", cancellationToken: cancellationToken);
        foreach (var sql in schema.AlterSql(staging, target))
        {
            await client.ExecuteAsync(sql, cancellationToken: cancellationToken);
        }
    }

    public async Task DropAsync(TableName staging, CancellationToken cancellationToken) =>
        await client.ExecuteAsync($"DROP TABLE IF EXISTS {staging} SYNC", cancellationToken: cancellationToken);

    /// <summary>Rows by partition; empty when the table is empty or does not exist.</summary>
    public async Task<IReadOnlyList<PartitionCount>> CountAsync(TableName staging, CancellationToken cancellationToken)
    {
        var exists = await client.QueryRowsAsync(
            "SELECT count() FROM system.tables WHERE database = {db:String} AND name = {table:String}",
            new Dictionary<string, string> { ["db"] = staging.Database, ["table"] = staging.Name },
            cancellationToken: cancellationToken);
        if (exists[0][0] == "0")
        {
            return [];
        }

        var rows = await client.QueryRowsAsync(
            $"SELECT _partition_id, count() FROM {staging} GROUP BY 1 ORDER BY 1", cancellationToken: cancellationToken);
        return [.. rows.Select(r => new PartitionCount(r[0]!, long.Parse(r[1]!)))];
    }

    /// <summary>Adds to the staging table what the target got from other loads meanwhile: only tables of the same columns exchange parts.</summary>
    public async Task AlignAsync(TableName staging, TargetTable target, CancellationToken cancellationToken)
    {
        var columns = await client.QueryRowsAsync(
            "SELECT name, type FROM system.columns WHERE database = {db:String} AND table = {table:String}",
            new Dictionary<string, string> { ["db"] = staging.Database, ["table"] = staging.Name },
            cancellationToken: cancellationToken);
        var types = columns.ToDictionary(c => c[0]!, c => c[1]!);
        foreach (var column in target.Columns)
        {
            if (!types.TryGetValue(column.Name, out var type))
            {
                await client.ExecuteAsync(
                    $"ALTER TABLE {staging} ADD COLUMN {Identifier.Quote(column.Name)} {column.TypeName}", cancellationToken: cancellationToken);
            }
            else if (type != column.TypeName && column.TypeName == $"Nullable({type})")
            {
                await client.ExecuteAsync(
                    $"ALTER TABLE {staging} MODIFY COLUMN {Identifier.Quote(column.Name)} {column.TypeName} SETTINGS mutations_sync = 1, alter_sync = 1",
                    cancellationToken: cancellationToken);
            }
        }
    }

    /// <summary>
    /// Makes every partition visible in the target. The first time there is nothing of the file in the target and each partition is moved
    /// at once. After a doubt (<paramref name="resume"/>: a crash, a lost answer) each partition is first compared with the target:
    /// all there: what is left in staging is dropped; none there: moved; some there: a publish was cut within a partition while staging
    /// still holds all of it, so the target's part is removed and the partition is moved again.
    /// </summary>
    /// <returns>False when the rows are neither whole in staging nor whole in the target: the load must be taken back.</returns>
    public async Task<bool> PublishAsync(
        TableName staging, TableName target, FileId fileId, IReadOnlyList<PartitionCount> partitions, bool resume, Action moved, CancellationToken cancellationToken)
    {
        var staged = resume ? (await CountAsync(staging, cancellationToken)).ToDictionary(p => p.PartitionId, p => p.Rows) : [];
        foreach (var partition in partitions)
        {
            var alter = $"ALTER TABLE {staging} {{0}} PARTITION ID '{partition.PartitionId}'";
            if (resume)
            {
                var inTarget = await CountInTargetAsync(target, fileId, partition.PartitionId, cancellationToken);
                if (inTarget == partition.Rows)
                {
                    if (staged.ContainsKey(partition.PartitionId))
                    {
                        await client.ExecuteAsync(string.Format(alter, "DROP"), cancellationToken: cancellationToken);
                    }

                    continue;
                }

                if (staged.GetValueOrDefault(partition.PartitionId) != partition.Rows)
                {
                    return false;
                }

                if (inTarget > 0)
                {
                    await RemoveAsync(target, fileId, cancellationToken, partition.PartitionId);
                }
            }

            await client.ExecuteAsync(string.Format(alter, "MOVE") + $" TO TABLE {target}", cancellationToken: cancellationToken);
            moved();
        }

        return true;
    }

    /// <summary>
    /// Publishes by INSERT … SELECT, for targets whose materialized views must see the rows, or that cannot take parts. In order of
    /// record and on one thread, so that a repetition makes the same blocks and the token drops those that arrived before.
    /// </summary>
    public async Task PublishByInsertAsync(
        TableName staging, TableName target, IReadOnlyList<string> columns, bool byRecord, string token, CancellationToken cancellationToken)
    {
        var names = string.Join(", ", columns.Select(Identifier.Quote));
        var order = byRecord ? $" ORDER BY `{ProvenanceColumns.Row}`" : "";
        await client.ExecuteAsync(
            $"INSERT INTO {target} ({names}) SELECT {names} FROM {staging}{order}",
            settings: new Dictionary<string, string>
            {
                ["insert_deduplication_token"] = token,
                ["async_insert"] = "0",
                ["max_threads"] = "1",
                ["max_insert_threads"] = "1",
                ["deduplicate_blocks_in_dependent_materialized_views"] = "1",
            },
            cancellationToken: cancellationToken);
    }

    /// <summary>Rows of a file in a table, by the table itself; 0 when the table does not exist.</summary>
    public async Task<long> CountInTargetAsync(
        TableName target, FileId fileId, string? partitionId, CancellationToken cancellationToken)
    {
        var sql = $"SELECT count() FROM {target} WHERE `{ProvenanceColumns.FileId}` = {{id:String}}";
        var parameters = new Dictionary<string, string> { ["id"] = fileId.Hex };
        if (partitionId is not null)
        {
            sql += " AND _partition_id = {partition:String}";
            parameters["partition"] = partitionId;
        }

        try
        {
            var rows = await client.QueryRowsAsync(sql, parameters, cancellationToken: cancellationToken);
            return long.Parse(rows[0][0]!);
        }
        catch (ClickHouseException e) when (e.Error.Name is "UNKNOWN_TABLE" or "UNKNOWN_DATABASE")
        {
            return 0;
        }
    }

    /// <summary>Removes exactly the rows of a file, and returns when they are gone.</summary>
    public async Task RemoveAsync(TableName target, FileId fileId, CancellationToken cancellationToken, string? partitionId = null)
    {
        var partition = partitionId is null ? "" : $" IN PARTITION ID '{partitionId}'";
        await client.ExecuteAsync(
            $"ALTER TABLE {target} DELETE{partition} WHERE `{ProvenanceColumns.FileId}` = {{id:String}}",
            new Dictionary<string, string> { ["id"] = fileId.Hex },
            new Dictionary<string, string> { ["mutations_sync"] = "2" },
            cancellationToken: cancellationToken);
    }

    /// <summary>Staging tables of this instance that no load owns any more.</summary>
    public async Task<IReadOnlyList<TableName>> ListAsync(string instance, CancellationToken cancellationToken)
    {
        var rows = await client.QueryRowsAsync(
            "SELECT name FROM system.tables WHERE database = {db:String} AND startsWith(name, {prefix:String})",
            new Dictionary<string, string> { ["db"] = Database, ["prefix"] = $"staging_{instance}_" },
            cancellationToken: cancellationToken);
        return [.. rows.Select(r => new TableName(Database, r[0]!))];
    }
}
