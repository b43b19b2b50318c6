using System.Runtime.CompilerServices;
using Pipeline.ClickHouse;
using Pipeline.Columnar;
using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;
using Pipeline.Ingestion.Containers;
using Pipeline.Ledger;
using Pipeline.Loading;
using Pipeline.Quarantine;

namespace Pipeline.Ingestion;

/// <summary>
/// Says what a load of a file would do: the same steps with the same rules over all of its rows (<see cref="FileReading"/>), up to where a load would
/// write. Nothing is written: neither to the destination, nor to the ledger, nor to the home. One task.
/// </summary>
/// <param name="home">Where the quarantine is, for rejected rows that came back.</param>
/// <param name="options">The configuration.</param>
/// <param name="inspector">Looks at the files; the caller's.</param>
/// <param name="destination">Where tables are asked about; null: there are none yet.</param>
/// <param name="ledger">Knows what is loaded; null: nothing is.</param>
public sealed class FilePlanner(PipelineHome home, PipelineOptions options, Inspector inspector, ClickHouseClient? destination, ILedger? ledger)
{
    readonly TableCatalog? _catalog = destination is null ? null : new TableCatalog(destination);

    /// <summary>The plan of a file, or of each of the files in it. Never throws for what the file is or says.</summary>
    /// <param name="file">The file.</param>
    /// <param name="dataset">Dataset by name; null: by folder or file name.</param>
    /// <param name="cancellationToken">Ends the planning.</param>
    /// <exception cref="ClickHouseException">The destination cannot be asked.</exception>
    public async IAsyncEnumerable<FilePlan> PlanAsync(
        FileToLoad file, string? dataset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var table in inspector.WalkAsync(file, dataset, cancellationToken))
        {
            var inspection = table.Ended ?? await inspector.InspectAsync(table, cancellationToken);
            var plan = new FilePlan
            {
                File = inspection,
                Dataset = table.Dataset,
                Table = TargetOf(table).Display,
                Action = inspection.Error is null ? PlanAction.Empty : PlanAction.Refuse,
                Error = inspection.Error,
            };
            yield return inspection.Error is not null || inspection.Rows == 0 ? plan : await PlanAsync(table, plan, cancellationToken);
        }
    }

    TableName TargetOf(WalkedTable table) => TableName.Parse(table.Options.Table ?? table.Dataset, options.Clickhouse.Database);

    async Task<FilePlan> PlanAsync(WalkedTable table, FilePlan plan, CancellationToken cancellationToken)
    {
        try
        {
            return await PlanRowsAsync(table, plan, cancellationToken);
        }
        catch (Exception e) when (FileContent.AsBadFile(e, table.Path) is { } bad)
        {
            return plan with { Action = PlanAction.Refuse, Error = FileResultError.From(FileProblems.BadFile(bad, "plan")) };
        }
    }

    // The attempts of a load: with types from the first rows, from all of them, with columns that only all of them show.
    async Task<FilePlan> PlanRowsAsync(WalkedTable table, FilePlan plan, CancellationToken cancellationToken)
    {
        var content = table.Content!;
        var detected = FormatDetector.Detect(content);
        var format = detected.Format;
        LearnedColumns? learned = null;
        TableProfile? whole = null;
        var mayBeInterrupted = true;
        while (true)
        {
            var reading = inspector.Rows.OptionsFor(table.Options, table.Sheet, learned, detected.Findings);
            try
            {
                if (await TryAsync(table, plan, format, reading, whole, cancellationToken) is { } planned)
                {
                    return planned;
                }

                whole = whole is null
                    ? await RowSource.ProfileAsync(content, (IFormat)format, reading, cancellationToken)
                    : throw new InvalidOperationException("A value does not fit the types inferred from the whole file: inference and typing disagree.");
            }
            catch (ColumnsGrewException e)
            {
                (learned, whole) = (e.Learned, null);
            }
            catch (ReadInterruptedException) when (mayBeInterrupted)
            {
                // The second time it is read or refused.
                mayBeInterrupted = false;
            }
        }
    }

    // Null: a value does not fit its inferred type, or the first rows cannot tell.
    async Task<FilePlan?> TryAsync(
        WalkedTable table, FilePlan plan, IFileFormat format, FormatOptions reading, TableProfile? whole, CancellationToken cancellationToken)
    {
        var content = table.Content!;
        await using var rows = await inspector.Rows.OpenAsync(content, format, reading, whole, cancellationToken);
        if (await rows.InferAsync() is not { } evidence)
        {
            return plan;
        }

        var rejects = table.Path == content.FilePath
            ? await RejectsFile.TryOpenAsync(table.Path, home.QuarantineFolder, table.Dataset, cancellationToken)
            : null;
        var names = RejectsFile.ColumnsOf(rejects, rows.ColumnNames);
        var target = TargetOf(table);
        var existing = _catalog is null ? null : await _catalog.DescribeAsync(target, cancellationToken);
        var schema = LoadPlanner.Plan(target, existing, table.Options, names, evidence.Columns);
        if (!evidence.Decides(schema))
        {
            return null;
        }

        // Content whose table was dropped is a duplicate of nothing.
        return existing is not null && await FindLoadedAsync(table, cancellationToken) is { } loaded
            ? plan with { Action = PlanAction.Duplicate, DuplicateOf = loaded.Path }
            : await TypeAsync(rows, schema, plan);
    }

    static async Task<FilePlan?> TypeAsync(FileRows rows, LoadSchema schema, FilePlan plan)
    {
        await rows.StartAsync(schema);
        var batch = schema.NewBatch();
        var rejects = new RejectTally();
        long read = 0;
        long loaded = 0;
        while (await rows.AppendAsync(batch, rejects) is { } appended)
        {
            if (appended.Mismatch is not null)
            {
                return null;
            }

            read += appended.Rows;
            loaded += batch.RowCount;
            batch.Clear();
        }

        var problem = FileProblems.OfBadRow(schema.Dataset, rejects.First)
            ?? FileProblems.OfBadRows(schema.Dataset, rejects.Count, read + rows.SkippedRows, rejects.First);
        IReadOnlyList<string> statements = problem is null ? [.. schema.ChangesTo(schema.Existing)] : [];
        return plan with
        {
            Action = problem is not null ? PlanAction.Refuse
                : schema.Existing is null ? PlanAction.Create
                : statements.Count > 0 ? PlanAction.Alter
                : PlanAction.Append,
            Statements = statements,
            RowsLoaded = loaded,
            RowsRejected = rejects.Count,
            Rejects = [.. rejects.ByCode.OrderByDescending(c => c.Count).Select(c => new PlannedReject(c.Code.Name(), c.Count, c.First.Line, c.First.Message))],
            Error = problem is null ? null : FileResultError.From(problem),
        };
    }

    async Task<LedgerEntry?> FindLoadedAsync(WalkedTable table, CancellationToken cancellationToken)
    {
        if (ledger is null)
        {
            return null;
        }

        // Generations rise by one with each load of the same content.
        var hash = await table.Content!.HashAsync(cancellationToken);
        for (var generation = 0; await ledger.FindByFileIdAsync(FileId.Of(hash, table.Dataset, generation)) is { } entry; generation++)
        {
            if (entry.State is FileState.Loaded or FileState.Archived)
            {
                return entry;
            }
        }

        return null;
    }
}
