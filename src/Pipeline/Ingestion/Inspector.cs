using Pipeline.Columnar;
using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;
using Pipeline.Ingestion.Containers;
using Pipeline.Loading;

namespace Pipeline.Ingestion;

/// <summary>What a file is, found out without loading it: the object that <c>inspect --json</c> prints.</summary>
public sealed record Inspection
{
    public required string File { get; init; }

    public string? Format { get; init; }

    /// <summary><c>none</c>, <c>gzip</c>, ….</summary>
    public string? Compression { get; init; }

    public string? Encoding { get; init; }

    public Dialect? Dialect { get; init; }

    public long Rows { get; init; }

    public IReadOnlyList<InspectedColumn> Columns { get; init; } = [];

    /// <summary>The first rows as they would be stored, as text, a list per row; null is a null.</summary>
    public IReadOnlyList<IReadOnlyList<string?>> Preview { get; init; } = [];

    public IReadOnlyList<FormatWarning> Warnings { get; init; } = [];

    /// <summary>0 to 1.</summary>
    public double Confidence { get; init; }

    /// <summary>Why the format, and what else it might have been.</summary>
    public string? Evidence { get; init; }

    /// <summary>Why the file would be refused as a whole; null when it would load.</summary>
    public FileResultError? Error { get; init; }
}

/// <summary>A column by its values alone.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Type">ClickHouse type, without Nullable.</param>
/// <param name="Nullable">Whether nulls were seen.</param>
/// <param name="Evidence">Why this type.</param>
/// <param name="OriginalName">Its name in the file.</param>
public sealed record InspectedColumn(string Name, string Type, bool Nullable, string Evidence, string OriginalName);

/// <summary>
/// Looks at whole files: every value takes part in the types, as it would in a load. Needs no home and leaves nothing behind. Dispose it
/// when nothing is looked at any more. One task.
/// </summary>
public sealed class Inspector : IDisposable
{
    const int PreviewRows = 10;

    // For what must lie on a disk while it is read: large members of archives.
    readonly string _temporary = Directory.CreateTempSubdirectory("pipeline-inspect-").FullName;
    readonly ContainerWalk _walk;

    /// <param name="options">The configuration.</param>
    /// <param name="columnar">Asked only for files that an engine reads.</param>
    public Inspector(PipelineOptions options, ColumnarReader columnar)
    {
        var (format, compression) = ReadingLimits.From(options);
        Columnar = columnar;
        Rows = new RowSource(format, columnar);
        _walk = new ContainerWalk(
            new DatasetResolver(options.Datasets), new ContainerOptions(format.Limits, compression, options.Limits.MaxArchiveMembers, _temporary));
    }

    internal RowSource Rows { get; }

    ColumnarReader Columnar { get; }

    /// <summary>
    /// The file, or each of the files in it (<c>archive.zip!/orders.csv</c>), and what is damaged about the archive itself. Never throws for
    /// what the file is or says: that stands in <see cref="Inspection.Error"/>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    public IAsyncEnumerable<Inspection> InspectAsync(string path, CancellationToken cancellationToken) =>
        WalkAsync(new FileToLoad(path, Path.GetFileName(path)), null, cancellationToken)
            .Select(async (table, token) => table.Ended ?? await InspectAsync(table, token));

    public void Dispose() => Directory.Delete(_temporary, recursive: true);

    /// <summary>The tables of a file, each to be looked at before the next is asked for.</summary>
    internal IAsyncEnumerable<WalkedTable> WalkAsync(FileToLoad file, string? dataset, CancellationToken cancellationToken) => _walk.WalkAsync(
        new FileRequest { Path = file.Path, RelativePath = file.RelativePath, DetectedAt = DateTimeOffset.UnixEpoch, Dataset = dataset }, cancellationToken);

    /// <summary>One table that has content.</summary>
    internal async Task<Inspection> InspectAsync(WalkedTable table, CancellationToken cancellationToken)
    {
        var content = table.Content!;
        var file = new Inspection { File = table.Path };
        try
        {
            file = file with { Compression = ContentCompression.Name(content.Compression) };
            if (content is { HeadIsWhole: true, Head.Length: 0 })
            {
                return file with { Evidence = "The file is empty.", Confidence = 1 };
            }

            var detected = FormatDetector.Detect(content, withRunnerUp: true);
            file = file with
            {
                Format = detected.Format.Name,
                Confidence = detected.Confidence,
                Evidence = detected.RunnerUp is null ? detected.Evidence : $"{detected.Evidence.TrimEnd('.')}. Otherwise {detected.RunnerUp}",
            };
            return detected.Format is ColumnarFormat format
                ? await ReadColumnarAsync(file, content, format, cancellationToken)
                : await ReadAsync(file, content, (IFormat)detected.Format, Rows.OptionsFor(table.Options, table.Sheet, null, detected.Findings), cancellationToken);
        }
        catch (Exception e) when (FileContent.AsBadFile(e, table.Path) is not null)
        {
            return Refused(file, e);
        }
    }

    internal static Inspection Refused(Inspection file, Exception e)
    {
        var bad = FileContent.AsBadFile(e, file.File)!;
        return file with { Error = new FileResultError(bad.Code.Name(), bad.Message, bad.Line, bad.Column) };
    }

    async Task<Inspection> ReadColumnarAsync(Inspection file, FileContent content, ColumnarFormat format, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadOnceAsync();
        }
        catch (ReadInterruptedException)
        {
            // The second time it is read or refused.
            return await ReadOnceAsync();
        }

        async Task<Inspection> ReadOnceAsync()
        {
            await using var rows = await Columnar.OpenAsync(content, format, cancellationToken);
            return await rows.InspectAsync(file, PreviewRows);
        }
    }

    async Task<Inspection> ReadAsync(
        Inspection file, FileContent content, IFormat format, FormatOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var (read, profile) = await ReadAsync(file, content, format, options, new List<FormatWarning>(), cancellationToken);
            return read.Rows == 0 ? read : read with { Preview = await PreviewAsync(content, format, options, profile, cancellationToken) };
        }
        catch (ColumnsGrewException e)
        {
            return await ReadAsync(file, content, format, options with { Learned = e.Learned }, cancellationToken);
        }
    }

    static async Task<(Inspection File, TableProfile Profile)> ReadAsync(
        Inspection file, FileContent content, IFormat format, FormatOptions options, List<FormatWarning> faults, CancellationToken cancellationToken)
    {
        const int MaxFaults = 100;
        await using var stream = content.OpenRead();
        await using var reader = await format.OpenAsync(stream, options, cancellationToken);
        using var block = RowSource.NewBlock(reader, content, options);
        var profile = new TableProfile(reader.ColumnNames);
        long rows = 0;
        while (await reader.ReadAsync(block, cancellationToken))
        {
            profile.Observe(block);
            rows += block.RowCount;
            faults.AddRange(block.Faults.Take(MaxFaults - faults.Count).Select(f => new FormatWarning(f.Code.Name(), f.Message, block.Lines[f.Row])));
        }

        var names = ColumnNaming.MakeSafe(reader.ColumnNames);
        var read = file with
        {
            Encoding = reader.Encoding,
            Dialect = reader.Dialect,
            Rows = rows,
            Warnings = [.. reader.Warnings, .. faults],
            Columns =
            [
                .. profile.Infer().Select((column, i) => new InspectedColumn(
                    names[i], (column.Type is NullableType nullable ? nullable.Inner : column.Type).Name, column.Nullable, column.Evidence, reader.ColumnNames[i])),
            ],
        };
        return (read, profile);
    }

    // The first rows as a table of their own would store them.
    async Task<IReadOnlyList<IReadOnlyList<string?>>> PreviewAsync(
        FileContent content, IFormat format, FormatOptions options, TableProfile profile, CancellationToken cancellationToken)
    {
        await using var rows = await Rows.OpenAsync(content, format, options, profile, cancellationToken);
        var evidence = (await rows.InferAsync())!;
        var schema = LoadPlanner.Plan(new TableName("", ""), null, new DatasetOptions(), rows.ColumnNames, evidence.Columns);
        await rows.StartAsync(schema);
        var batch = schema.NewBatch();
        var rejects = new RejectTally();
        while (batch.RowCount < PreviewRows && await rows.AppendAsync(batch, rejects) is { } appended)
        {
            if (appended.Mismatch is { } mismatch)
            {
                throw new InvalidOperationException($"A value does not fit the types inferred from the whole file: {mismatch.Column}, line {mismatch.Line}.");
            }
        }

        return
        [
            .. Enumerable.Range(0, Math.Min(PreviewRows, batch.RowCount)).Select(row => batch.Columns.Select(c => CellText.Of(c, row)).ToList()),
        ];
    }
}
