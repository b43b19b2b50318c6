namespace Pipeline.Ledger;

/// <summary>
/// The verbs of <see cref="ILedger"/> as statements inside the writer's transaction. Throws before or after writing: the writer
/// rolls back.
/// </summary>
sealed class LedgerVerbs(LedgerConnection connection, TimeProvider time)
{
    long Now => LedgerRow.Time(time.GetUtcNow());

    public LedgerEntry See(string path, string dataset, long bytes, DateTimeOffset modifiedAt, AfterLoad afterLoad) =>
        See(path, dataset, bytes, modifiedAt, afterLoad, owner: null);

    public LedgerEntry Take(string path, string dataset, long bytes, DateTimeOffset modifiedAt, AfterLoad afterLoad, string owner)
    {
        var entry = See(path, dataset, bytes, modifiedAt, afterLoad, owner);
        if (entry.State == FileState.Seen && entry.Owner is null)
        {
            _ = Claim(entry.Key, owner);
        }

        return entry with { Owner = null };
    }

    // A new entry that has an owner from its start is claimed by it; it is returned as seen, with that owner.
    LedgerEntry See(string path, string dataset, long bytes, DateTimeOffset modifiedAt, AfterLoad afterLoad, string? owner)
    {
        var now = Now;
        var modified = LedgerRow.Time(modifiedAt);
        var entry = connection.First(LedgerSql.SeenBefore, LedgerRow.Read, ("$path", LedgerRow.Name(path)));
        if (entry is null)
        {
            connection.Execute(
                LedgerSql.Insert,
                ("$path", LedgerRow.Name(path)), ("$name", LedgerRow.Name(Path.GetFileName(path))),
                ("$dataset", LedgerRow.Name(dataset)), ("$bytes", bytes), ("$modified_at", modified),
                ("$after_load", (long)afterLoad), ("$now", now), ("$owner", owner));
            return new LedgerEntry
            {
                Key = connection.LastKey,
                Owner = owner,
                Path = path,
                Dataset = dataset,
                Bytes = bytes,
                ModifiedAt = LedgerRow.ReadTime(modified),
                State = FileState.Seen,
                AfterLoad = afterLoad,
                SeenAt = LedgerRow.ReadTime(now),
                UpdatedAt = LedgerRow.ReadTime(now),
            };
        }

        var current = entry with
        {
            Dataset = dataset,
            Bytes = bytes,
            ModifiedAt = LedgerRow.ReadTime(modified),
            AfterLoad = afterLoad,
        };
        if (entry.State != FileState.Seen || entry == current)
        {
            return entry;
        }

        connection.Execute(
            LedgerSql.UpdateSeen, ("$key", entry.Key), ("$dataset", LedgerRow.Name(dataset)), ("$bytes", bytes),
            ("$modified_at", modified), ("$after_load", (long)afterLoad), ("$now", now));
        return current with { UpdatedAt = LedgerRow.ReadTime(now) };
    }

    public bool Claim(long key, string owner)
    {
        if (connection.Execute(LedgerSql.Claim, ("$key", key), ("$owner", owner), ("$now", Now)) == 1)
        {
            return true;
        }

        _ = Require(key, "claimed");
        return false;
    }

    public void Release(long key)
    {
        Change(key, "released", connection.Execute(LedgerSql.Release, ("$key", key), ("$now", Now)));
        connection.Execute(LedgerSql.DropReceipt, ("$key", key));
    }

    public LoadDecision BeginLoad(long key, ContentHash content, LoadPlan plan, bool force)
    {
        var (state, dataset) = connection.First(
            LedgerSql.StateAndDataset, static row => ((FileState)row.GetInt32(0), LedgerRow.ReadName(row, 1)), ("$key", key));
        if (state != FileState.Claimed)
        {
            throw WrongState(Require(key, "begun"), "begun");
        }

        var loads = LoadsOf(content, dataset);
        if (!force && loads.Find(load => load.State is FileState.Loaded or FileState.Archived) is { Key: > 0 } loaded)
        {
            return new LoadDecision.AlreadyLoaded(Require(loaded.Key, "found"));
        }

        if (loads.Find(load => load.State is FileState.Loading or FileState.Publishing) is { Key: > 0 } running)
        {
            return new LoadDecision.InFlight(Require(running.Key, "found"));
        }

        // What is left was undone, or is loaded and forced past.
        var generation = NextGeneration(loads);
        var id = FileId.Of(content, dataset, generation);
        connection.Execute(
            LedgerSql.BeginLoad, ("$key", key), ("$content", LedgerRow.Content(content)), ("$file_id", LedgerRow.Id(id)),
            ("$generation", (long)generation), ("$plan", LedgerJson.Write(plan, LedgerJson.Default.LoadPlan)), ("$now", Now));
        return new LoadDecision.Started(id, generation);
    }

    public void Replan(long key, LoadPlan plan) => Change(key, "planned again", connection.Execute(
        LedgerSql.Replan, ("$key", key), ("$plan", LedgerJson.Write(plan, LedgerJson.Default.LoadPlan)), ("$now", Now)));

    public void BeginPublish(long key, IReadOnlyList<PartitionCount> partitions, Receipt receipt)
    {
        Change(key, "published", connection.Execute(
            LedgerSql.BeginPublish, ("$key", key),
            ("$partitions", LedgerJson.Write(partitions, LedgerJson.Default.IReadOnlyListPartitionCount)), ("$now", Now)));
        SetReceipt(key, receipt);
    }

    public void Complete(IReadOnlyList<(long Key, Receipt Receipt)> loads)
    {
        var now = Now;
        foreach (var (key, receipt) in loads)
        {
            RequireLaw(receipt);
            var completed = connection.Execute(
                LedgerSql.Complete, ("$key", key), ("$file_id", LedgerRow.Id(new FileId(receipt.FileId))),
                ("$content", LedgerRow.Content(new ContentHash(receipt.ContentHash))), ("$dataset", LedgerRow.Name(receipt.Dataset)),
                ("$rows_loaded", receipt.RowsLoaded), ("$rows_rejected", receipt.RowsRejected), ("$now", now));
            if (completed != 1 && Require(key, "completed") is { State: FileState.Loading or FileState.Publishing } entry)
            {
                throw new ArgumentException(
                    $"The receipt (file id {receipt.FileId}, dataset {receipt.Dataset}) is not one of entry {key} " +
                    $"(file id {entry.FileId}, dataset {entry.Dataset}).");
            }

            Change(key, "completed", completed);
            SetReceipt(key, receipt);
        }
    }

    public void Archive(long key, string? movedTo) => Change(key, "archived", connection.Execute(
        LedgerSql.Archive, ("$key", key), ("$moved_to", LedgerRow.Name(movedTo)), ("$now", Now)));

    public void Duplicate(long key, ContentHash content, long duplicateOf)
    {
        _ = Require(duplicateOf, "named as the original of a duplicate");
        Change(key, "ended as a duplicate", connection.Execute(
            LedgerSql.Duplicate, ("$key", key), ("$content", LedgerRow.Content(content)), ("$duplicate_of", duplicateOf),
            ("$now", Now)));
    }

    public void Empty(long key, ContentHash content) => Change(key, "ended as empty", connection.Execute(
        LedgerSql.Empty, ("$key", key), ("$content", LedgerRow.Content(content)), ("$now", Now)));

    public void Unpack(long key) => Change(key, "ended as unpacked", connection.Execute(LedgerSql.Unpack, ("$key", key), ("$now", Now)));

    public void Quarantine(long key, FileProblem problem, ContentHash? content) => Change(key, "quarantined", connection.Execute(
        LedgerSql.Quarantine, ("$key", key), ("$problem", LedgerJson.Write(problem, LedgerJson.Default.FileProblem)),
        ("$content", content is { } hash ? LedgerRow.Content(hash) : (byte[]?)null), ("$now", Now)));

    public void QuarantinedAt(long key, string? movedTo) => Change(key, "moved to quarantine", connection.Execute(
        LedgerSql.QuarantinedAt, ("$key", key), ("$moved_to", LedgerRow.Name(movedTo)), ("$now", Now)));

    public void Undo(long key) => Change(key, "undone", connection.Execute(LedgerSql.Undo, ("$key", key), ("$now", Now)));

    public bool Restore(string path, Receipt receipt)
    {
        RequireLaw(receipt);
        var id = LedgerRow.Id(new FileId(receipt.FileId));
        if (connection.First(LedgerSql.KnownFileId, static _ => true, ("$file_id", id)))
        {
            return false;
        }

        connection.Execute(
            LedgerSql.Restore, ("$path", LedgerRow.Name(path)), ("$name", LedgerRow.Name(Path.GetFileName(path))),
            ("$dataset", LedgerRow.Name(receipt.Dataset)), ("$bytes", receipt.Bytes),
            ("$loaded_at", LedgerRow.Time(receipt.LoadedAt)), ("$now", Now),
            ("$content", LedgerRow.Content(new ContentHash(receipt.ContentHash))), ("$file_id", id),
            ("$generation", (long)GenerationOf(receipt)), ("$rows_loaded", receipt.RowsLoaded), ("$rows_rejected", receipt.RowsRejected));
        var key = connection.LastKey;
        connection.Execute(LedgerSql.CountRestored, ("$key", key));
        SetReceipt(key, receipt);
        return true;
    }

    void SetReceipt(long key, Receipt receipt) =>
        connection.Execute(LedgerSql.SetReceipt, ("$key", key), ("$receipt", LedgerJson.Write(receipt, LedgerJson.Default.Receipt)));

    /// <summary>The generation that gives the receipt's file id; for an id made in another way, the next free one.</summary>
    int GenerationOf(Receipt receipt)
    {
        const int MostGenerations = 1000;
        var content = new ContentHash(receipt.ContentHash);
        for (var generation = 0; generation < MostGenerations; generation++)
        {
            if (string.Equals(FileId.Of(content, receipt.Dataset, generation).Hex, receipt.FileId, StringComparison.Ordinal))
            {
                return generation;
            }
        }

        return NextGeneration(LoadsOf(content, receipt.Dataset));
    }

    /// <summary>The loads of a content that stand or were undone, newest generation first: one per generation.</summary>
    List<(long Key, FileState State, int Generation)> LoadsOf(ContentHash content, string dataset) => connection.All(
        LedgerSql.LoadsOfContent,
        static row => (row.GetInt64(0), (FileState)row.GetInt32(1), row.GetInt32(2)),
        ("$content", LedgerRow.Content(content)), ("$dataset", LedgerRow.Name(dataset)));

    static int NextGeneration(List<(long Key, FileState State, int Generation)> loads) =>
        loads.Count == 0 ? 0 : loads[0].Generation + 1;

    static void RequireLaw(Receipt receipt)
    {
        if (receipt.RowsRead != receipt.RowsLoaded + receipt.RowsRejected + receipt.RowsSkipped)
        {
            throw new ArgumentException(
                $"The receipt of {receipt.FileId} breaks the row law: {receipt.RowsRead} read, but " +
                $"{receipt.RowsLoaded} loaded + {receipt.RowsRejected} rejected + {receipt.RowsSkipped} skipped.");
        }
    }

    void Change(long key, string done, int changedRows)
    {
        if (changedRows != 1)
        {
            throw WrongState(Require(key, done), done);
        }
    }

    LedgerEntry Require(long key, string done) => connection.First(LedgerSql.Find, LedgerRow.Read, ("$key", key))
        ?? throw new LedgerStateException($"Entry {key} cannot be {done}: the ledger has no such entry.");

    static LedgerStateException WrongState(LedgerEntry entry, string done) =>
        new($"Entry {entry.Key} ({entry.Path}) cannot be {done}: it is {entry.State}.");
}
