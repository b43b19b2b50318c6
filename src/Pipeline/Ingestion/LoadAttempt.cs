using Pipeline.ClickHouse;
using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;
using Pipeline.Ledger;
using Pipeline.Loading;
using Pipeline.Quarantine;

namespace Pipeline.Ingestion;

/// <summary>
/// One attempt to read a file into one table: steps 2 to 6 of <see cref="FileReading"/>. It owns the load, the worker's share of its lease and
/// the batches that were filled and not sent; whoever runs it calls <see cref="AbandonAsync"/> when it throws. One task.
/// </summary>
sealed class LoadAttempt(FileReading reading, FileJob job, FileContent content, IFormat format, Task<ContentHash> hashing, TableProfile? whole)
{
    static readonly TimeSpan s_changedPause = TimeSpan.FromMilliseconds(500);

    readonly Queue<ColumnBatch> _held = new();
    readonly RejectTally _tally = new();
    FileLease.BatchShare? _own;
    ColumnBatch? _filling;
    int _sentBatches;
    bool _isBegun;
    long? _rowsThere;

    /// <summary>What was started at the destination; null before the plan is made.</summary>
    public FileLoad? Load { get; private set; }

    /// <summary>Reads the file. Null: a value does not fit its inferred type, or the sample cannot tell; nothing of this attempt is left.</summary>
    public async Task<ReadOutcome?> RunAsync(CancellationToken hardStop)
    {
        await using var stream = content.OpenRead();
        await using var reader = await format.OpenAsync(stream, reading.OptionsFor(job), hardStop);
        using var first = reading.NewBlock(reader, content);
        using var second = reading.NewBlock(reader, content);
        if (!await reader.ReadAsync(first, hardStop))
        {
            job.ContentHash = await hashing;
            return content.HasChanged ? Changed() : new ReadOutcome.Ended(new SettledFile.Empty(job));
        }

        // Step 2
        var names = RejectsFile.DataColumns(job.Request.Path, reader.ColumnNames);
        job.Repairs = RejectsFile.Repairs(job.Request.Path, reader.ColumnNames);
        var hasMore = await reader.ReadAsync(second, hardStop);
        var profile = whole;
        if (profile is null)
        {
            profile = new TableProfile(reader.ColumnNames.Count);
            profile.Observe(first);
        }

        // Step 3
        var inferred = profile.Infer();
        var target = reading.TargetOf(job);
        var existing = await reading.Destination.RunAsync(token => reading.Catalog.DescribeAsync(target, token), hardStop);
        var schema = LoadPlanner.Plan(target, existing, job.Options, names, inferred);
        if (whole is null && hasMore && schema.Columns.Any(c => inferred[c.Source].IsOpen && (c.IsInferred || inferred[c.Source].Values > 0)))
        {
            return null;
        }

        (var lease, _own) = FileLease.Open();
        Load = new FileLoad(job, schema, lease) { Target = existing };
        _filling = Load.RentBatch();
        using var typer = new RowTyper([.. schema.Columns.Select(PlanOf)], first.MaxRows);

        // Step 4: while one block is typed, the next one is read.
        var (current, next) = (first, second);
        for (var isFirst = true; ; isFirst = false)
        {
            var readingNext = isFirst ? Task.FromResult(hasMore) : hasMore ? Task.Run(() => reader.ReadAsync(next, hardStop).AsTask(), hardStop) : Task.FromResult(false);
            try
            {
                if (typer.Append(current, _filling, this) is { } widening)
                {
                    reading.Widened(job, widening);
                    await AbandonAsync();
                    await reading.DropStagingAsync(Load, hardStop);
                    return null;
                }

                Load.RowsRead += current.RowCount;
                if (job.Options.OnBadRow == OnBadRow.FailFile && _tally.First is { } bad)
                {
                    return await RefuseAsync(FileProblems.BadRow(bad.Code, bad.Message, bad.Line, bad.Column));
                }

                if (Load.Lease.IsLost)
                {
                    break;
                }

                if (_filling.RowCount >= reading.Ingestion.MaxBatchRows || _filling.ByteSize >= reading.Ingestion.MaxBatchBytes)
                {
                    await HoldAsync(hardStop);
                    if (_ended is { } ended)
                    {
                        return ended;
                    }
                }

                job.Request.Progress?.Invoke(content.BytesRead(stream), Load.RowsRead);
            }
            finally
            {
                hasMore = await readingNext;
            }

            if (!hasMore)
            {
                break;
            }

            (current, next) = (next, current);
        }

        return await FinishAsync(reader, inferred, hardStop);
    }
}
