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
sealed partial class LoadAttempt(
    FileReading reading,
    FileJob job,
    FileContent content,
    DetectedFormat detected,
    ContentHashing hashing,
    BatchQueue batches,
    TableProfile? whole)
{
    FileLease.BatchShare? _own;
    RejectSink? _rejects;
    ColumnBatch? _filling;

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
        while (_ended is null && !Load.Lease.IsLost && await rows.AppendAsync(_filling!, _rejects!, _place == BatchPlace.Granule) is { } appended)
        {
            if (appended.Mismatch is { } widening)
            {
                reading.SayWidened(job, widening);
                await AbandonAsync();
                await reading.DropStagingAsync(Load, hardStop);
                return null;
            }

            _filling = appended.Exchanged ?? _filling;
            Load.RowsRead += appended.Rows;
            if (FileProblems.OfBadRow(job.Options, _rejects!.First) is { } bad)
            {
                await AbandonAsync();
                return Refused(bad);
            }

            if (reading.Ingestion.IsFilled(_filling!, _place))
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
        await ((Task?)Load?.Applying ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
        _place = _held.FirstPlace;
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

    ReadOutcome Refused(FileProblem problem) => new ReadOutcome.Ended(new SettledFile.Refused(job, problem, Load));
}
