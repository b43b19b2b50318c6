using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Typing;
using Pipeline.Ledger;
using Pipeline.Loading;
using Pipeline.Quarantine;

namespace Pipeline.Ingestion;

/// <summary>
/// One attempt to read a file into one table: steps 2 to 6 of <see cref="FileReading"/>. It owns the worker's share of the lease and the batches that
/// are filled and not sent; <see cref="AbandonAsync"/> gives all of it back. One task.
/// </summary>
sealed class LoadAttempt(
    FileReading reading,
    FileJob job,
    FileContent content,
    DetectedFormat detected,
    ContentHashing hashing,
    BatchQueue batches,
    TableProfile? whole)
{
    HeldBatches? _held;
    FileLease.BatchShare? _own;
    RejectSink? _rejects;
    ColumnBatch? _filling;
    int _batchesSent;
    bool _isBegun;

    // The two batches before the one that is being filled, one after the other on their way to the disk or the queue; all that holds batches is theirs until they end.
    Task _holding = Task.CompletedTask;
    Task _holdingBefore = Task.CompletedTask;

    // The staging table in the making, beside the reading: nothing is sent before it is there.
    Task _creating = Task.CompletedTask;
    bool _goesToDisk;

    // Rows of this file that an earlier attempt left in the target; known once the load has begun.
    long _rowsThere;

    // Set when the file turns out to need no load.
    SettledFile? _ended;

    /// <summary>What was started; null before the plan is made.</summary>
    public FileLoad? Load { get; private set; }

    /// <summary>Reads the file. Null: a value does not fit its inferred type, or the sample cannot tell; nothing of this attempt is left.</summary>
    public async Task<ReadOutcome?> RunAsync(CancellationToken hardStop)
    {
        // The destination is asked while the first rows are looked at.
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(hardStop);
        try
        {
            var target = reading.TargetOf(job);
            return await RunAsync(reading.Destination.RunAsync(token => reading.Catalog.DescribeAsync(target, token), asking.Token), hardStop);
        }
        finally
        {
            await asking.CancelAsync();
        }
    }

    async Task<ReadOutcome?> RunAsync(Task<TargetTable?> described, CancellationToken hardStop)
    {
        await using var rows = await reading.OpenRowsAsync(job, content, detected, whole, hardStop);
        if (await rows.InferAsync() is not { } evidence)
        {
            job.ContentHash = await hashing.GetAsync();
            return new ReadOutcome.Ended(content.HasChanged ? FileReading.Changed(job, null) : new SettledFile.Empty(job));
        }

        // Steps 2 and 3
        if (!await PlanAsync(rows, evidence, described, hardStop))
        {
            return null;
        }

        // Step 4
        if (rows.CanInsertWhole(Load!.Schema, reading.Ingestion.MaxBatchRows) && await InsertWholeAsync(rows, hardStop))
        {
            return await FinishAsync(rows, evidence.Columns, hardStop);
        }

        await rows.StartAsync(Load.Schema);
        while (_ended is null && !Load.Lease.IsLost && await rows.AppendAsync(_filling!, _rejects!) is { } appended)
        {
            if (appended.Mismatch is { } widening)
            {
                reading.SayWidened(job, widening);
                await AbandonAsync();
                await reading.DropStagingAsync(Load, hardStop);
                return null;
            }

            Load.RowsRead += appended.Rows;
            if (FileProblems.OfBadRow(job.Options, _rejects!.First) is { } bad)
            {
                await AbandonAsync();
                return Refused(bad);
            }

            if (reading.Ingestion.IsFilled(_filling!, _goesToDisk))
            {
                await HoldNextAsync((double)rows.RawBytesRead / Math.Max(1, content.Bytes), hardStop);
            }

            job.Request.Progress?.Invoke(rows.RawBytesRead, Load.RowsRead);
        }

        return await FinishAsync(rows, evidence.Columns, hardStop);
    }

    /// <summary>Gives back what was not sent and waits until what was sent is answered: then nothing of this attempt moves any more.</summary>
    public async Task AbandonAsync()
    {
        await _holding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _creating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _held?.Clear();
        _filling = null;
        if (_own is not null)
        {
            _own.Dispose();
            await Load!.Lease.Settled;
        }

        if (_rejects is not null)
        {
            await _rejects.DisposeAsync();
        }
    }

    // False: the rows seen so far cannot decide the types.
    async Task<bool> PlanAsync(FileRows rows, RowsEvidence evidence, Task<TargetTable?> described, CancellationToken hardStop)
    {
        // A rejects file that came back: its last four columns are ours and carry no data.
        var rejects = job.Request.Member is null
            ? await RejectsFile.TryOpenAsync(job.Request.Path, reading.Options.QuarantineFolder, job.Dataset, hardStop)
            : null;
        job.Repairs = rejects?.Link?.FileId;
        var names = RejectsFile.ColumnsOf(rejects, rows.ColumnNames);
        var existing = await described;
        if (existing is not null)
        {
            job.Turn?.Dispose();
        }

        var schema = reading.Plans.Plan(job.Dataset, reading.TargetOf(job), existing, job.Options, names, evidence.Columns);
        if (!evidence.Decides(schema))
        {
            return false;
        }

        (var lease, _own) = FileLease.Open();
        Load = new FileLoad(job, schema, lease, content.HeadIsWhole ? reading.SpareBatches : null) { Target = existing };
        _held = reading.NewHeld(job, Load, content.Bytes);
        _goesToDisk = _held.StartsOnDisk;
        _filling = Load.RentBatch();
        _rejects = reading.NewRejects(job, names);
        return true;
    }

    // Step 4 without a row passing through here. False: they have to be read after all.
    async Task<bool> InsertWholeAsync(FileRows rows, CancellationToken hardStop)
    {
        var load = Load!;
        if (!await BeginAsync(isStaged: true, hardStop))
        {
            return true;
        }

        if (_rowsThere > 0)
        {
            return false;
        }

        await _creating;
        if (await rows.InsertWholeAsync(load.Staging!, load.Schema, load.FileId, reading.NewInsert()) is { } error)
        {
            // Whether the file is to blame, or the destination, or only this way, shows when its rows are read here.
            reading.SayReadHere(job, error);
            await CreateStagingAsync(isCompressedByMerge: false, hardStop);
            return false;
        }

        reading.Faults.Pass(FaultPoint.AfterFirstInsert);
        var partitions = await reading.Destination.RunAsync(token => reading.Staged.CountAsync(load.Staging!, token), hardStop);
        load.RowsRead = load.RowsSent = partitions.Sum(p => p.Rows);
        rows.EndWhole(load.RowsSent);
        return true;
    }

    // What goes to disk is written while the next ones are read: the disk is not as even as the reading.
    async Task HoldNextAsync(double share, CancellationToken hardStop)
    {
        await _holdingBefore;
        var (before, filled) = (_holding, _filling!);
        _holdingBefore = before;
        _goesToDisk = _held!.AreSpooled;
        _filling = Load!.RentBatch();
        _holding = _goesToDisk
            ? Task.Run(() => HoldAfterAsync(before, filled, share, hardStop), CancellationToken.None)
            : HoldAfterAsync(before, filled, share, hardStop);
        if (!_goesToDisk)
        {
            await _holding;
        }
    }

    async Task HoldAfterAsync(Task before, ColumnBatch filled, double share, CancellationToken hardStop)
    {
        await before;
        await HoldAsync(filled, share, hardStop);
    }

    // Step 5: a batch is held back while there may be no second one, and while the content hash is being computed.
    async Task HoldAsync(ColumnBatch filled, double share, CancellationToken hardStop)
    {
        _held!.Add(filled, share);
        if (!_isBegun && !_held.IsFull && !(_held.AreReady && hashing.IsKnown))
        {
            return;
        }

        if (!_isBegun && !await BeginAsync(isStaged: true, hardStop))
        {
            return;
        }

        // While there is room to hold them, the reading goes on beside the inserts.
        if (_creating.IsCompleted || _held.IsFull)
        {
            await SendHeldAsync(hardStop);
        }
    }

    // False: the content is loaded already, by whoever _ended says.
    async Task<bool> BeginAsync(bool isStaged, CancellationToken hardStop)
    {
        var load = Load!;
        job.ContentHash = await hashing.GetAsync();
        if (isStaged)
        {
            load.Staging = reading.StagingFor(job);
        }

        var started = await reading.BeginLoadAsync(job, load, hardStop);
        if (started is LoadDecision.AlreadyLoaded loaded)
        {
            load.Staging = null;

            // Content whose table was dropped is a duplicate of nothing: the next attempt plans a table for it.
            _ended = load.Target is not null && await reading.IsTableGoneAsync(load.Schema.Target, hardStop)
                ? new SettledFile.Again(job, "its table is gone", TimeSpan.Zero, load)
                : new SettledFile.Duplicate(job, loaded.By);
            return false;
        }

        load.FileId = ((LoadDecision.Started)started).FileId;
        _isBegun = true;
        reading.Faults.Pass(FaultPoint.AfterLoadingBeforeInsert);
        _rowsThere = await reading.CountRowsThereAsync(job, load, hardStop);
        if (_rowsThere > 0)
        {
            return true;
        }

        if (load.Staging is not null)
        {
            _held!.InsertsBegin();
            _creating = CreateStagingAsync(await _held.AreCompressedByMergeAsync(), hardStop);
            load.InsertInto = load.Staging;
        }

        return true;
    }

    async Task CreateStagingAsync(bool isCompressedByMerge, CancellationToken hardStop)
    {
        var load = Load!;
        await reading.Destination.RunAsync(
            token => reading.Staged.CreateAsync(load.Staging!, load.Schema, load.Target, isCompressedByMerge, token), hardStop);
        reading.Faults.Pass(FaultPoint.AfterStagingCreated);
    }

    // What the queue has no room for stays held, as long as it can.
    async Task SendHeldAsync(CancellationToken hardStop)
    {
        await _creating;
        while (_held!.NextBytes is { } bytes && (_held.IsFull || _rowsThere > 0 || batches.HasRoomFor(bytes)) && _held.TryTake(out var rows))
        {
            Load!.RowsSent += rows.Count;
            if (_rowsThere > 0)
            {
                // Counted only: the destination has the rows of this file from an earlier attempt.
                rows.GiveBack();
                continue;
            }

            await batches.WriteAsync(new LoadBatch(Load, rows, ++_batchesSent, Load.Lease.Take()), hardStop);
        }
    }

    // Step 6
    async Task<ReadOutcome> FinishAsync(FileRows rows, IReadOnlyList<InferredColumn> inferred, CancellationToken hardStop)
    {
        await _holding;
        var load = Load!;
        load.RowsRejected = _rejects!.Count;
        load.RejectCodes = _rejects.Codes;
        load.RowsSkipped = rows.SkippedRows;
        load.RowsRead += rows.SkippedRows;
        load.Warnings = [.. rows.Warnings.Select(w => w.Line is { } line ? $"{w.Code}, line {line}: {w.Message}" : $"{w.Code}: {w.Message}")];
        load.ColumnReceipts = [.. load.Schema.Columns.Select(c => new ColumnReceipt(c.Name, c.Type.Name, c.Evidence, inferred[c.Source].Nulls))];
        if (_ended is null && !load.Lease.IsLost)
        {
            // Also the bytes that were hashed must be those of the version that was opened, or another one would count as loaded.
            await hashing.GetAsync();
            if (content.HasChanged)
            {
                await AbandonAsync();
                return new ReadOutcome.Ended(FileReading.Changed(job, load));
            }

            if (FileProblems.OfBadRows(job.Options, load.RowsRejected, load.RowsRead, _rejects.First) is { } tooMany)
            {
                await AbandonAsync();
                job.ContentHash = await hashing.GetAsync();
                return Refused(tooMany);
            }

            await SendRestAsync(hardStop);
        }

        if (_ended is not null)
        {
            await AbandonAsync();
            return new ReadOutcome.Ended(_ended);
        }

        // Of a load that is lost already: what was read since then.
        _held!.Clear();
        load.Rejects = _rejects.HandOver();
        _own!.Answer(DeliveryOutcome.Delivered);
        return new ReadOutcome.Sent(load);
    }

    async Task SendRestAsync(CancellationToken hardStop)
    {
        var load = Load!;
        if (_filling!.RowCount > 0)
        {
            _held!.Add(_filling, share: 1);
        }

        _filling = null;
        _held!.Complete();
        if (!_isBegun)
        {
            // One batch makes one part, all or none, where a partition key cannot split it. A crash then leaves open whether it is there, which only
            // a table with provenance can be asked.
            var isStaged = _held.AreMany || !FileReading.MakesOnePart(load) || !load.Schema.HasProvenance;
            if (!await BeginAsync(isStaged, hardStop))
            {
                return;
            }

            if (!isStaged && _rowsThere == 0 && !await TargetFitsAsync(load, hardStop))
            {
                _ended = new SettledFile.Again(job, "another file gave the table other columns meanwhile", TimeSpan.Zero, load);
                return;
            }
        }

        await SendHeldAsync(hardStop);
        if (_rowsThere == 0 && load.Staging is not null)
        {
            // While the last inserts are on their way: what the settler finds done takes it no time.
            await reading.Destination.RunAsync(token => reading.Catalog.PrepareAsync(load.Schema, token), hardStop);
        }

        if (_rowsThere > 0)
        {
            load.IsAlreadyThere = true;
            if (_rowsThere != load.RowsSent)
            {
                await reading.Destination.RunAsync(token => reading.Staged.RemoveAsync(load.Schema.Target, load.FileId, token), hardStop);
                _ended = new SettledFile.Again(
                    job, $"the table held {_rowsThere} of {load.RowsSent} rows of an earlier attempt, which were removed", TimeSpan.Zero, load);
            }
        }
    }

    async Task<bool> TargetFitsAsync(FileLoad load, CancellationToken hardStop)
    {
        load.Target = await reading.Destination.RunAsync(token => reading.Catalog.ApplyAsync(load.Schema, fresh: false, token), hardStop);
        load.InsertInto = load.Schema.Target;
        return load.Schema.Fits(load.Target);
    }

    ReadOutcome Refused(FileProblem problem) => new ReadOutcome.Ended(new SettledFile.Refused(job, problem, Load));
}
