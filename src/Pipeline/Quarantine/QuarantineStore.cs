using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Pipeline.Discovery;

namespace Pipeline.Quarantine;

/// <summary>
/// Files that were refused, each with its reason beside it: <c>quarantine/&lt;dataset&gt;/&lt;yyyy-mm-dd&gt;/&lt;name&gt;</c> and
/// <c>&lt;name&gt;.error.json</c>.
/// <list type="bullet">
/// <item>The reason is written before the file moves: a crash between leaves a reason that says where the file lies, and
/// <see cref="RepairAsync"/> finishes the move.</item>
/// <item>Retry and drop first turn the reason into a hidden marker: a crash between is finished in the same direction.</item>
/// <item>Nothing is overwritten, and no name leads out of the folder it belongs to, whatever a reason file says.</item>
/// </list>
/// Safe to use from several tasks and processes: names are taken by renames that do not replace.
/// </summary>
public sealed partial class QuarantineStore(string root, string dataFolder, TimeProvider time, ILogger logger)
{
    internal const string RecordSuffix = ".error.json";
    const string RetryMarker = ".retry";
    const string DropMarker = ".drop";

    // Room for the longest thing that is hung on a name: a dot before it, ".error.json" and a marker behind.
    internal const int MaxNameBytes = FileNames.MaxBytes - 20;

    readonly string _root = Path.GetFullPath(root);
    readonly string _dataFolder = Path.GetFullPath(dataFolder);

    /// <summary>Writes the reason, then moves the file beside it. Repeating it after a crash finishes what was begun.</summary>
    /// <exception cref="FileNotFoundException">The file is gone, and not in quarantine with this path either.</exception>
    public async Task<QuarantineEntry> AddAsync(QuarantineRequest request, CancellationToken cancellationToken = default)
    {
        var source = Path.GetFullPath(request.Path);
        var now = time.GetUtcNow();
        var folder = FileArchive.FolderOf(_root, request.Dataset, DateOnly.FromDateTime(now.UtcDateTime));
        if (FileStamp.TryRead(source) is not { } stamp)
        {
            return List().FirstOrDefault(e => e.Record?.OriginalPath == source && e.State == QuarantineState.Complete)
                ?? throw new FileNotFoundException($"'{source}' is gone and not in quarantine: somebody else moved or deleted it.", source);
        }

        var record = RecordOf(request, source, stamp, now);
        var json = JsonSerializer.SerializeToUtf8Bytes(record, QuarantineJson.Options);
        DurableFiles.CreateFolder(folder);
        foreach (var name in FileNames.Candidates(Path.GetFileName(source), MaxNameBytes))
        {
            var target = Path.Join(folder, name);
            var recordPath = target + RecordSuffix;
            if (Path.Exists(target))
            {
                continue;
            }

            var isOurs = QuarantineJson.TryRead<QuarantineRecord>(recordPath)?.OriginalPath == source;
            if (!await DurableFiles.WriteAsync(recordPath, json, isOurs, cancellationToken))
            {
                continue;
            }

            if (!request.KeepInPlace && await DurableFiles.MoveAsync(source, target, cancellationToken) is var moved and not MoveResult.Moved)
            {
                DurableFiles.Delete(recordPath);
                if (moved == MoveResult.SourceMissing)
                {
                    throw new FileNotFoundException($"'{source}' was moved or deleted by somebody else.", source);
                }

                continue;
            }

            return Entry(folder, name, record, recordPath);
        }

        throw new System.Diagnostics.UnreachableException();
    }

    /// <summary>Everything in quarantine, newest first, halves included.</summary>
    public IReadOnlyList<QuarantineEntry> List() =>
        [.. Folders().SelectMany(ListFolder).OrderByDescending(e => e.Since).ThenBy(e => e.Id, StringComparer.Ordinal)];

    /// <summary>What an id, a path in quarantine, an original path, a file name or a file id stands for: the closest kind of match only.</summary>
    public IReadOnlyList<QuarantineEntry> Find(string idOrPath)
    {
        var all = List();
        var asked = idOrPath.EndsWith(RecordSuffix, StringComparison.Ordinal) ? idOrPath[..^RecordSuffix.Length] : idOrPath;
        Func<QuarantineEntry, bool>[] matches =
        [
            e => e.Id == asked || e.Id == idOrPath,
            e => Path.Join(_root, e.Id) == Path.GetFullPath(asked),
            e => e.Record?.OriginalPath == Path.GetFullPath(asked),
            e => e.Record?.FileId == asked || e.Rejects?.FileId == asked,
            e => Path.GetFileName(e.Id) == asked || e.Record?.File == asked,
        ];
        return matches.Select(match => all.Where(match).ToList()).FirstOrDefault(found => found.Count > 0) ?? [];
    }

    /// <summary>The one entry that this stands for; null when there is none or more than one.</summary>
    public QuarantineEntry? Get(string idOrPath) => Find(idOrPath) is [var only] ? only : null;

    /// <summary>
    /// Brings the file back into the data folder, so that it is loaded again, and returns where: its old place when that was in the data
    /// folder, else the folder of its dataset. A file that was kept in place is copied.
    /// </summary>
    /// <exception cref="FileNotFoundException">The file is not there.</exception>
    public async Task<string> RetryAsync(QuarantineEntry entry, CancellationToken cancellationToken = default)
    {
        var file = entry.FilePath ?? throw new FileNotFoundException($"The file of quarantine entry '{entry.Id}' is not there; drop the entry.");
        if (entry.State == QuarantineState.InPlace)
        {
            var copy = await PlaceAsync(entry.Record, entry.Dataset, Path.GetFileName(file), to => DurableFiles.CopyAsync(file, to, cancellationToken));
            DurableFiles.Delete(entry.RecordPath!);
            return copy;
        }

        var target = "";
        await MarkedAsync(entry, RetryMarker, async () => target = await BringBackAsync(entry.Record, entry.Dataset, file, cancellationToken));
        return target;
    }

    /// <summary>Deletes the file and its reason. A file that was kept in place stays; only its reason goes.</summary>
    public async Task DropAsync(QuarantineEntry entry)
    {
        await MarkedAsync(entry, DropMarker, () =>
        {
            if (entry.FilePath is { } file && entry.State != QuarantineState.InPlace)
            {
                DurableFiles.Delete(file);
                if (entry.Kind == QuarantineKind.Rejects)
                {
                    DurableFiles.Delete(RejectsFile.LinkPath(file));
                }
            }

            return Task.CompletedTask;
        });
        LogDropped(logger, entry.Id);
    }

    /// <summary>
    /// Finishes what a crash left: moves into quarantine, retries, drops, temporary files. Call it at start, before discovery. Returns
    /// how many things were finished.
    /// </summary>
    public async Task<int> RepairAsync(CancellationToken cancellationToken = default)
    {
        var finished = 0;
        foreach (var folder in Folders())
        {
            foreach (var path in Directory.EnumerateFiles(folder, ".*").ToList())
            {
                finished += await FinishHiddenAsync(path, cancellationToken) ? 1 : 0;
            }

            foreach (var entry in ListFolder(folder).Where(e => e.State == QuarantineState.FileMissing))
            {
                finished += await FinishMoveAsync(entry, cancellationToken) ? 1 : 0;
            }
        }

        return finished;
    }

    static QuarantineRecord RecordOf(QuarantineRequest request, string source, in FileStamp stamp, DateTimeOffset now) => new()
    {
        Code = request.Problem.Code,
        Stage = request.Problem.Stage,
        Message = request.Problem.Message,
        WhatToDo = request.Problem.WhatToDo,
        Line = request.Problem.Line,
        Column = request.Problem.Column,
        Byte = request.Problem.Byte,
        Sample = request.Sample,
        Attempts = request.Attempts,
        FileId = request.FileId,
        Dataset = request.Dataset,
        Table = request.Table,
        File = Path.GetFileName(source),
        OriginalPath = source,
        InPlace = request.KeepInPlace,
        Bytes = stamp.Bytes,
        ModifiedAt = stamp.ModifiedAt,
        QuarantinedAt = now,
    };

    /// <summary>Folders of a dataset and a day. Links are not followed.</summary>
    IEnumerable<string> Folders()
    {
        if (!Directory.Exists(_root))
        {
            return [];
        }

        var plain = new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint, ReturnSpecialDirectories = false };
        return Directory.EnumerateDirectories(_root, "*", plain)
            .SelectMany(dataset => Directory.EnumerateDirectories(dataset, "*", plain))
            .Where(day => DateOnly.TryParseExact(Path.GetFileName(day), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            .ToList();
    }

    static IEnumerable<QuarantineEntry> ListFolder(string folder)
    {
        var names = Directory.EnumerateFiles(folder).Select(p => Path.GetFileName(p)).Where(n => !n.StartsWith('.')).ToHashSet(StringComparer.Ordinal);

        // A user's own file may be called x.error.json: then it has a record itself.
        bool IsRecord(string name) => name.EndsWith(RecordSuffix, StringComparison.Ordinal) && !names.Contains(name + RecordSuffix);
        foreach (var name in names)
        {
            if (IsRecord(name))
            {
                var file = name[..^RecordSuffix.Length];
                yield return Entry(folder, file, QuarantineJson.TryRead<QuarantineRecord>(Path.Join(folder, name)), Path.Join(folder, name));
            }
            else if (!names.Contains(name + RecordSuffix) && !RejectsFile.IsLinkName(name, names))
            {
                yield return Entry(folder, name, null, null);
            }
        }
    }

    static QuarantineEntry Entry(string folder, string name, QuarantineRecord? record, string? recordPath)
    {
        var beside = Path.Join(folder, name);
        var isRejects = recordPath is null && RejectsFile.IsName(name);
        var link = isRejects ? QuarantineJson.TryRead<RejectsLink>(RejectsFile.LinkPath(beside)) : null;
        var file = record is { InPlace: true } ? record.OriginalPath : beside;
        file = FileLook.At(file).Kind == PathKind.File ? file : null;
        var state = (file, record, recordPath) switch
        {
            (null, _, _) => QuarantineState.FileMissing,
            (_, { InPlace: true }, _) => QuarantineState.InPlace,
            (_, null, _) when !isRejects => QuarantineState.ReasonMissing,
            _ => QuarantineState.Complete,
        };
        var since = record?.QuarantinedAt ?? link?.CreatedAt ?? new DateTimeOffset(File.GetLastWriteTimeUtc(file ?? recordPath ?? folder), TimeSpan.Zero);
        var dataset = Path.GetFileName(Path.GetDirectoryName(folder)!);
        var id = string.Join('/', dataset, Path.GetFileName(folder), name);
        return new QuarantineEntry(id, isRejects ? QuarantineKind.Rejects : QuarantineKind.File, state, dataset, file, record, link, since)
        {
            RecordPath = recordPath,
        };
    }

    Task<string> BringBackAsync(QuarantineRecord? record, string dataset, string file, CancellationToken cancellationToken) =>
        PlaceAsync(record, dataset, Path.GetFileName(file), async to => await DurableFiles.MoveAsync(file, to, cancellationToken) switch
        {
            MoveResult.Moved => true,
            MoveResult.TargetExists => false,
            _ => throw new FileNotFoundException($"'{file}' is not in quarantine any more.", file),
        });

    /// <summary>Finds a free name in the data folder. What a record says of paths is believed only as far as it stays in there.</summary>
    async Task<string> PlaceAsync(QuarantineRecord? record, string dataset, string name, Func<string, Task<bool>> place)
    {
        var folder = Path.Join(_dataFolder, dataset);
        if (record is not null && FileNames.IsBelow(_dataFolder, record.OriginalPath) && !HasHiddenPart(record.OriginalPath))
        {
            folder = Path.GetDirectoryName(Path.GetFullPath(record.OriginalPath))!;
            name = Path.GetFileName(record.OriginalPath);
        }
        else if (record is not null && record.File == Path.GetFileName(record.OriginalPath) && Encoding.UTF8.GetByteCount(record.File) <= FileNames.MaxBytes)
        {
            name = FileNames.Require(record.File, "file name");
        }

        DurableFiles.CreateFolder(folder);
        foreach (var candidate in FileNames.Candidates(name, FileNames.MaxBytes))
        {
            var target = Path.Join(folder, candidate);
            if (await place(target))
            {
                LogBroughtBack(logger, target);
                return target;
            }
        }

        throw new System.Diagnostics.UnreachableException();
    }

    bool HasHiddenPart(string path) => Path.GetRelativePath(_dataFolder, path).Split(Path.DirectorySeparatorChar).Any(p => p.StartsWith('.'));

    /// <summary>Does a thing while the reason is a hidden marker that says what is being done; when it fails, all is as it was.</summary>
    static async Task MarkedAsync(QuarantineEntry entry, string marker, Func<Task> act)
    {
        if (entry.RecordPath is not { } record)
        {
            await act();
            return;
        }

        var hidden = Path.Join(Path.GetDirectoryName(record), "." + Path.GetFileName(record) + marker);
        switch (await DurableFiles.MoveAsync(record, hidden, CancellationToken.None))
        {
            case MoveResult.SourceMissing:
                throw new FileNotFoundException($"'{entry.Id}' is not in quarantine any more.", record);
            case MoveResult.TargetExists:
                throw new IOException($"Another retry or drop of '{entry.Id}' is under way or was interrupted; a restart finishes it.");
            default:
                break;
        }

        try
        {
            await act();
        }
        catch
        {
            await DurableFiles.MoveAsync(hidden, record, CancellationToken.None);
            throw;
        }

        DurableFiles.Delete(hidden);
    }

    async Task<bool> FinishHiddenAsync(string path, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(path);
        if (name.StartsWith(DurableFiles.TemporaryPrefix, StringComparison.Ordinal))
        {
            DurableFiles.Delete(path);
            return true;
        }

        var (isRetry, isDrop) = (name.EndsWith(RecordSuffix + RetryMarker, StringComparison.Ordinal),
            name.EndsWith(RecordSuffix + DropMarker, StringComparison.Ordinal));
        if (!isRetry && !isDrop)
        {
            return false;
        }

        var folder = Path.GetDirectoryName(path)!;
        var file = Path.Join(folder, name[1..^(RecordSuffix.Length + (isRetry ? RetryMarker : DropMarker).Length)]);
        if (FileLook.At(file).Kind == PathKind.File)
        {
            if (isDrop)
            {
                DurableFiles.Delete(file);
            }
            else
            {
                var dataset = Path.GetFileName(Path.GetDirectoryName(folder)!);
                await BringBackAsync(QuarantineJson.TryRead<QuarantineRecord>(path), dataset, file, cancellationToken);
            }
        }

        DurableFiles.Delete(path);
        return true;
    }

    /// <summary>A crash came between reason and move when the file still lies where the reason says, unchanged.</summary>
    async Task<bool> FinishMoveAsync(QuarantineEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Record is not { InPlace: false } record || FileStamp.TryRead(record.OriginalPath) is not { } stamp
            || stamp.Bytes != record.Bytes || stamp.ModifiedAt != record.ModifiedAt)
        {
            LogFileMissing(logger, entry.Id);
            return false;
        }

        return await DurableFiles.MoveAsync(record.OriginalPath, Path.Join(_root, entry.Id), cancellationToken) == MoveResult.Moved;
    }

    [LoggerMessage(1500, LogLevel.Information, "Brought back from quarantine: {Path}.")]
    static partial void LogBroughtBack(ILogger logger, string path);

    [LoggerMessage(1501, LogLevel.Information, "Dropped from quarantine: {Id}.")]
    static partial void LogDropped(ILogger logger, string id);

    [LoggerMessage(1502, LogLevel.Warning, "Quarantine holds a reason without its file: {Id}. Look at it, then drop it.")]
    static partial void LogFileMissing(ILogger logger, string id);
}
