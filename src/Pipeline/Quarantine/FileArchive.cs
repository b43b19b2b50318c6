using System.Globalization;
using Pipeline.Discovery;

namespace Pipeline.Quarantine;

/// <summary>
/// Keeps the files that were loaded: <c>archive/&lt;dataset&gt;/&lt;yyyy-mm-dd&gt;/&lt;file name&gt;</c>. Never overwrites: a second file of
/// that name becomes <c>name (2).csv</c>. A move is safe to repeat after a crash at any point, with the same date.
/// </summary>
public sealed class FileArchive(string root)
{
    /// <summary>
    /// Moves a file into the archive, durably, and returns where it lies. When the source is gone, the archived file with
    /// <paramref name="expected"/> size and time (to the microsecond, as the ledger keeps it) is the answer.
    /// </summary>
    /// <param name="source">Where it lies.</param>
    /// <param name="dataset">Its dataset, a folder of the archive.</param>
    /// <param name="date">A folder of the dataset.</param>
    /// <param name="expected">Size and time by which it is known when it was moved before.</param>
    /// <param name="fileName">Its name in the archive; null: as it is called now.</param>
    /// <param name="later">Takes the folders to be flushed: the move is durable once the caller has flushed them. Null: flushed here.</param>
    /// <param name="cancellationToken">Ends a copy to another device.</param>
    /// <exception cref="FileNotFoundException">Neither the source nor an archived file of that size and time is there.</exception>
    /// <exception cref="ArgumentException">The dataset is not a plain name.</exception>
    /// <exception cref="IOException">The world is wrong (disk full, no permission): try again later, the file is where it was.</exception>
    internal async Task<string> MoveAsync(
        string source, string dataset, DateOnly date, FileStamp? expected = null, string? fileName = null, FolderSync? later = null,
        CancellationToken cancellationToken = default) =>
        (await MoveAsync(source, dataset, date, expected, fileName, later, copies: true, cancellationToken))!;

    /// <summary>The same in one step, of which another process sees the start or the end; null where that cannot be, because the archive is on another device.</summary>
    internal Task<string?> TryRenameAsync(string source, string dataset, DateOnly date, FileStamp? expected, string? fileName, FolderSync? later) =>
        MoveAsync(source, dataset, date, expected, fileName, later, copies: false, CancellationToken.None);

    async Task<string?> MoveAsync(
        string source, string dataset, DateOnly date, FileStamp? expected, string? fileName, FolderSync? later, bool copies, CancellationToken cancellationToken)
    {
        var name = FileNames.Require(fileName ?? Path.GetFileName(source), "file name");
        var folder = OpenFolder(dataset, date, later);
        foreach (var candidate in FileNames.Candidates(name, FileNames.MaxBytes))
        {
            var target = Path.Join(folder, candidate);
            switch (await DurableFiles.MoveAsync(source, target, cancellationToken, later, copies))
            {
                case MoveResult.Moved:
                    return target;
                case MoveResult.OtherDevice:
                    return null;
                case MoveResult.SourceMissing:
                    return FindMoved(folder, name, expected)
                        ?? throw new FileNotFoundException($"'{source}' is gone and not in '{folder}': somebody else moved or deleted it.", source);
                default:
                    break;
            }
        }

        throw new System.Diagnostics.UnreachableException();
    }

    /// <summary>The folder of a dataset and a day, made where it is missing; one that a file of the same group went to is there.</summary>
    string OpenFolder(string dataset, DateOnly date, FolderSync? group)
    {
        var folder = FolderOf(root, dataset, date);
        if (group?.HasEntered(folder) != true)
        {
            DurableFiles.CreateFolder(folder);
        }

        return folder;
    }

    /// <summary>Folder of a dataset and a day below a root; throws when the dataset is not a plain name.</summary>
    internal static string FolderOf(string root, string dataset, DateOnly date) => Path.Join(
        Path.GetFullPath(root), FileNames.Require(dataset, "dataset"), date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    /// <summary>The archived files of this name, its first and those with numbers.</summary>
    internal IEnumerable<string> PathsLike(string fileName, string dataset, DateOnly date) =>
        FilesLike(FolderOf(root, dataset, date), fileName).Select(file => file.Path);

    static IEnumerable<(string Path, FileStamp Stamp)> FilesLike(string folder, string fileName)
    {
        foreach (var name in FileNames.Candidates(fileName, FileNames.MaxBytes))
        {
            var path = Path.Join(folder, name);
            if (FileStamp.TryRead(path) is not { } stamp)
            {
                yield break;
            }

            yield return (path, stamp);
        }
    }

    static string? FindMoved(string folder, string name, FileStamp? expected) => expected is not { } wanted
        ? null
        : FilesLike(folder, name).FirstOrDefault(file => file.Stamp.Bytes == wanted.Bytes && Microseconds(file.Stamp) == Microseconds(wanted)).Path;

    static long Microseconds(FileStamp stamp) => stamp.ModifiedAt.UtcTicks / TimeSpan.TicksPerMicrosecond;
}
