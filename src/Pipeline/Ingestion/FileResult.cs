using Pipeline.Ledger;

namespace Pipeline.Ingestion;

/// <summary>How a file ended, as <c>ingest --json</c> prints it.</summary>
public sealed record FileResult
{
    public required string File { get; init; }

    /// <summary><c>loaded</c>, <c>duplicate</c>, <c>empty</c> or <c>quarantined</c>.</summary>
    public required string Outcome { get; init; }

    public required string Dataset { get; init; }

    public string? Table { get; init; }

    public string? FileId { get; init; }

    public long RowsRead { get; init; }

    public long RowsLoaded { get; init; }

    public long RowsRejected { get; init; }

    public long RowsSkipped { get; init; }

    public long Bytes { get; init; }

    public double Seconds { get; init; }

    public FileResultError? Error { get; init; }

    /// <summary>The file held other files, which have results of their own: this one is their sum.</summary>
    public bool IsUnpacked { get; init; }

    /// <summary>For duplicates: where the content was loaded from, and when.</summary>
    public string? Note { get; init; }
}

/// <summary>Why a file was quarantined.</summary>
public sealed record FileResultError(string Code, string Message, long? Line, string? Column)
{
    public static FileResultError From(FileProblem problem) => new(problem.Code, problem.Message, problem.Line, problem.Column);
}
