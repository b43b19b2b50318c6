using Pipeline.Columnar;
using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;

namespace Pipeline.Ingestion;

/// <summary>Opens the rows of a file, in one way for whoever wants them: a load, a plan, a look. Any task.</summary>
/// <param name="format">Limits and sizes for all files.</param>
/// <param name="columnar">Reads the files that the engine reads.</param>
sealed class RowSource(FormatOptions format, ColumnarReader columnar)
{
    /// <summary>Fields of a block at most: 16 MiB of positions, however many columns.</summary>
    const int MaxBlockFields = 2 << 20;

    /// <summary>Content up to this size is cut where it is typed: asking another core would cost more than it saves.</summary>
    const int MaxInlineBytes = 64 << 10;

    /// <summary>Content that is cut where it is typed is one block nearly always: the second is there to show that nothing follows.</summary>
    const int MaxRowsBehind = 16;

    /// <summary>What is known beforehand about a file of this dataset.</summary>
    /// <param name="dataset">Its contract.</param>
    /// <param name="sheet">The sheet that the file is, where it is one of several.</param>
    /// <param name="learned">What an earlier attempt found out about its columns.</param>
    /// <param name="findings">What detection found out about its head.</param>
    public FormatOptions OptionsFor(DatasetOptions dataset, string? sheet, LearnedColumns? learned, FormatFindings? findings) => format with
    {
        Delimiter = dataset.Delimiter,
        HasHeader = dataset.Header,
        Sheet = sheet ?? dataset.Sheet,
        Learned = learned,
        Findings = findings,
    };

    /// <summary>The rows, by whichever way the format is read.</summary>
    /// <param name="whole">A profile of all values; null: types come from the first block.</param>
    /// <exception cref="BadFileException">The content cannot be a table of this format.</exception>
    public async Task<FileRows> OpenAsync(
        FileContent content, IFileFormat format, FormatOptions options, TableProfile? whole, CancellationToken cancellationToken) =>
        format is ColumnarFormat file
            ? await columnar.OpenAsync(content, file, cancellationToken)
            : await TextRows.OpenAsync(content, (IFormat)format, options, reader => TypingOf(reader, content, options, cancellationToken), whole, cancellationToken);

    /// <summary>What every value of a text-like file says about the types.</summary>
    public static async Task<TableProfile> ProfileAsync(
        FileContent content, IFormat format, FormatOptions options, CancellationToken cancellationToken)
    {
        await using var stream = content.OpenRead();
        await using var reader = await format.OpenAsync(stream, options, cancellationToken);
        await using var blocks = BlocksOf(reader, content, options, cancellationToken);
        var profile = new TableProfile(reader.ColumnNames);
        while (await blocks.NextAsync() is { } block)
        {
            profile.Observe(block);
        }

        return profile;
    }

    /// <summary>A block that fits: never more rows than the content can hold, never more positions than <see cref="MaxBlockFields"/>.</summary>
    public static FieldBlock NewBlock(RecordReader reader, FileContent content, FormatOptions options)
    {
        var columns = reader.ColumnNames.Count;
        var rows = Math.Min(options.BlockRows, Math.Max(1, MaxBlockFields / Math.Max(1, columns)));
        return new FieldBlock(columns, content.HeadIsWhole ? Math.Min(rows, RowsAtMost(content.Head.Span)) : rows);
    }

    static ReadAhead BlocksOf(RecordReader reader, FileContent content, FormatOptions options, CancellationToken cancellationToken)
    {
        var first = NewBlock(reader, content, options);
        return new ReadAhead(reader, NewBlockBehind(first, reader, content, options), first, FreeCores(content), cancellationToken);
    }

    static ParallelTyping TypingOf(RecordReader reader, FileContent content, FormatOptions options, CancellationToken cancellationToken)
    {
        var first = NewBlock(reader, content, options);
        return new ParallelTyping(reader, first, () => NewBlockBehind(first, reader, content, options), FreeCores(content), cancellationToken);
    }

    static FieldBlock NewBlockBehind(FieldBlock first, RecordReader reader, FileContent content, FormatOptions options) =>
        IsInline(content) ? new FieldBlock(first.ColumnCount, Math.Min(first.MaxRows, MaxRowsBehind)) : NewBlock(reader, content, options);

    // One core types, another one may be hashing. Null: what is small takes no longer than to ask another one.
    static Func<int>? FreeCores(FileContent content) => IsInline(content) ? null : () => Environment.ProcessorCount - (content.IsBeingHashed ? 2 : 1);

    static bool IsInline(FileContent content) => content.HeadIsWhole && content.Head.Length <= MaxInlineBytes;

    // By its line breaks, where it has any; records without them take two bytes at least. Too few only makes more blocks.
    static int RowsAtMost(ReadOnlySpan<byte> content)
    {
        var lines = content.Count((byte)'\n') + content.Count((byte)'\r');
        return lines > 1 ? lines + 1 : (content.Length / 2) + 1;
    }
}
