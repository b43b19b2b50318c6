using Microsoft.Extensions.Logging;
using Pipeline.ClickHouse;
using Pipeline.Discovery;
using Pipeline.Ledger;
using Pipeline.Loading;
using Pipeline.Telemetry;

namespace Pipeline.Ingestion;

/// <summary>
/// What a start does before the first file: it finishes or takes back everything that a crash cut, by asking the destination.
/// <list type="number">
/// <item>What the last run's inserts still do at a server is ended.</item>
/// <item>A ledger that was missing is rebuilt from <c>pipeline.files</c>.</item>
/// <item><c>claimed</c>: nothing was sent; seen again.</item>
/// <item><c>loading</c>: the staging table is dropped; seen again. (A one-block file may be in the target already: its next load counts
/// the rows of its id there before it sends any.)</item>
/// <item><c>publishing</c>: each partition is either in the target or still staged; the publish is finished, or, when neither is whole, the
/// rows are removed and the file is seen again.</item>
/// <item>Ended but not moved: moved.</item>
/// <item>Staging tables of this instance that no load owns are dropped.</item>
/// </list>
/// Running it twice does nothing more than running it once; a crash while it runs is recovered by the next start.
/// </summary>
sealed partial class Recovery(
    ILedger ledger,
    StagedLoad staged,
    TableCatalog catalog,
    FileRegistry registry,
    Destination destination,
    FileMover mover,
    LostLedger lost,
    string instance,
    Func<string, TableName> targetOf,
    ILogger<Recovery> logger)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await destination.RunAsync(token => staged.EndInsertsAsync(instance, token), cancellationToken);
        await RebuildLedgerAsync(cancellationToken);
        foreach (var entry in await ledger.UnfinishedAsync())
        {
            using var scope = logger.BeginFileScope(entry.Key, entry.FileId?.Hex);
            switch (entry.State)
            {
                case FileState.Claimed:
                    await ledger.ReleaseAsync(entry.Key);
                    break;
                case FileState.Loading:
                    await TakeBackAsync(entry, cancellationToken);
                    break;
                case FileState.Publishing:
                    await FinishPublishAsync(entry, cancellationToken);
                    break;
                case FileState.Quarantined:
                    await mover.QuarantineAsync(entry, entry.Problem!);
                    break;
                default:
                    await mover.ArchiveAsync(entry);
                    break;
            }
        }

        foreach (var table in await destination.RunAsync(token => staged.ListAsync(instance, token), cancellationToken))
        {
            await destination.RunAsync(token => staged.DropAsync(table, token), cancellationToken);
            Log.OrphanDropped(logger, table.Display);
        }
    }

    async Task RebuildLedgerAsync(CancellationToken cancellationToken)
    {
        if (!lost.IsToBeRebuilt)
        {
            return;
        }

        // The registry may tell of other homes, and of tables that are gone: what counts is what the tables of our datasets hold.
        var restored = 0;
        var partly = new List<string>();
        var tables = new Dictionary<TableName, IReadOnlyDictionary<string, long>>();
        await foreach (var (path, receipt) in registry.ReadAsync(cancellationToken))
        {
            var target = new TableName(receipt.Database, receipt.Table);
            if (targetOf(receipt.Dataset) != target)
            {
                continue;
            }

            if (!tables.TryGetValue(target, out var rows))
            {
                tables[target] = rows = await destination.RunAsync(token => staged.CountByFileAsync(target, token), cancellationToken);
            }

            if (receipt.Guarantee == "provenance" && rows.GetValueOrDefault(receipt.FileId) != receipt.RowsLoaded)
            {
                // Some of its rows were removed: loaded again it is loaded whole.
                partly.Add(receipt.FileId);
            }
            else
            {
                restored += await ledger.RestoreAsync(path, receipt) ? 1 : 0;
            }
        }

        lost.Rebuilt([.. await destination.RunAsync(registry.UnregisteredAsync, cancellationToken), .. partly]);
        if (restored > 0 || lost.Unregistered.Count > 0)
        {
            Log.LedgerRebuilt(logger, restored, lost.Unregistered.Count);
        }
    }

    // A one-block file that still lies there is left to its next load, which counts its rows in the target first. One that does not (it was
    // changed or taken away) will never ask for them.
    async Task TakeBackAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        var plan = entry.Plan!;
        if (plan.StagingTable is not null)
        {
            await DropStagingAsync(plan, cancellationToken);
        }
        else if (FileStamp.TryRead(entry.Path) is not { } there || !entry.IsVersion(there.Bytes, there.ModifiedAt))
        {
            var target = new TableName(plan.Database, plan.Table);
            await destination.RunAsync(token => staged.RemoveIfThereAsync(target, entry.FileId!.Value, token), cancellationToken);
        }

        await ledger.ReleaseAsync(entry.Key);
        Log.TakenBack(logger, entry.Path);
    }

    Task DropStagingAsync(LoadPlan plan, CancellationToken cancellationToken) => destination.RunAsync(
        token => staged.DropAsync(new TableName(StagedLoad.Database, plan.StagingTable!), token), cancellationToken);

    async Task FinishPublishAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        var plan = entry.Plan!;
        var target = new TableName(plan.Database, plan.Table);
        if (await TryPublishAsync(entry, target, cancellationToken))
        {
            await DropStagingAsync(entry.Plan!, cancellationToken);
            await destination.RunAsync(token => registry.WriteAsync([(entry.Path, entry.Receipt!, false)], token), cancellationToken);
            await ledger.CompleteAsync([(entry.Key, entry.Receipt!)]);
            await mover.ArchiveAsync(entry);
            Log.PublishFinished(logger, entry.Path, entry.Receipt!.RowsLoaded, target.Display);
            return;
        }

        await destination.RunAsync(token => staged.RemoveIfThereAsync(target, entry.FileId!.Value, token), cancellationToken);
        await TakeBackAsync(entry, cancellationToken);
    }

    // False: the rows are whole nowhere, or the table has changed so that it does not take them. The next load says what is wrong.
    async Task<bool> TryPublishAsync(LedgerEntry entry, TableName name, CancellationToken cancellationToken)
    {
        try
        {
            var target = await destination.RunAsync(token => catalog.DescribeAsync(name, token), cancellationToken);
            return target is not null && await destination.RunAsync(
                token => staged.PublishAsync(
                    new TableName(StagedLoad.Database, entry.Plan!.StagingTable!), target, entry.FileId!.Value, entry.Partitions!, resume: true,
                    () => { }, token),
                cancellationToken);
        }
        catch (ClickHouseException e) when (!e.IsTransient)
        {
            Log.PublishRefused(logger, entry.Path, name.Display, e.Error.Code, e.Error.Name, e.Error.Message);
            catalog.Forget(name);
            return false;
        }
    }

    static partial class Log
    {
        [LoggerMessage(EventIds.LedgerRebuilt, LogLevel.Warning,
            "The ledger was missing: {Files} loads were read back from pipeline.files at the destination, which also holds rows of {Unregistered} "
            + "files that are not in it.")]
        public static partial void LedgerRebuilt(ILogger logger, int files, int unregistered);

        [LoggerMessage(EventIds.LoadTakenBack, LogLevel.Information, "{Path} was being loaded when the last run ended: taken back, it is loaded again.")]
        public static partial void TakenBack(ILogger logger, string path);

        [LoggerMessage(EventIds.PublishFinished, LogLevel.Information,
            "{Path} was being published when the last run ended: finished, {Rows} rows in {Table}.")]
        public static partial void PublishFinished(ILogger logger, string path, long rows, string table);

        [LoggerMessage(EventIds.PublishRefused, LogLevel.Warning,
            "{Path} was being published when the last run ended, and {Table} does not take its rows now ({Code} {Name}: {Message}): taken back, "
            + "it is loaded again.")]
        public static partial void PublishRefused(ILogger logger, string path, string table, int code, string name, string message);

        [LoggerMessage(EventIds.OrphanDropped, LogLevel.Information, "Dropped {Table}: no load owns it.")]
        public static partial void OrphanDropped(ILogger logger, string table);
    }
}
