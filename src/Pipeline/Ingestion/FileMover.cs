using Microsoft.Extensions.Logging;
using Pipeline.Discovery;
using Pipeline.Ledger;
using Pipeline.Quarantine;
using Pipeline.Telemetry;

namespace Pipeline.Ingestion;

/// <summary>
/// Moves files that are settled: a step of its own, which is repeated at the next start or the next time the file is met when it fails. A
/// failed move never loads a file again: the ledger knows that it is loaded.
/// </summary>
sealed partial class FileMover(
    ILedger ledger, FileArchive archive, QuarantineStore quarantine, Faults faults, ILogger<FileMover> logger)
{
    /// <summary>When a move that failed is tried again: disks that were full and rights that were wrong are put right by people.</summary>
    public static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Moves a loaded, duplicate or empty file to the archive, and says so in the ledger. Files given by path stay where they are, and so does
    /// another file that took the path meanwhile: that one is still to be loaded.
    /// </summary>
    /// <returns>False when the move failed and is to be repeated.</returns>
    public async Task<bool> ArchiveAsync(LedgerEntry entry) => (await ArchiveAsync([entry]))[0];

    /// <summary>The same for several files, which share the flushes of their folders and a commit of the ledger.</summary>
    public async Task<IReadOnlyList<bool>> ArchiveAsync(IReadOnlyList<LedgerEntry> entries)
    {
        var folders = new FolderSync();
        var moves = new List<(bool IsPutAway, string? MovedTo)>(entries.Count);
        foreach (var entry in entries)
        {
            moves.Add(await MoveAsync(entry, folders));
        }

        try
        {
            folders.Flush();
        }
        catch (IOException e)
        {
            // Moved, but not for sure: each is met again and found in the archive.
            Log.NotMoved(logger, entries[0].Path, e.Message);
            return [.. entries.Select(_ => false)];
        }

        var commits = new List<Task>(entries.Count);
        foreach (var (entry, (_, movedTo)) in entries.Zip(moves).Where(m => m.Second.IsPutAway))
        {
            faults.Pass(FaultPoint.AfterArchiveBeforeLedger);
            commits.Add(ledger.ArchiveAsync(entry.Key, movedTo).AsTask());
        }

        await Task.WhenAll(commits);
        return [.. moves.Select(m => m.IsPutAway)];
    }

    async Task<(bool IsPutAway, string? MovedTo)> MoveAsync(LedgerEntry entry, FolderSync folders)
    {
        string? movedTo = null;
        if (entry.AfterLoad == AfterLoad.Move)
        {
            try
            {
                var date = DateOnly.FromDateTime(entry.SeenAt.UtcDateTime);
                var aside = PutAside(entry, archive.OpenFolder(entry.Dataset, date, folders), folders);
                faults.Pass(FaultPoint.AfterAsideBeforeArchive);
                if (FileStamp.TryRead(aside) is { } there && !entry.IsVersion(there.Bytes, there.ModifiedAt))
                {
                    GiveBack(aside, entry.Path);
                    Log.Replaced(logger, entry.Path);
                }
                else
                {
                    // The day it was seen: the same at every repetition.
                    movedTo = await archive.MoveAsync(
                        aside, entry.Dataset, date, new FileStamp(entry.Bytes, entry.ModifiedAt, null, null), Path.GetFileName(entry.Path), folders);
                }
            }
            catch (FileNotFoundException)
            {
                // Somebody took it away first. What mattered, its rows, is loaded.
                Log.Gone(logger, entry.Path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Log.NotMoved(logger, entry.Path, e.Message);
                return (false, null);
            }
        }

        return (true, movedTo);
    }

    /// <summary>Writes the reason, moves the file beside it (a file given by path stays), and says so in the ledger.</summary>
    /// <returns>False when the move failed and is to be repeated.</returns>
    public async Task<bool> QuarantineAsync(LedgerEntry entry, FileProblem problem)
    {
        string? movedTo = null;
        if (!IsReplaced(entry))
        {
            try
            {
                var taken = await quarantine.AddAsync(new QuarantineRequest(entry.Path, entry.Dataset, problem)
                {
                    Attempts = entry.Attempts + 1,
                    FileId = entry.FileId?.Hex,
                    Table = entry.Plan?.Table,
                    KeepInPlace = entry.AfterLoad == AfterLoad.Keep,
                });
                movedTo = taken.FilePath;
            }
            catch (FileNotFoundException)
            {
                Log.Gone(logger, entry.Path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Log.NotMoved(logger, entry.Path, e.Message);
                return false;
            }
        }

        faults.Pass(FaultPoint.AfterQuarantineMoveBeforeLedger);
        await ledger.QuarantinedAtAsync(entry.Key, movedTo);
        return true;
    }

    // A path may be taken by another file at any moment, also between a look and a rename. Under a name that nobody else uses (hidden, so that it is not
    // found either) the file is looked at in peace: in the archive's folder, out of the watcher's sight, or, where that is on another device, beside its path.
    // A crash leaves it there; the entry is still open then, and comes here again.
    static string PutAside(LedgerEntry entry, string archiveFolder, FolderSync folders)
    {
        var name = $".pipeline-moving-{entry.Key}";
        var beside = Path.Join(Path.GetDirectoryName(entry.Path), name);
        var aside = Path.Join(archiveFolder, name);
        if (!Path.Exists(beside) && DurableFiles.TryPutAside(entry.Path, aside))
        {
            folders.Moved(entry.Path, aside);
            return aside;
        }

        _ = DurableFiles.TryPutAside(entry.Path, beside);
        return beside;
    }

    static void GiveBack(string aside, string path)
    {
        foreach (var name in FileNames.Candidates(Path.GetFileName(path), FileNames.MaxBytes))
        {
            var free = Path.Join(Path.GetDirectoryName(path), name);
            if (!Path.Exists(free))
            {
                File.Move(aside, free);
                return;
            }
        }
    }

    // A producer that writes the same name again and again may be faster than the archive.
    bool IsReplaced(LedgerEntry entry)
    {
        if (FileStamp.TryRead(entry.Path) is not { } there || entry.IsVersion(there.Bytes, there.ModifiedAt))
        {
            return false;
        }

        Log.Replaced(logger, entry.Path);
        return true;
    }

    static partial class Log
    {
        [LoggerMessage(EventIds.FileGone, LogLevel.Warning, "{Path} is settled, but was moved or deleted by somebody else before it was put away.")]
        public static partial void Gone(ILogger logger, string path);

        [LoggerMessage(EventIds.FileReplaced, LogLevel.Information,
            "{Path} is settled; what lies there now is another version of it, which is taken as a new file.")]
        public static partial void Replaced(ILogger logger, string path);

        [LoggerMessage(EventIds.FileNotMoved, LogLevel.Warning,
            "{Path} is settled but could not be moved: {Reason} It is tried again; it will not be loaded again.")]
        public static partial void NotMoved(ILogger logger, string path, string reason);
    }
}
