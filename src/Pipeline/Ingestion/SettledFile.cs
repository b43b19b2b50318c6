using Pipeline.Ledger;

namespace Pipeline.Ingestion;

/// <summary>A file that needs no more reading or inserting, and how it is to be ended.</summary>
abstract record SettledFile(FileJob Job)
{
    /// <summary>All batches are acknowledged: verify, publish, register, archive.</summary>
    public sealed record Load(FileLoad FileLoad) : SettledFile(FileLoad.Job);

    /// <summary>Its content is loaded already.</summary>
    public sealed record Duplicate(FileJob Job, LedgerEntry By) : SettledFile(Job);

    /// <summary>It holds no rows.</summary>
    public sealed record Empty(FileJob Job) : SettledFile(Job);

    /// <summary>It holds other files, and all of them have ended. With a problem, of its own or of a member, it goes to quarantine.</summary>
    public sealed record Unpacked(FileJob Job, IReadOnlyList<FileResult> Members, FileProblem? Problem, bool IsOwnProblem) : SettledFile(Job);

    /// <summary>It is refused. <see cref="FileLoad"/> is what must be taken back first, if anything was sent.</summary>
    public sealed record Refused(FileJob Job, FileProblem Problem, FileLoad? FileLoad) : SettledFile(Job);

    /// <summary>Nothing is decided: it is offered again later. <see cref="FileLoad"/> is what must be taken back first, if anything was sent.</summary>
    public sealed record Again(FileJob Job, string Reason, TimeSpan After, FileLoad? FileLoad) : SettledFile(Job);
}
