using Pipeline.Columnar;
using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;
using Pipeline.Ingestion.Containers;

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

    /// <summary>The first rows as text, a list per row; null is a null.</summary>
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

/// <summary>Looks at whole files: every value takes part in the types, as it would in a load.</summary>
public static class Inspector
{
    const int PreviewRows = 10;

    /// <summary>
    /// The file, or each of the files in it (<c>archive.zip!/orders.csv</c>), and what is damaged about the archive itself. Never throws for
    /// what the file is or says: that stands in <see cref="Inspection.Error"/>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">The configuration.</param>
    /// <param name="columnar">Asked only for files that an engine reads.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    public static IAsyncEnumerable<Inspection> InspectAsync(
        string path, PipelineOptions options, ColumnarReader columnar, CancellationToken cancellationToken) =>
        ContainerInspector.InspectAsync(path, options, columnar, cancellationToken);

    /// <summary>One table: a file, or a member of one. The content is the caller's.</summary>
    internal static async Task<Inspection> InspectAsync(
        string path, FileContent content, DatasetOptions dataset, string? sheet, FormatOptions formatOptions, ColumnarReader columnar,
        CancellationToken cancellationToken)
    {
        var file = new Inspection { File = path };
        try
        {
            file = file with { Compression = ContentCompression.Name(content.Compression) };
            if (content is { HeadIsWhole: true, Head.Length: 0 })
            {
                return file with { Evidence = "The file is empty.", Confidence = 1 };
            }

            var detected = FormatDetector.Detect(new FormatProbe(content.InnerName, content.Head, content.HeadIsWhole));
            file = file with
            {
                Format = detected.Format.Name,
                Confidence = detected.Confidence,
                Evidence = detected.RunnerUp is null ? detected.Evidence : $"{detected.Evidence} Otherwise {detected.RunnerUp}",
            };
            if (detected.Format is ColumnarFormat format)
            {
                return await ReadColumnarAsync(file, columnar, content, format, cancellationToken);
            }

            return await ReadAsync(
                file, content, (IFormat)detected.Format,
                formatOptions with { Delimiter = dataset.Delimiter, HasHeader = dataset.Header, Sheet = sheet ?? dataset.Sheet }, cancellationToken);
        }
        catch (Exception e) when ((e as BadFileException ?? FileContent.AsBadFile(e, path)) is not null)
        {
            return Refused(file, e);
        }
    }

    internal static Inspection Refused(Inspection file, Exception e)
    {
        var bad = e as BadFileException ?? FileContent.AsBadFile(e, file.File)!;
        return file with { Error = new FileResultError(bad.Code.Name(), bad.Message, bad.Line, bad.Column) };
    }

    static async Task<Inspection> ReadAsync(
        Inspection file, FileContent content, IFormat format, FormatOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = content.OpenRead();
            await using var reader = await format.OpenAsync(stream, options, cancellationToken);
            using var block = FileReading.NewBlock(reader, content, options);
            return await ReadAsync(file, reader, block, cancellationToken);
        }
        catch (ColumnsGrewException e)
        {
            return await ReadAsync(file, content, format, options with { Learned = e.Learned }, cancellationToken);
        }
    }

    static async Task<Inspection> ReadColumnarAsync(
        Inspection file, ColumnarReader columnar, FileContent content, ColumnarFormat format, CancellationToken cancellationToken)
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
            await using var rows = await columnar.OpenAsync(content, format, cancellationToken);
            return await rows.InspectAsync(file, PreviewRows);
        }
    }

    static async Task<Inspection> ReadAsync(Inspection file, RecordReader reader, FieldBlock block, CancellationToken cancellationToken)
    {
        var profile = new TableProfile(reader.ColumnNames.Count);
        var preview = new List<IReadOnlyList<string?>>();
        var faults = new List<FormatWarning>();
        long rows = 0;
        while (await reader.ReadAsync(block, cancellationToken))
        {
            profile.Observe(block);
            rows += block.RowCount;
            faults.AddRange(block.Faults.Take(Math.Max(0, 100 - faults.Count)).Select(f => new FormatWarning(f.Code.Name(), f.Message, block.Lines[f.Row])));
            for (var row = 0; row < block.RowCount && preview.Count < PreviewRows; row++)
            {
                preview.Add([.. Enumerable.Range(0, block.ColumnCount).Select(c => TextOf(block, block.Column(c)[row]))]);
            }
        }

        var names = ColumnNaming.MakeSafe(reader.ColumnNames);
        return file with
        {
            Encoding = reader.Encoding,
            Dialect = reader.Dialect,
            Rows = rows,
            Preview = preview,
            Warnings = [.. reader.Warnings, .. faults],
            Columns =
            [
                .. profile.Infer().Select((column, i) => new InspectedColumn(
                    names[i], (column.Type is NullableType nullable ? nullable.Inner : column.Type).Name, column.Nullable, column.Evidence, reader.ColumnNames[i])),
            ],
        };
    }

    static string? TextOf(FieldBlock block, Field field) =>
        field.Kind == FieldKind.Null ? null : System.Text.Encoding.UTF8.GetString(block.Bytes(field));
}
