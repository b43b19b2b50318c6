using Pipeline.Formats;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Delimited;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;
using Pipeline.Loading;

namespace Pipeline.Ingestion;

/// <summary>
/// Rows of a text-like file: records that are cut ahead (<see cref="ReadAhead"/>) and typed here (<see cref="RowTyper"/>). Types come from
/// the first block, or from a profile of the whole file where there is one.
/// </summary>
sealed class TextRows : FileRows
{
    readonly FileContent _content;
    readonly Stream _stream;
    readonly RecordReader _reader;
    readonly ReadAhead _blocks;
    readonly Func<int>? _freeCores;
    readonly TableProfile? _whole;

    // The block that InferAsync looked at, until it is typed.
    FieldBlock? _first;
    RowTyper? _typer;

    TextRows(FileContent content, Stream stream, RecordReader reader, ReadAhead blocks, Func<int>? freeCores, TableProfile? whole)
    {
        _content = content;
        _stream = stream;
        _reader = reader;
        _blocks = blocks;
        _freeCores = freeCores;
        _whole = whole;
    }

    public override IReadOnlyList<string> ColumnNames => _reader.ColumnNames;

    public override long SkippedRows => _reader.SkippedRecords;

    public override IReadOnlyList<FormatWarning> Warnings =>
        _typer?.Warnings is { Count: > 0 } ofTypes ? [.. _reader.Warnings, .. ofTypes] : _reader.Warnings;

    public override long RawBytesRead => _content.RawBytesRead;

    /// <summary>What this file teaches about the small files of its kind; null when nothing.</summary>
    public KnownLayout? LayoutAfter(KnownLayout? before) => _content.HeadIsWhole ? KnownLayout.Learn(_reader, _content.Head.Span, before) : null;

    /// <exception cref="BadFileException">The content cannot be a table of this format.</exception>
    public static async Task<TextRows> OpenAsync(
        FileContent content, IFormat format, FormatOptions options, Func<RecordReader, ReadAhead> readAhead, Func<int>? freeCores, TableProfile? whole,
        CancellationToken cancellationToken)
    {
        var stream = content.OpenRead();
        try
        {
            var reader = await format.OpenAsync(stream, options, cancellationToken);
            return new TextRows(content, stream, reader, readAhead(reader), freeCores, whole);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    public override async Task<RowsEvidence?> InferAsync()
    {
        _first = await _blocks.NextAsync();
        if (_first is null)
        {
            return null;
        }

        if (_whole is not null)
        {
            return new RowsEvidence(_whole.Infer(), IsComplete: true);
        }

        using var profile = new TableProfile(_reader.ColumnNames);
        profile.Observe(_first);
        return new RowsEvidence(profile.Infer(), IsComplete: !await _blocks.HasMoreAsync());
    }

    public override Task StartAsync(LoadSchema schema)
    {
        _typer = new RowTyper([.. schema.Columns.Select(PlanOf)], _freeCores);
        return Task.CompletedTask;
    }

    public override async ValueTask<AppendedRows?> AppendAsync(ColumnBatch batch, IRejectSink rejects)
    {
        var block = _first ?? await _blocks.NextAsync();
        _first = null;
        if (block is null)
        {
            // Hundreds of small files wait for the ledger from here on; others read meanwhile, with this memory.
            await _blocks.DisposeAsync();
            return null;
        }

        return new AppendedRows(block.RowCount, _typer!.Append(block, batch, rejects));
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
