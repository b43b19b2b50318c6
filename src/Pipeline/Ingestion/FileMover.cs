using Microsoft.Extensions.Logging;
using Pipeline.Ledger;
using Pipeline.Quarantine;
using Pipeline.Telemetry;

namespace Pipeline.Ingestion;

/// <summary>
/// Moves files that are settled: a step of its own, which is repeated at the next start or the next time the file is met when it fails. A
/// failed move never loads a file again: the ledger knows that it is loaded.
/// </summary>
sealed partial class FileMover(ILedger ledger, FileArchive archive, QuarantineStore quarantine, Faults faults, ILogger<FileMover> logger)
{
    /// <summary>Moves a loaded, duplicate or empty file to the archive, and says so in the ledger. Files given by path stay where they are.</summary>
    public async Task ArchiveAsync(LedgerEntry entry)
    {
        string? movedTo = null;
        if (entry.AfterLoad == AfterLoad.Move)
        {
            try
            {
                movedTo = await archive.MoveAsync(entry.Path, entry.Dataset);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (File.Exists(entry.Path))
                {
                    Log.NotMoved(logger, entry.Path, e.Message);
                    return;
                }

                // Somebody took it away first: what mattered, its rows, is loaded. The path stands for "nowhere we know".
                movedTo = entry.Path;
            }
        }

        faults.Pass(FaultPoint.AfterArchiveBeforeLedger);
        await ledger.ArchiveAsync(entry.Key, movedTo);
    }

    /// <summary>Writes the reason, moves the file beside it (a file given by path stays), and says so in the ledger.</summary>
    public async Task QuarantineAsync(LedgerEntry entry, FileProblem problem)
    {
        try
        {
            var movedTo = await quarantine.TakeAsync(entry, problem);
            await ledger.QuarantinedAtAsync(entry.Key, movedTo);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NotMoved(logger, entry.Path, e.Message);
        }
    }

    static partial class Log
    {
        [LoggerMessage(EventIds.FileNotMoved, LogLevel.Warning,
            "{Path} is settled but could not be moved: {Reason} It is tried again; it will not be loaded again.")]
        public static partial void NotMoved(ILogger logger, string path, string reason);
    }
}
