using Pipeline.Formats.Records;

namespace Pipeline.Configuration;

/// <summary>
/// Everything a person can set, with its defaults: the keys of pipeline.yaml in PascalCase. Immutable. What a key does stands in
/// its
/// <see cref="SettingAttribute"/>; the doc comment gives the reason for the default.
/// </summary>
public sealed record PipelineOptions
{
    [Setting("Where things lie. Relative paths start at the home folder (--home, default: the current directory).")]
    public FolderOptions Folders { get; init; } = new();

    [Setting("The daemon's HTTP surface: /healthz, /readyz, /metrics and the local API.")]
    public HttpOptions Http { get; init; } = new();

    [Setting("The destination. Without a url the embedded engine is started and used.")]
    public ClickHouseTargetOptions Clickhouse { get; init; } = new();

    [Setting("The embedded ClickHouse engine; not used when clickhouse.url is set.")]
    public EngineOptionsSection Engine { get; init; } = new();

    [Setting("How much is done at once, and when a file counts as complete.")]
    public IngestOptions Ingest { get; init; } = new();

    [Setting("What one file may cost before it is refused.")]
    public LimitOptions Limits { get; init; } = new();

    [Setting("What is logged: human lines to the console, JSON lines to rolling files in the state folder.")]
    public LogOptions Log { get; init; } = new();

    /// <summary>Files that match no declared dataset are inferred: zero configuration works.</summary>
    [Setting(
        "Declared datasets by name. A file that matches none belongs to the dataset named by its first folder below the data "
        + "folder, else by its name without date, sequence and extension, and everything about it is inferred.")]
    public IReadOnlyDictionary<string, DatasetOptions> Datasets { get; init; } = new Dictionary<string, DatasetOptions>();
}

/// <summary>Where things lie. None of them may lie inside the data folder: their files would be loaded.</summary>
public sealed record FolderOptions
{
    [Setting("Files dropped here are loaded.")]
    public string Data { get; init; } = "data";

    [Setting("Refused files and rejected rows, each with its reason, by dataset and day.")]
    public string Quarantine { get; init; } = "quarantine";

    [Setting("Loaded files, by dataset and day.")]
    public string Archive { get; init; } = "archive";

    [Setting("Ledger, engine store, logs, temporary files. Losing it costs the embedded engine's tables.")]
    public string State { get; init; } = ".pipeline";
}

/// <summary>The HTTP surface of the daemon.</summary>
public sealed record HttpOptions
{
    /// <summary>Loopback: nothing of this machine is shown to a network unless somebody says so.</summary>
    [Setting(
        "Address to listen on: an IP address, localhost, or * for all. What changes things needs the token in the state folder.")]
    public string Bind { get; init; } = "127.0.0.1";

    /// <summary>8080 is what scrapers and people try first.</summary>
    [Setting("Port to listen on; 0 takes a free one.", Min = 0, Max = 65_535)]
    public int Port { get; init; } = 8080;
}

/// <summary>The destination. Without a url: the embedded engine.</summary>
public sealed record ClickHouseTargetOptions
{
    [Setting("HTTP interface of a ClickHouse server. Empty: the embedded engine.", Example = "http://clickhouse:8123")]
    public Uri? Url { get; init; }

    /// <summary>The user every ClickHouse server has.</summary>
    [Setting("User of the server.")]
    public string User { get; init; } = "default";

    [Setting("Password of the server. Better from a file: PIPELINE__CLICKHOUSE__PASSWORD_FILE=/run/secrets/clickhouse.",
        Secret = true, Example = "secret")]
    public string? Password { get; init; }

    [Setting("Database of tables that a dataset names without one. Created when missing.")]
    public string Database { get; init; } = "default";

    [Setting("Extra ClickHouse settings sent with every insert.", Example = "insert_quorum: 2")]
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}

/// <summary>The embedded engine.</summary>
public sealed record EngineOptionsSection
{
    /// <summary>A free port: several homes run side by side. Fix it to point other tools at the engine.</summary>
    [Setting("Loopback port of the engine's ClickHouse HTTP interface; 0 takes a free one.", Min = 0, Max = 65_535)]
    public int Port { get; init; }
}

/// <summary>How much is done at once, and when a file counts as complete.</summary>
public sealed record IngestOptions
{
    /// <summary>Reading and typing use about one core each; two keep a small machine busy while the engine inserts.</summary>
    [Setting("Files read at the same time.", Min = 1, Max = 256)]
    public int Workers { get; init; } = 2;

    /// <summary>One insert is written while another is merged and synced.</summary>
    [Setting("Inserts under way at the same time.", Min = 1, Max = 256)]
    public int Inserters { get; init; } = 2;

    /// <summary>
    /// ClickHouse asks for 100,000 to 1,000,000 rows an insert. The low end: twice as many were no faster here (3 million rows of 18 columns, on
    /// 2 cores) and took half as much memory again.
    /// </summary>
    [Setting("Rows of one batch, at most.", Min = 1, Max = 10_000_000)]
    public int MaxBatchRows { get; init; } = 131_072;

    /// <summary>Times the batches in flight it is the memory bound. 16 MiB hold 131,072 rows of twenty numbers; of long texts, fewer.</summary>
    [Setting("Bytes of one batch, at most, in ClickHouse's Native format.", Kind = SettingKind.Bytes, Min = 4096, Max = 1 << 30)]
    public int MaxBatchBytes { get; init; } = 16 << 20;

    /// <summary>
    /// Room for some hundred million values. It is deleted within seconds and seldom reaches the disk; content that would take more is decompressed
    /// a second time instead.
    /// </summary>
    [Setting("Bytes in .pipeline/tmp that the rows of one compressed file may take until its last byte tells whether it was loaded before. Embedded engine only.",
        Kind = SettingKind.Bytes, Min = 1 << 20, Max = 1L << 40)]
    public long MaxSpoolBytes { get; init; } = 2L << 30;

    /// <summary>Longer than the pause between two writes of a slow copy.</summary>
    [Setting("How long size and time of a file must stand still where no read lease can tell that its writer is done.",
        Min = 0, Max = 3600)]
    public TimeSpan QuietPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A scan of 10,000 files costs milliseconds; the watcher is what makes loading quick where it works.</summary>
    [Setting("How often the data folder is scanned, besides the watcher that only makes it quicker.", Min = 0.05, Max = 86_400)]
    public TimeSpan ScanInterval { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>Limits on what a file may cost.</summary>
public sealed record LimitOptions
{
    /// <summary>A tebibyte: a guard against what is no file of data, not against big files.</summary>
    [Setting("Bytes of one file as it lies on disk, at most.", Kind = SettingKind.Bytes, Min = 1024)]
    public long MaxFileBytes { get; init; } = 1L << 40;

    /// <summary>ClickHouse slows down long before 10,000 columns.</summary>
    [Setting("Columns of a file, at most.", Min = 1, Max = 100_000)]
    public int MaxColumns { get; init; } = 10_000;

    /// <summary>Far above any row a person made, far below what an unclosed quote can swallow.</summary>
    [Setting("Bytes of one record, at most. Less than 256MiB.", Kind = SettingKind.Bytes, Min = 1024, Max = Field.MaxLength)]
    public long MaxRecordBytes { get; init; } = 64 << 20;

    /// <summary>As long as a record: only who wants shorter texts needs to say so.</summary>
    [Setting("Bytes of one field, at most: a row with a longer one is rejected (field_too_long).", Kind = SettingKind.Bytes, Min = 16, Max = Field.MaxLength)]
    public long MaxFieldBytes { get; init; } = 64 << 20;

    /// <summary>Real text compresses up to some hundred times, a bomb more than a thousand times.</summary>
    [Setting("Decompressed bytes for each compressed byte, at most, once 64 MiB came out.", Min = 1, Max = 1_000_000)]
    public int MaxCompressionRatio { get; init; } = 1000;

    /// <summary>A terabyte: a guard against endless streams, not against big files.</summary>
    [Setting("Decompressed bytes of one file, or of all files of one archive together, at most.", Kind = SettingKind.Bytes, Min = 1024)]
    public long MaxDecompressedBytes { get; init; } = 1L << 40;

    /// <summary>More than any export that people make, less than what lists of tiny files are made for.</summary>
    [Setting("Files and folders in one archive, at most.", Min = 1, Max = 10_000_000)]
    public int MaxArchiveMembers { get; init; } = 10_000;

    /// <summary>Documents made for machines stay below 20; 128 is far from what endangers the stack.</summary>
    [Setting("Levels of nesting in JSON and in the XML of workbooks, at most.", Min = 1, Max = 1000)]
    public int MaxNestingDepth { get; init; } = 128;

    /// <summary>More than people look through, less than what a list of sheets can be blown up to.</summary>
    [Setting("Sheets of one workbook, hidden ones included, at most. Ten times as many parts may be in it.", Min = 1, Max = 1_000_000)]
    public int MaxSheets { get; init; } = 10_000;

    /// <summary>Excel ends at 32,767 characters; reading XML holds each text as a whole, several times over.</summary>
    [Setting("Bytes of one text in a workbook, at most.", Kind = SettingKind.Bytes, Min = 1024, Max = Field.MaxLength)]
    public long MaxWorkbookTextBytes { get; init; } = 8 << 20;

    /// <summary>A full sheet of numbers has about 2 GiB.</summary>
    [Setting("Decompressed bytes of one sheet of a workbook, each text counted where it stands, at most.", Kind = SettingKind.Bytes, Min = 1024)]
    public long MaxWorkbookPartBytes { get; init; } = 8L << 30;

    /// <summary>Workbooks keep every text once, and all of them must be in memory.</summary>
    [Setting("Memory for the texts of one workbook, at most; a quarter of it for its formats and its list of sheets.", Kind = SettingKind.Bytes, Min = 1024)]
    public long MaxSharedStringBytes { get; init; } = 256L << 20;

    /// <summary>A workbook inside an archive cannot be read in place: its index is at its end.</summary>
    [Setting("Bytes of a compressed or archived workbook, which is held in memory, at most.", Kind = SettingKind.Bytes, Min = 1024)]
    public long MaxBufferedWorkbookBytes { get; init; } = 256L << 20;
}

/// <summary>The lowest level that is logged.</summary>
public enum LogVerbosity
{
    /// <summary>Every batch.</summary>
    Debug = 0,

    /// <summary>One line per file outcome.</summary>
    Information = 1,

    /// <summary>What a person should look at.</summary>
    Warning = 2,

    /// <summary>What does not work.</summary>
    Error = 3,
}

/// <summary>What is logged, and how long it is kept.</summary>
public sealed record LogOptions
{
    [Setting("Lowest level that is logged.")]
    public LogVerbosity Level { get; init; } = LogVerbosity.Information;

    /// <summary>Two weeks: last week's incident with its week before.</summary>
    [Setting("Days of JSON log files kept.", Min = 1, Max = 3650)]
    public int RetainDays { get; init; } = 14;
}

/// <summary>What happens to a row that does not fit.</summary>
public enum OnBadRow
{
    /// <summary>The row goes to the rejects file, the rest is loaded.</summary>
    Quarantine = 0,

    /// <summary>One bad row quarantines the whole file.</summary>
    FailFile = 1,

    /// <summary>The row is counted by code and not kept.</summary>
    Discard = 2,
}

/// <summary>What happens when a file's columns differ from the table's.</summary>
public enum OnSchemaChange
{
    /// <summary>New columns are added to the table, missing ones take their default.</summary>
    Evolve = 0,

    /// <summary>A new or missing column quarantines the file.</summary>
    Freeze = 1,
}

/// <summary>What a target table that somebody else made gets: nothing, or the provenance columns.</summary>
public enum Provenance
{
    /// <summary>Tables that we create carry provenance; others are left as they are.</summary>
    Own = 0,

    /// <summary>Missing provenance columns are added to the table.</summary>
    Add = 1,
}

/// <summary>A dataset: which files, which table, which contract.</summary>
public sealed record DatasetOptions
{
    [Setting("Globs over the path below the data folder. Empty: the folder, or the file names, of the dataset's name.",
        Example = "orders/**, orders_*.csv")]
    public IReadOnlyList<string> Match { get; init; } = [];

    [Setting(
        "Target table: table or database.table. Empty: the dataset's name in clickhouse.database.", Example = "sales.orders")]
    public string? Table { get; init; }

    [Setting(
        "Columns of the sorting key of a table that is created. Empty: the first date or timestamp column, else order of arrival.",
        Example = "order_date, id")]
    public IReadOnlyList<string> OrderBy { get; init; } = [];

    [Setting("Partition expression of a table that is created, in ClickHouse SQL.", Example = "toYYYYMM(order_date)")]
    public string? PartitionBy { get; init; }

    [Setting(
        "A row that does not fit: quarantine (to the rejects file, the rest is loaded), fail_file (the whole file is refused) or "
        + "discard (counted by code, not kept).")]
    public OnBadRow OnBadRow { get; init; }

    /// <summary>More than one row in twenty is a wrong file rather than some wrong rows.</summary>
    [Setting("Share of rejected rows above which the whole file is quarantined and nothing is loaded.",
        Kind = SettingKind.Ratio, Min = 0, Max = 1)]
    public double BadRowLimit { get; init; } = 0.05;

    [Setting(
        "Columns that differ from the table: evolve (new ones are added, missing ones take their default) or freeze (the file is "
        + "quarantined).")]
    public OnSchemaChange OnSchemaChange { get; init; }

    [Setting("Columns _file_id, _row and _loaded_at in a table that somebody else made: own (left as it is; exactly-once rests on tokens "
        + "and the ledger) or add (they are added).")]
    public Provenance Provenance { get; init; }

    [Setting("Delimiter of its delimited files: one ASCII character. Empty: detected.", Example = ";")]
    public char? Delimiter { get; init; }

    [Setting("Whether its delimited files have a header. Empty: detected.", Example = "true")]
    public bool? Header { get; init; }

    [Setting("Sheet of its workbooks that is loaded. Empty: every visible sheet with cells, the first one into this dataset, each other one into "
        + "the dataset <dataset>_<sheet>.", Example = "Orders")]
    public string? Sheet { get; init; }

    [Setting("Declared columns by name. Columns of a file that are not declared are inferred.")]
    public IReadOnlyDictionary<string, ColumnOptions> Columns { get; init; } = new Dictionary<string, ColumnOptions>();
}

/// <summary>The declared part of a column: type and rules.</summary>
public sealed record ColumnOptions
{
    [Setting("ClickHouse type. Empty: inferred. A value that does not fit it rejects its row.", Example = "Decimal(12, 2)")]
    public string? Type { get; init; }

    [Setting("Whether a row without a value is rejected.")]
    public bool Required { get; init; }

    [Setting("Lowest value, in the text form of the type.", Example = "0")]
    public string? Min { get; init; }

    [Setting("Highest value, in the text form of the type.", Example = "99999.99")]
    public string? Max { get; init; }

    [Setting("The only values allowed. Empty: any.", Example = "0, 9.99, 19.99")]
    public IReadOnlyList<string> In { get; init; } = [];

    [Setting("Regular expression that the whole text must match (.NET syntax without backreferences and lookarounds).",
        Example = "[0-9.]+")]
    public string? Pattern { get; init; }
}
