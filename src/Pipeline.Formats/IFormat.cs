using Pipeline.Formats.Delimited;
using Pipeline.Formats.Records;

namespace Pipeline.Formats;

/// <summary>What a format sees of a file before it says how likely it is the right one.</summary>
/// <param name="FileName">Name of the file without folders and without a compression suffix; the weakest evidence.</param>
/// <param name="Head">First bytes of the decompressed content (up to <see cref="FormatLimits.HeadSampleBytes"/>).</param>
/// <param name="IsWhole">True when <paramref name="Head"/> is the whole content.</param>
public sealed record FormatProbe(string FileName, ReadOnlyMemory<byte> Head, bool IsWhole)
{
    /// <summary>The layout of small files of the same kind that were read before; null when none is known.</summary>
    public KnownLayout? Known { get; init; }
}

/// <summary>A format's answer to a probe.</summary>
/// <param name="Confidence">0 (certainly not) to 1 (certainly).</param>
/// <param name="Evidence">The facts that decided, for a person.</param>
public sealed record FormatGuess(double Confidence, string Evidence)
{
    /// <summary>What the format needs to open this very content without looking at its head again; null when it keeps nothing.</summary>
    public FormatFindings? Findings { get; init; }
}

/// <summary>What a format found out about a head. Only the format itself knows what is in it.</summary>
public abstract record FormatFindings
{
    /// <summary>The content was recognised by <see cref="FormatProbe.Known"/>: there is nothing to learn from it.</summary>
    public virtual bool IsKnown => false;
}

/// <summary>Limits that keep hostile files from costing more than they may. Each has a key under <c>limits:</c> in pipeline.yaml.</summary>
public sealed record FormatLimits
{
    public static FormatLimits Default { get; } = new();

    /// <summary>Bytes read from the head for detection and sampling. 1 MiB shows thousands of rows and is read in about a millisecond.</summary>
    public int HeadSampleBytes { get; init; } = 1 << 20;

    /// <summary>The largest file, as it lies on disk. A tebibyte: a guard against what is no file of data, not against big files.</summary>
    public long MaxFileBytes { get; init; } = 1L << 40;

    /// <summary>The longest record in bytes. 64 MiB is far above any row a person made and far below what an unclosed quote can swallow.</summary>
    public int MaxRecordBytes { get; init; } = 64 << 20;

    /// <summary>The longest field in bytes. As long as a record: who wants shorter texts says so.</summary>
    public int MaxFieldBytes { get; init; } = 64 << 20;

    /// <summary>The most columns of a table. ClickHouse slows down long before 10,000.</summary>
    public int MaxColumns { get; init; } = 10_000;

    /// <summary>Deepest nesting of JSON, and of the XML in workbooks. Documents made for machines stay below 20; 128 is far from what endangers the stack.</summary>
    public int MaxNestingDepth { get; init; } = 128;

    /// <summary>The most sheets of a workbook, hidden ones included.</summary>
    public int MaxSheets { get; init; } = 10_000;

    /// <summary>
    /// The longest text, or tag with its attributes, in a part of a workbook, in bytes. An XML reader holds each as a whole. Excel ends at 32,767
    /// characters a cell; this is a hundred times that, and some tens of megabytes inside the XML reader.
    /// </summary>
    public int MaxWorkbookTextBytes { get; init; } = 8 << 20;

    /// <summary>The most decompressed bytes per compressed byte of a part of a workbook, once 64 MiB came out of it.</summary>
    public int MaxCompressionRatio { get; init; } = 1000;

    /// <summary>
    /// The most decompressed bytes of one part (a sheet, the strings) of a workbook, and of the texts of a sheet when each is counted where it stands.
    /// A full sheet of numbers has about 2 GiB.
    /// </summary>
    public long MaxWorkbookPartBytes { get; init; } = 8L << 30;

    /// <summary>The most memory that a workbook's table of strings may take; also the largest <c>.xls</c>, whose reader holds all of its texts.</summary>
    public long MaxSharedStringBytes { get; init; } = 256L << 20;

    /// <summary>The most decompressed bytes of the other parts of a workbook that must be in memory: its list of sheets, its number formats.</summary>
    public long MaxHeldPartBytes => MaxSharedStringBytes / 4;

    /// <summary>The largest workbook that is held in memory because its source cannot seek. Workbooks are zip files: their index is at the end.</summary>
    public long MaxBufferedWorkbookBytes { get; init; } = 256L << 20;
}

/// <summary>What the contract or the user fixed; everything left null is detected.</summary>
public sealed record FormatOptions
{
    public static FormatOptions Default { get; } = new();

    public FormatLimits Limits { get; init; } = FormatLimits.Default;

    /// <summary>Field delimiter of a delimited file: one ASCII character.</summary>
    public char? Delimiter { get; init; }

    /// <summary>Whether the first record is a header.</summary>
    public bool? HasHeader { get; init; }

    /// <summary>Name of the sheet of a workbook; null takes the first visible one with cells.</summary>
    public string? Sheet { get; init; }

    /// <summary>Levels of nested JSON objects that become columns (<c>a.b.c</c> is 3); what lies deeper is one column of JSON text.</summary>
    public int FlattenDepth { get; init; } = 8;

    /// <summary>Columns that an earlier reader of this very content has found; null when it is read for the first time.</summary>
    public LearnedColumns? Learned { get; init; }

    /// <summary>What <see cref="IFileFormat.Detect"/> found out about this very content; null looks again.</summary>
    public FormatFindings? Findings { get; init; }

    /// <summary>Rows a <see cref="FieldBlock"/> holds at most.</summary>
    public int BlockRows { get; init; } = 16_384;

    /// <summary>
    /// Bytes of text a <see cref="FieldBlock"/> holds at most, unless one record is longer: it is to stay in the second-level cache between
    /// cutting and typing. Debug builds take a few hundred bytes, so that the edges of buffers are met by every ordinary test.
    /// </summary>
    public int BlockBytes { get; init; } = DefaultBlockBytes;

    /// <summary>The same for the first block, whose values give the types of the columns; never less than <see cref="BlockBytes"/>.</summary>
    public int FirstBlockBytes
    {
        get => Math.Max(field, BlockBytes);
        init;
    }

#if DEBUG
    const int DefaultBlockBytes = 512;
#else
    const int DefaultBlockBytes = 1 << 20;
#endif
}

/// <summary>A file format: how it is called, and how it is recognised.</summary>
public interface IFileFormat
{
    /// <summary>Short name, also a metric label: <c>csv</c>, <c>json</c>, <c>parquet</c>.</summary>
    string Name { get; }

    /// <summary>How likely the content is of this format. Pure; never throws.</summary>
    FormatGuess Detect(FormatProbe probe);
}

/// <summary>A text-like file format: bytes in, records out. The list of formats is <see cref="FormatCatalog.All"/>.</summary>
public interface IFormat : IFileFormat
{
    /// <summary>
    /// Opens decompressed content for reading. The stream is the caller's to dispose, after the reader. The first bytes are read here,
    /// so that <see cref="RecordReader.ColumnNames"/> and <see cref="RecordReader.Dialect"/> are known on return.
    /// </summary>
    /// <exception cref="BadFileException">The content cannot be a table of this format.</exception>
    ValueTask<RecordReader> OpenAsync(Stream content, FormatOptions options, CancellationToken cancellationToken);
}
