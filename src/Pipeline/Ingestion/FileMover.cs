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
    ILedger ledger, FileArchive archive, QuarantineStore quarantine, Faults faults, TimeProvider time, ILogger<FileMover> logger)
{
    // What was settled before is of an earlier run.
    readonly DateTimeOffset _startedAt = time.GetUtcNow();

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
        if (entry.AfterLoad != AfterLoad.Move)
        {
            return (true, null);
        }

        try
        {
            return (true, await PutAwayAsync(entry, folders));
        }
        catch (FileNotFoundException)
        {
            // Somebody took it away first. What mattered, its rows, is loaded.
            Log.Gone(logger, entry.Path);
            return (true, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NotMoved(logger, entry.Path, e.Message);
            return (false, null);
        }
    }

    // Where it lies now; null: the path was taken by another file, which stays there. That may happen at any moment, also between the look and the rename, so
    // that what was moved is looked at as well, and given back where it is another one.
    async Task<string?> PutAwayAsync(LedgerEntry entry, FolderSync folders)
    {
        var there = FileStamp.TryRead(entry.Path);
        if (IsVersion(entry, there))
        {
            // To another device it is copied, which takes time, and deleted: under a name that nobody else uses.
            var archived = await archive.TryRenameAsync(
                entry.Path, entry.Dataset, DateOf(entry), StampOf(entry), Path.GetFileName(entry.Path), folders);
            var moved = archived ?? PutAside(entry);
            faults.Pass(FaultPoint.AfterMoveBeforeLook);
            if (!IsVersion(entry, FileStamp.TryRead(moved)))
            {
                GiveBack(entry, moved);
                return null;
            }

            return archived ?? await MoveToArchiveAsync(entry, moved, folders);
        }

        // Moved before a crash, or on its way to another device.
        try
        {
            return await MoveToArchiveAsync(entry, AsideOf(entry), folders);
        }
        catch (FileNotFoundException) when (there is not null)
        {
            Log.Replaced(logger, entry.Path);
            return null;
        }
        catch (FileNotFoundException) when (entry.UpdatedAt < _startedAt)
        {
            // Killed between the rename of another file and the look at it: it lies in the archive under this name, and no entry knows of it.
            foreach (var archived in archive.PathsLike(Path.GetFileName(entry.Path), entry.Dataset, DateOf(entry)))
            {
                if (!(await ledger.FindByPathAsync(archived)).Any(e => e.MovedTo == archived))
                {
                    GiveBack(entry, archived);
                    return null;
                }
            }

            throw;
        }
    }

    Task<string> MoveToArchiveAsync(LedgerEntry entry, string source, FolderSync folders) =>
        archive.MoveAsync(source, entry.Dataset, DateOf(entry), StampOf(entry), Path.GetFileName(entry.Path), folders);

    static FileStamp StampOf(LedgerEntry entry) => new(entry.Bytes, entry.ModifiedAt, null, null);

    static string PutAside(LedgerEntry entry)
    {
        var aside = AsideOf(entry);
        DurableFiles.PutAside(entry.Path, aside);
        return aside;
    }

    // Hidden, so that it is not found either.
    static string AsideOf(LedgerEntry entry) => Path.Join(Path.GetDirectoryName(entry.Path), $".pipeline-moving-{entry.Key}");

    // The day it was seen: the same at every repetition.
    static DateOnly DateOf(LedgerEntry entry) => DateOnly.FromDateTime(entry.SeenAt.UtcDateTime);

    static bool IsVersion(LedgerEntry entry, FileStamp? there) => there is { } file && entry.IsVersion(file.Bytes, file.ModifiedAt);

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

    void GiveBack(LedgerEntry entry, string movedTo)
    {
        foreach (var name in FileNames.Candidates(Path.GetFileName(entry.Path), FileNames.MaxBytes))
        {
            var free = Path.Join(Path.GetDirectoryName(entry.Path), name);
            if (!Path.Exists(free))
            {
                File.Move(movedTo, free);
                Log.Replaced(logger, entry.Path);
                return;
            }
        }
    }

    // A producer that writes the same name again and again may be faster than the archive.
    bool IsReplaced(LedgerEntry entry)
    {
        if (FileStamp.TryRead(entry.Path) is not { } there || IsVersion(entry, there))
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
