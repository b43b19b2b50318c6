using Pipeline.Formats;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Delimited;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;
using Pipeline.Loading;

namespace Pipeline.Ingestion;

/// <summary>
/// Rows of a text-like file: records that are cut and typed here (<see cref="ParallelTyping"/>). Types come from the first block, or from a profile of the whole file where there is one.
/// </summary>
sealed class TextRows : FileRows
{
    readonly FileContent _content;
    readonly Stream _stream;
    readonly RecordReader _reader;
    readonly ParallelTyping _blocks;
    readonly TableProfile? _whole;

    TextRows(FileContent content, Stream stream, RecordReader reader, ParallelTyping blocks, TableProfile? whole)
    {
        _content = content;
        _stream = stream;
        _reader = reader;
        _blocks = blocks;
        _whole = whole;
    }

    public override IReadOnlyList<string> ColumnNames => _reader.ColumnNames;

    public override long SkippedRows => _reader.SkippedRecords;

    public override IReadOnlyList<FormatWarning> Warnings =>
        _blocks.Warnings is { Count: > 0 } ofTypes ? [.. _reader.Warnings, .. ofTypes] : _reader.Warnings;

    public override long RawBytesRead => _content.RawBytesRead;

    /// <summary>What this file teaches about the small files of its kind; null when nothing.</summary>
    public KnownLayout? LayoutAfter(KnownLayout? before) => _content.HeadIsWhole ? KnownLayout.Learn(_reader, _content.Head.Span, before) : null;

    /// <exception cref="BadFileException">The content cannot be a table of this format.</exception>
    public static async Task<TextRows> OpenAsync(
        FileContent content, IFormat format, FormatOptions options, Func<RecordReader, ParallelTyping> typing, TableProfile? whole,
        CancellationToken cancellationToken)
    {
        var stream = content.OpenRead();
        try
        {
            var reader = await format.OpenAsync(stream, options, cancellationToken);
            return new TextRows(content, stream, reader, typing(reader), whole);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    public override async Task<RowsEvidence?> InferAsync()
    {
        if (await _blocks.ReadFirstAsync() is not { } first)
        {
            return null;
        }

        if (_whole is not null)
        {
            return new RowsEvidence(_whole.Infer(), IsComplete: true);
        }

        using var profile = new TableProfile(_reader.ColumnNames);
        profile.Observe(first);
        return new RowsEvidence(profile.Infer(), IsComplete: !await _blocks.HasSecondAsync());
    }

    public override Task StartAsync(LoadSchema schema)
    {
        _blocks.Start([.. schema.Columns.Select(PlanOf)], schema.NewBatch);
        return Task.CompletedTask;
    }

    public override async ValueTask<AppendedRows?> AppendAsync(ColumnBatch batch, IRejectSink rejects, bool mayExchange = false)
    {
        var appended = await _blocks.AppendNextAsync(batch, rejects, mayExchange);
        if (appended is null)
        {
            // Hundreds of small files wait for the ledger from here on; others read meanwhile, with this memory.
            await _blocks.DisposeAsync();
        }

        return appended;
    }

    public override async ValueTask DisposeAsync()
    {
        await _blocks.DisposeAsync();
        await _reader.DisposeAsync();
        await _stream.DisposeAsync();
    }

    static ColumnPlan PlanOf(PlannedColumn column) => new(column.Name, column.Type, column.Source)
    {
        Form = column.Form,
        Inferred = column.IsInferred,
        Rules = column.Rules is { } rules
            ? new ColumnRules
            {
                Required = rules.Required,
                Min = rules.Min,
                Max = rules.Max,
                Pattern = rules.Pattern,
                In = rules.In.Count == 0 ? null : rules.In,
            }
            : null,
    };
}
