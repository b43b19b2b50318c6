using System.Collections.Concurrent;
using Pipeline.ClickHouse;
using Pipeline.Formats.Columns;

namespace Pipeline.Loading;

/// <summary>
/// Knows the target tables: describes them (remembered until <see cref="Forget"/>), creates and alters them. Changes to one table are
/// made one at a time. Any task may call it.
/// </summary>
sealed class TableCatalog(ClickHouseClient client)
{
    readonly ConcurrentDictionary<TableName, TargetTable> _known = new();
    readonly ConcurrentDictionary<TableName, Lazy<Task<TargetTable?>>> _described = new();
    readonly ConcurrentDictionary<TableName, SemaphoreSlim> _locks = new();

    /// <summary>Whether the table was seen, or made, and not forgotten since.</summary>
    public bool IsKnown(TableName name) => _known.ContainsKey(name);

    /// <summary>The table, or null when there is none.</summary>
    public async Task<TargetTable?> DescribeAsync(TableName name, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(name, out var known))
        {
            return known;
        }

        // A folder of files for a new table asks a hundred times at once, and the answer is the same.
        return await _described.GetOrAdd(name, static (name, catalog) => new(() => catalog.ReadAndKnowAsync(name)), this).Value.WaitAsync(cancellationToken);
    }

    /// <summary>Whether the destination has the table now; what was known of one that is gone is forgotten.</summary>
    public async Task<bool> ExistsAsync(TableName name, CancellationToken cancellationToken)
    {
        var exists = await client.QueryScalarAsync<long>($"EXISTS TABLE {name}", null, cancellationToken) != 0;
        if (!exists)
        {
            Forget(name);
        }

        return exists;
    }

    /// <summary>Makes the next <see cref="DescribeAsync"/> ask the destination: after an error that says the table is not what it was.</summary>
    public void Forget(TableName name) => _known.TryRemove(name, out _);

    /// <summary>
    /// Brings the target to what the schema was planned for: creates it, adds its new columns, lets columns take nulls. The answer is the
    /// table as it is now, which may differ from the plan when another load was faster: the caller compares.
    /// </summary>
    /// <param name="schema">The plan.</param>
    /// <param name="fresh">Ask the destination even when nothing is to be changed: attaching parts to a table that has got a materialized view
    /// meanwhile would pass the view by.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<TargetTable> ApplyAsync(LoadSchema schema, bool fresh, CancellationToken cancellationToken)
    {
        if (!fresh && !schema.ChangesTarget && _known.TryGetValue(schema.Target, out var unchanged))
        {
            return unchanged;
        }

        return await OneAtATimeAsync(schema.Target, () => ApplyAloneAsync(schema, fresh, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// The same, asked afresh, where the plan may have been right: a table that it found none of is made without asking first.
    /// </summary>
    public Task<TargetTable> ApplyPlannedAsync(LoadSchema schema, CancellationToken cancellationToken) => OneAtATimeAsync(
        schema.Target,
        async () =>
        {
            if (schema.Existing is null && !IsKnown(schema.Target))
            {
                await ChangeAsync(schema, null, cancellationToken);
            }

            return await ApplyAloneAsync(schema, fresh: true, cancellationToken);
        },
        cancellationToken);

    async Task<T> OneAtATimeAsync<T>(TableName table, Func<Task<T>> change, CancellationToken cancellationToken)
    {
        var gate = _locks.GetOrAdd(table, _ => new SemaphoreSlim(1, 1));
        await gate.WaitAsync(cancellationToken);
        try
        {
            return await change();
        }
        finally
        {
            gate.Release();
        }
    }

    async Task<TargetTable> ApplyAloneAsync(LoadSchema schema, bool fresh, CancellationToken cancellationToken)
    {
        // A folder of files for a new table: the first one made it while the others waited here.
        if (!fresh && _known.TryGetValue(schema.Target, out var made) && schema.Fits(made) && !schema.AlterSql(schema.Target, made).Any())
        {
            return made;
        }

        var existing = await ReadAsync(schema.Target, cancellationToken);
        var isChanged = await ChangeAsync(schema, existing, cancellationToken);
        var now = (isChanged ? await ReadAsync(schema.Target, cancellationToken) : existing)
            ?? throw new ClickHouseException(
                new ClickHouseError(60, "UNKNOWN_TABLE", $"{schema.Target.Display} is gone right after it was created.", ErrorClass.Retry), "");
        _known[schema.Target] = now;
        return now;
    }

    // False: nothing is to be changed. What somebody else has made or added meanwhile is left as it is.
    async Task<bool> ChangeAsync(LoadSchema schema, TargetTable? existing, CancellationToken cancellationToken)
    {
        var isChanged = false;
        foreach (var sql in schema.ChangesTo(existing))
        {
            try
            {
                await client.ExecuteAsync(sql, null, cancellationToken);
            }
            catch (ClickHouseException e) when (existing is null && e.Error.Name == "UNKNOWN_DATABASE")
            {
                await client.ExecuteAsync($"CREATE DATABASE IF NOT EXISTS {Identifier.Quote(schema.Target.Database)}", null, cancellationToken);
                await client.ExecuteAsync(sql, null, cancellationToken);
            }

            isChanged = true;
        }

        return isChanged;
    }

    // Whoever waits may go: the others wait on.
    async Task<TargetTable?> ReadAndKnowAsync(TableName name)
    {
        try
        {
            // Costs the engine a fifth of a description, and most tables that nothing is known of are new ones.
            var described = await ExistsAsync(name, CancellationToken.None) ? await ReadAsync(name, CancellationToken.None) : null;
            if (described is not null)
            {
                _known[name] = described;
            }

            return described;
        }
        finally
        {
            _described.TryRemove(name, out _);
        }
    }

    async Task<TargetTable?> ReadAsync(TableName name, CancellationToken cancellationToken)
    {
        var bound = new QueryOptions { Parameters = new Dictionary<string, object?> { ["db"] = name.Database, ["table"] = name.Name } };
        var columnsRead = client.QueryRowsAsync(
            """
            SELECT name, type, default_kind IN ('MATERIALIZED', 'ALIAS', 'EPHEMERAL'), is_in_sorting_key OR is_in_partition_key
            FROM system.columns WHERE database = {db:String} AND table = {table:String} ORDER BY position
            """,
            bound,
            cancellationToken);
        var tablesRead = client.QueryRowsAsync(
            """
            SELECT engine, partition_key, comment, length(dependencies_table) > 0, sorting_key,
                engine = 'MergeTree' AND primary_key = sorting_key AND sampling_key = ''
                    AND NOT match(create_table_query, '\\b(INDEX|PROJECTION|CONSTRAINT|TTL|STATISTICS|MATERIALIZED|EPHEMERAL|ALIAS)\\b')
            FROM system.tables WHERE database = {db:String} AND name = {table:String}
            """,
            bound,
            cancellationToken);
        await Task.WhenAll(columnsRead, tablesRead);
        var (columns, tables) = (await columnsRead, await tablesRead);
        if (tables.Rows.Count == 0)
        {
            return null;
        }

        return new TargetTable
        {
            Name = name,
            Engine = tables.Get<string>(0, 0)!,
            PartitionKey = tables.Get<string>(0, 1)!,
            Comment = tables.Get<string>(0, 2)!,
            HasDependents = tables.Get<long>(0, 3) != 0,
            SortingKey = tables.Get<string>(0, 4)!,
            OnlyStores = tables.Get<long>(0, 5) != 0,
            Columns =
            [
                .. Enumerable.Range(0, columns.Rows.Count).Select(i => new TargetColumn(
                    columns.Get<string>(i, 0)!,
                    columns.Get<string>(i, 1)!,
                    TryParse(columns.Get<string>(i, 1)!),
                    columns.Get<long>(i, 2) == 0,
                    columns.Get<long>(i, 3) != 0)),
            ],
        };
    }

    static ColumnType? TryParse(string type)
    {
        try
        {
            return ColumnType.Parse(type);
        }
        catch (FormatException)
        {
            // Not a fault: a table may have columns of types that no file fills. The planner refuses such a column when a file brings it.
            return null;
        }
    }
}
