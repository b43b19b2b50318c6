using Pipeline.Formats.Columns;
using Pipeline.Ledger;

namespace Pipeline.Ingestion;

/// <summary>What becomes of filled batches: held, on disk where the engine reads them itself; then the load is begun, and they go to the inserters.</summary>
sealed partial class LoadAttempt
{
    /// <summary>Batches that may be on their way to the disk, some MiB: it is not as even as the reading.</summary>
    const int MaxHeldBlocks = 2;

    /// <inheritdoc cref="MaxHeldBlocks"/>
    const int MaxHeldGranules = 8;

    HeldBatches? _held;
    int _batchesSent;
    bool _isBegun;

    // The batches before the one that is being filled, one after the other on their way to the disk or the queue; all that holds batches is theirs until they end.
    readonly Queue<Task> _holdings = new();
    Task _holding = Task.CompletedTask;

    // The staging table in the making, beside the reading: nothing is sent before it is there.
    Task _creating = Task.CompletedTask;
    BatchPlace _place;

    // Rows of this file that an earlier attempt left in the target; known once the load has begun.
    long _rowsThere;

    // What goes to disk is written here, while others read; where that has to wait, for the ledger or the disk, the reading goes on.
    async Task HoldNextAsync(double share, CancellationToken hardStop)
    {
        while (_holdings.TryPeek(out var oldest) && (oldest.IsCompleted || _holdings.Count >= (_place == BatchPlace.Granule ? MaxHeldGranules : MaxHeldBlocks)))
        {
            await _holdings.Dequeue();
        }

        var filled = _filling!;

        // Of another size where it will wait elsewhere.
        _filling = _held!.NextPlace == _place ? Load!.RentBatchLike(filled) : Load!.RentBatch();
        _holding = HoldAfterAsync(_holding, filled, share, hardStop);
        _place = _held.NextPlace;
        if (_place == BatchPlace.Memory)
        {
            await _holding;
        }
        else
        {
            _holdings.Enqueue(_holding);
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

    async Task SendRestAsync(CancellationToken hardStop)
    {
        var load = Load!;
        if (_isBegun)
        {
            ApplyPlanned(hardStop);
        }

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

            ApplyPlanned(hardStop);
        }

        await SendHeldAsync(hardStop);
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

    // The target is made as the plan has it beside what is written and sent last: what the settler finds done takes it no time.
    void ApplyPlanned(CancellationToken hardStop)
    {
        if (Load!.Staging is not null && _rowsThere == 0)
        {
            Load.Applying = ApplyPlannedAsync(Load, hardStop);
        }
    }

    async Task<AppliedTarget> ApplyPlannedAsync(FileLoad load, CancellationToken hardStop)
    {
        var target = await reading.Destination.RunAsync(token => reading.Catalog.ApplyPlannedAsync(load.Schema, token), hardStop);
        return new AppliedTarget(target, reading.Time.GetTimestamp());
    }

    async Task<bool> TargetFitsAsync(FileLoad load, CancellationToken hardStop)
    {
        load.Target = await reading.Destination.RunAsync(token => reading.Catalog.ApplyAsync(load.Schema, fresh: false, token), hardStop);
        load.InsertInto = load.Schema.Target;
        return load.Schema.Fits(load.Target);
    }
}
