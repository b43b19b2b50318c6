using Microsoft.Extensions.Logging;
using Pipeline.Telemetry;

namespace Pipeline.Ingestion;

/// <summary>The end of files that hold files: their members have ended before, rows and metrics are theirs.</summary>
sealed partial class FileSettler
{
    async Task EndUnpackedAsync(SettledFile.Unpacked unpacked)
    {
        var (job, members) = (unpacked.Job, unpacked.Members);
        var result = Result(job, OutcomeOf(members)) with
        {
            // Whoever asked for the container is told of its members one by one.
            IsUnpacked = members.Count > 0,
            RowsRead = members.Sum(m => m.RowsRead),
            RowsLoaded = members.Sum(m => m.RowsLoaded),
            RowsRejected = members.Sum(m => m.RowsRejected),
            RowsSkipped = members.Sum(m => m.RowsSkipped),
        };
        if (unpacked.Problem is { } problem)
        {
            if (unpacked.IsOwnProblem)
            {
                await QuarantineAsync(job, problem);
                return;
            }

            var isTaken = await PutIntoQuarantineAsync(job, problem);
            EndContainer(job, result with { Outcome = "quarantined", Error = FileResultError.From(problem) }, isTaken);
            return;
        }

        await ledger.UnpackAsync(job.Entry.Key);
        faults.Pass(FaultPoint.AfterUnpackBeforeArchive);
        var isPutAway = await mover.ArchiveAsync(job.Entry);
        SettlerLog.Unpacked(logger, job.Request.RelativePath, members.Count, members.Count(m => m.Outcome == "loaded"), result.RowsLoaded);
        EndContainer(job, result, isPutAway);
    }

    // Not counted: its members were.
    void EndContainer(FileJob job, FileResult result, bool isPutAway) =>
        open.End(job, result, isPutAway || job.Request.Completion is not null ? null : FileMover.RetryPause);

    static string OutcomeOf(IReadOnlyList<FileResult> members) =>
        members.Any(m => m.Outcome == "loaded") ? "loaded"
        : members.Any(m => m.Outcome == "duplicate") ? "duplicate"
        : "empty";

    static partial class SettlerLog
    {
        [LoggerMessage(EventIds.FileUnpacked, LogLevel.Information, "Unpacked {File}: {Files} files, {Loaded} of them loaded with {Rows} rows.")]
        public static partial void Unpacked(ILogger logger, string file, int files, int loaded, long rows);
    }
}
