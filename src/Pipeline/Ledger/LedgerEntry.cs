namespace Pipeline.Ledger;

/// <summary>What happens to the file itself once its rows are settled.</summary>
public enum AfterLoad
{
    /// <summary>It moves to the archive (loaded, duplicate, empty, unpacked) or to quarantine.</summary>
    Move = 0,

    /// <summary>It was given by path and stays where it is.</summary>
    Keep = 1,
}

/// <summary>Why a file is in quarantine, for a person and for programs.</summary>
/// <param name="Code">snake_case reject code, see <c>RejectCode</c>.</param>
/// <param name="Stage">Where it was noticed: <c>detect, read, type, validate, insert, publish</c>.</param>
/// <param name="Message">What and where, without cell contents.</param>
/// <param name="WhatToDo">The next step a person can take.</param>
public sealed record FileProblem(
    string Code, string Stage, string Message, string WhatToDo, long? Line = null, string? Column = null, long? Byte = null);

/// <summary>
/// How a load goes about it, fixed before the first row is sent: what a restart needs to finish it or to take it back.
/// </summary>
/// <param name="Database">Database of the target.</param>
/// <param name="Table">Target table.</param>
/// <param name="StagingTable">Private table of a staged load; null for a one-block file, which is inserted directly.</param>
/// <param name="ContractVersion">Version of columns and types the tokens are made with.</param>
public sealed record LoadPlan(string Database, string Table, string? StagingTable, string ContractVersion);

/// <summary>Rows of one partition that a publish moves, counted in the staging table before the first move.</summary>
public sealed record PartitionCount(string PartitionId, long Rows);

/// <summary>What a column held, over the whole file.</summary>
public sealed record ColumnReceipt(string Name, string Type, string Evidence, long Nulls);

/// <summary>
/// The durable record of a finished load. Law: <c>RowsRead = RowsLoaded + RowsRejected + RowsSkipped</c>.
/// </summary>
public sealed record Receipt
{
    public required string FileId { get; init; }

    public required string ContentHash { get; init; }

    public required string Dataset { get; init; }

    public required string Database { get; init; }

    public required string Table { get; init; }

    public required string Format { get; init; }

    public string? Compression { get; init; }

    public required long Bytes { get; init; }

    public required long RowsRead { get; init; }

    public required long RowsLoaded { get; init; }

    public required long RowsRejected { get; init; }

    public required long RowsSkipped { get; init; }

    public required double Seconds { get; init; }

    public required DateTimeOffset LoadedAt { get; init; }

    /// <summary>The file whose rejected rows this file repairs, by file id; null otherwise.</summary>
    public string? Repairs { get; init; }

    /// <summary>
    /// What the exactly-once guarantee of this load rests on: <c>provenance</c>, or <c>tokens</c> where the table has no
    /// provenance columns.
    /// </summary>
    public string Guarantee { get; init; } = "provenance";

    public IReadOnlyList<ColumnReceipt> Columns { get; init; } = [];

    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>A file as the ledger knows it. A copy: changing it changes nothing.</summary>
public sealed record LedgerEntry
{
    /// <summary>Key of the entry; rises with every new entry.</summary>
    public required long Key { get; init; }

    /// <summary>Absolute path the file was found at.</summary>
    public required string Path { get; init; }

    public required string Dataset { get; init; }

    public required long Bytes { get; init; }

    public required DateTimeOffset ModifiedAt { get; init; }

    public required FileState State { get; init; }

    public required AfterLoad AfterLoad { get; init; }

    /// <summary>Times it was claimed.</summary>
    public int Attempts { get; init; }

    /// <summary>Who works on it, while claimed, loading or publishing.</summary>
    public string? Owner { get; init; }

    public ContentHash? ContentHash { get; init; }

    /// <summary>Known from <see cref="FileState.Loading"/> on.</summary>
    public FileId? FileId { get; init; }

    /// <summary>Reload generation of the content in its dataset, from 0.</summary>
    public int Generation { get; init; }

    public LoadPlan? Plan { get; init; }

    /// <summary>Known from <see cref="FileState.Publishing"/> on.</summary>
    public IReadOnlyList<PartitionCount>? Partitions { get; init; }

    public Receipt? Receipt { get; init; }

    public FileProblem? Problem { get; init; }

    /// <summary>For duplicates: key of the entry that holds the content.</summary>
    public long? DuplicateOf { get; init; }

    /// <summary>Where the file lies now, when it was moved: archive or quarantine.</summary>
    public string? MovedTo { get; init; }

    public required DateTimeOffset SeenAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Whether a file of this size and time is the version this entry is about. The ledger keeps whole microseconds.</summary>
    public bool IsVersion(long bytes, DateTimeOffset modifiedAt) =>
        bytes == Bytes && LedgerRow.Time(modifiedAt) == LedgerRow.Time(ModifiedAt);
}

/// <summary>What <see cref="ILedger.BeginLoadAsync"/> decided about a content.</summary>
public abstract record LoadDecision
{
    LoadDecision()
    {
    }

    /// <summary>The entry is now <see cref="FileState.Loading"/> under this id.</summary>
    public sealed record Started(FileId FileId, int Generation) : LoadDecision;

    /// <summary>The content is loaded already in this dataset, by this entry.</summary>
    public sealed record AlreadyLoaded(LedgerEntry By) : LoadDecision;

    /// <summary>Another entry is loading the same content right now; ask again when that one is settled.</summary>
    public sealed record InFlight(LedgerEntry By) : LoadDecision;
}
