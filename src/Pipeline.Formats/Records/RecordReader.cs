namespace Pipeline.Formats.Records;

/// <summary>Something worth telling a person about a file that still loads. No cell contents.</summary>
/// <param name="Code">snake_case, from a bounded set per format.</param>
/// <param name="Message">What, where, and what was done about it.</param>
/// <param name="Line">1-based line, or null when it concerns the file.</param>
public sealed record FormatWarning(string Code, string Message, long? Line);

/// <summary>
/// Cuts the content of one file into records. A reader never throws for what the content says: a bad record is a
/// <see cref="RowFault"/>, an unusable file a <see cref="FormatException"/>-derived <see cref="BadFileException"/> with a code.
/// One task uses a reader at a time.
/// </summary>
public abstract class RecordReader : IAsyncDisposable
{
    /// <summary>Names of the columns as the file has them: not yet safe, not yet unique, possibly empty.</summary>
    public abstract IReadOnlyList<string> ColumnNames { get; }

    /// <summary>What was detected, for receipts and <c>inspect</c>; null for formats without a dialect.</summary>
    public virtual Dialect? Dialect => null;

    /// <summary>Encoding of the text as it is registered with IANA, in lower case; null for formats that are not text.</summary>
    public virtual string? Encoding => null;

    /// <summary>
    /// Lines or records that were passed over on purpose (comments, repeated headers, footers), each counted once.
    /// </summary>
    public virtual long SkippedRecords => 0;

    /// <summary>What a person should know about this file; may grow while reading.</summary>
    public virtual IReadOnlyList<FormatWarning> Warnings => [];

    /// <summary>Fills the block with the records that follow. False, with an empty block, when no record is left.</summary>
    public abstract ValueTask<bool> ReadAsync(FieldBlock block, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}

/// <summary>How a delimited file is written. Shown by <c>inspect --json</c> as it stands here.</summary>
public sealed record Dialect(
    string Delimiter, string? Quote, string? Escape, bool Header, int SkipLines, string LineEnding);

/// <summary>
/// A record has a column that <see cref="RecordReader.ColumnNames"/> lacks, which formats without a header cannot know beforehand. Thrown by
/// <see cref="RecordReader.ReadAsync"/> after it has read the rest of the content for its columns: the caller forgets the rows it was given,
/// opens the content again with <c>options with { Learned = e.Learned }</c> and meets this at most once per file. It is not a fault of
/// the file.
/// </summary>
public sealed class ColumnsGrewException(LearnedColumns learned) : Exception("The content has more columns than its first part shows; open it again.")
{
    public LearnedColumns Learned { get; } = learned;
}

/// <summary>The whole file cannot be read as what it seems to be: it goes to quarantine with this code and message.</summary>
public sealed class BadFileException(
    RejectCode code, string message, long? line = null, string? column = null, long? byteOffset = null, Exception? inner = null)
    : Exception(message, inner)
{
    public RejectCode Code { get; } = code;

    /// <summary>1-based line, where known.</summary>
    public long? Line { get; } = line;

    public string? Column { get; } = column;

    /// <summary>Offset in the decompressed content, where known.</summary>
    public long? ByteOffset { get; } = byteOffset;
}
