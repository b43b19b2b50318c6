namespace Pipeline.Ingestion;

/// <summary>What a load of a file would do to its target.</summary>
public enum PlanAction
{
    /// <summary>The table is created.</summary>
    Create = 0,

    /// <summary>The rows go into the table as it is.</summary>
    Append = 1,

    /// <summary>The table gets columns, or columns of it take nulls, before the rows go in.</summary>
    Alter = 2,

    /// <summary>The content is loaded already: nothing is done.</summary>
    Duplicate = 3,

    /// <summary>There is no row in it: nothing is done.</summary>
    Empty = 4,

    /// <summary>The file goes to quarantine; <see cref="FilePlan.Error"/> says why.</summary>
    Refuse = 5,
}

/// <summary>Rows of a file that would be rejected with one code.</summary>
/// <param name="Code">The code.</param>
/// <param name="Count">How many of them.</param>
/// <param name="Line">Line of the first one, from 1; the record number in formats without lines.</param>
/// <param name="Message">What is wrong with the first one, without its contents.</param>
public sealed record PlannedReject(string Code, long Count, long Line, string Message);

/// <summary>What a load of a file would do, found out without doing it.</summary>
public sealed record FilePlan
{
    /// <summary>What the file is.</summary>
    public required Inspection File { get; init; }

    public required string Dataset { get; init; }

    /// <summary>Database and name.</summary>
    public required string Table { get; init; }

    public required PlanAction Action { get; init; }

    /// <summary>Statements that would bring the table to the file's columns, in their order.</summary>
    public IReadOnlyList<string> Statements { get; init; } = [];

    /// <summary>Rows that would be loaded, or would be but for what refuses the file as a whole.</summary>
    public long RowsLoaded { get; init; }

    public long RowsRejected { get; init; }

    /// <summary>Most frequent first.</summary>
    public IReadOnlyList<PlannedReject> Rejects { get; init; } = [];

    /// <summary>Why the file would be refused as a whole; null when it would not.</summary>
    public FileResultError? Error { get; init; }

    /// <summary>For duplicates: the file that the content was loaded from.</summary>
    public string? DuplicateOf { get; init; }
}
