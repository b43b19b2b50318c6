namespace Pipeline.Configuration;

/// <summary>Everything a person can set, with its defaults: the keys of pipeline.yaml in PascalCase. Immutable.</summary>
public sealed record PipelineOptions
{
    /// <summary>Folders, relative to the home folder unless absolute.</summary>
    public FolderOptions Folders { get; init; } = new();

    public HttpOptions Http { get; init; } = new();

    public ClickHouseTargetOptions Clickhouse { get; init; } = new();

    public EngineOptionsSection Engine { get; init; } = new();

    public IngestOptions Ingest { get; init; } = new();

    public LimitOptions Limits { get; init; } = new();

    public LogOptions Log { get; init; } = new();

    /// <summary>Declared datasets by name. Files that match none are inferred.</summary>
    public IReadOnlyDictionary<string, DatasetOptions> Datasets { get; init; } = new Dictionary<string, DatasetOptions>();
}

/// <summary>Where things lie.</summary>
public sealed record FolderOptions
{
    public string Data { get; init; } = "data";

    public string Quarantine { get; init; } = "quarantine";

    public string Archive { get; init; } = "archive";

    /// <summary>Ledger, engine store, temporary files, logs.</summary>
    public string State { get; init; } = ".pipeline";
}

/// <summary>The HTTP surface of the daemon.</summary>
public sealed record HttpOptions
{
    public string Bind { get; init; } = "127.0.0.1";

    /// <summary>0 takes a free port.</summary>
    public int Port { get; init; } = 8080;
}

/// <summary>The destination. Without a url: the embedded engine.</summary>
public sealed record ClickHouseTargetOptions
{
    public Uri? Url { get; init; }

    public string User { get; init; } = "default";

    public string? Password { get; init; }

    public string Database { get; init; } = "default";

    /// <summary>Extra ClickHouse settings sent with every insert.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}

/// <summary>The embedded engine.</summary>
public sealed record EngineOptionsSection
{
    /// <summary>0 takes a free loopback port.</summary>
    public int Port { get; init; }
}

/// <summary>How much is done at once, and when a file counts as complete.</summary>
public sealed record IngestOptions
{
    /// <summary>Files read at the same time.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Inserts under way at the same time.</summary>
    public int Inserters { get; init; } = 2;

    /// <summary>Rows of a batch at most.</summary>
    public int MaxBatchRows { get; init; } = 262_144;

    /// <summary>Bytes of a batch at most, as Native.</summary>
    public int MaxBatchBytes { get; init; } = 32 << 20;

    /// <summary>How long size and time of a file must stand still where no read lease can tell.</summary>
    public TimeSpan QuietPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the data folder is scanned besides the watcher.</summary>
    public TimeSpan ScanInterval { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>Limits on what a file may cost.</summary>
public sealed record LimitOptions
{
    public int MaxColumns { get; init; } = 10_000;

    public long MaxRecordBytes { get; init; } = 64 << 20;

    /// <summary>Decompressed bytes per compressed byte, at most, once 64 MiB came out.</summary>
    public int MaxCompressionRatio { get; init; } = 1000;

    /// <summary>Decompressed bytes of one file, at most.</summary>
    public long MaxDecompressedBytes { get; init; } = 1L << 40;
}

public sealed record LogOptions
{
    /// <summary>debug, information, warning, error.</summary>
    public string Level { get; init; } = "information";

    /// <summary>Days of rolling JSON log files kept under the state folder.</summary>
    public int RetainDays { get; init; } = 14;
}

public enum OnBadRow
{
    /// <summary>The row goes to the rejects file, the rest is loaded.</summary>
    Quarantine = 0,

    /// <summary>One bad row quarantines the whole file.</summary>
    FailFile = 1,

    /// <summary>The row is counted by code and not kept.</summary>
    Discard = 2,
}

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
    /// <summary>Globs over the path below the data folder; empty: the folder or name rule of the dataset's name.</summary>
    public IReadOnlyList<string> Match { get; init; } = [];

    /// <summary>Target table, <c>table</c> or <c>database.table</c>; null: the dataset's name.</summary>
    public string? Table { get; init; }

    /// <summary>Columns of the sorting key of a table that we create.</summary>
    public IReadOnlyList<string> OrderBy { get; init; } = [];

    /// <summary>Partition expression of a table that we create, in ClickHouse SQL.</summary>
    public string? PartitionBy { get; init; }

    public OnBadRow OnBadRow { get; init; }

    /// <summary>Share of rejected rows, 0 to 1, above which the whole file is quarantined.</summary>
    public double BadRowLimit { get; init; } = 0.05;

    public OnSchemaChange OnSchemaChange { get; init; }

    public Provenance Provenance { get; init; }

    /// <summary>Delimiter of its delimited files; null: detected.</summary>
    public char? Delimiter { get; init; }

    /// <summary>Whether its delimited files have a header; null: detected.</summary>
    public bool? Header { get; init; }

    /// <summary>Declared columns by name. Columns of a file that are not declared are inferred.</summary>
    public IReadOnlyDictionary<string, ColumnOptions> Columns { get; init; } = new Dictionary<string, ColumnOptions>();
}

/// <summary>The declared part of a column: type and rules.</summary>
public sealed record ColumnOptions
{
    /// <summary>ClickHouse type; null: inferred.</summary>
    public string? Type { get; init; }

    public bool Required { get; init; }

    /// <summary>Lowest value, in the text form of the column's type.</summary>
    public string? Min { get; init; }

    /// <summary>Highest value, in the text form of the column's type.</summary>
    public string? Max { get; init; }

    /// <summary>The only values allowed; empty: any.</summary>
    public IReadOnlyList<string> In { get; init; } = [];

    /// <summary>Regular expression that the whole text must match (.NET syntax without backtracking).</summary>
    public string? Pattern { get; init; }
}
