using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Pipeline.Discovery;

namespace Pipeline.Quarantine;

enum MoveResult
{
    Moved = 0,

    /// <summary>The target's name is taken; nothing happened.</summary>
    TargetExists = 1,

    SourceMissing = 2,

    /// <summary>The target is on another device, and nothing was to be copied.</summary>
    OtherDevice = 3,
}

/// <summary>
/// Moves and writes that are there after a power cut once they return, and never overwrite. A name that starts with
/// <see cref="TemporaryPrefix"/> is work in progress: discovery and listings pass it over, and it may be deleted at any start.
/// </summary>
static partial class DurableFiles
{
    public const string TemporaryPrefix = ".pipeline-tmp-";

    const int CurrentFolder = -100; // AT_FDCWD
    const int NoReplace = 1; // RENAME_NOREPLACE
    const int OpenReadOnly = 0x80000; // O_RDONLY | O_CLOEXEC
    const int NotPermitted = 1;
    const int NoEntry = 2;
    const int Exists = 17;
    const int CrossDevice = 18;
    const int Invalid = 22;
    const int TooManyLinks = 31;
    const int NoSystemCall = 38;
    const int NotSupported = 95;

    /// <summary>Moves a file, also to another device, keeping its time; the target's name must be free.</summary>
    /// <param name="source">Where it lies.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="cancellationToken">Ends a copy.</param>
    /// <param name="later">Takes the folders to be flushed, by the caller; null: flushed here.</param>
    /// <param name="copies">Whether it may be copied where it cannot be renamed.</param>
    public static async Task<MoveResult> MoveAsync(
        string source, string target, CancellationToken cancellationToken, FolderSync? later = null, bool copies = true)
    {
        if (!copies && !OperatingSystem.IsLinux())
        {
            // There a move does not tell.
            return MoveResult.OtherDevice;
        }

        var error = Rename(source, target);
        if (error == CrossDevice)
        {
            return !copies ? MoveResult.OtherDevice : await CopyAndDeleteAsync(source, target, cancellationToken);
        }

        switch (error)
        {
            case 0:
                var folders = later ?? new FolderSync();
                folders.Moved(source, target);
                if (later is null)
                {
                    folders.Flush();
                }

                return MoveResult.Moved;
            case Exists when IsSameFile(source, target):
                // A move by link and unlink that was cut between the two.
                File.Delete(source);
                SyncFolder(Path.GetDirectoryName(source)!);
                return MoveResult.Moved;
            case Exists:
                return MoveResult.TargetExists;
            case NoEntry when !File.Exists(source):
                return MoveResult.SourceMissing;
            default:
                throw CannotMove(source, target, error);
        }
    }

    /// <summary>Renames a file within its folder, for a while: not flushed. Nothing happens when it is gone, or when the name is taken already.</summary>
    public static void PutAside(string source, string target)
    {
        var error = Rename(source, target);
        if (error is not (0 or Exists) && (error != NoEntry || File.Exists(source)))
        {
            throw CannotMove(source, target, error);
        }
    }

    /// <summary>Copies a file under a name that is free, keeping its time. False when the name is taken.</summary>
    public static async Task<bool> CopyAsync(string source, string target, CancellationToken cancellationToken)
    {
        var temporary = Temporary(target);
        try
        {
            await using (var from = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0))
            await using (var to = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                await from.CopyToAsync(to, 1 << 20, cancellationToken);
                File.SetLastWriteTimeUtc(to.SafeFileHandle, File.GetLastWriteTimeUtc(from.SafeFileHandle));
                RandomAccess.FlushToDisk(to.SafeFileHandle);
            }

            return await MoveAsync(temporary, target, cancellationToken) == MoveResult.Moved;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Writes a whole file. False when the name is taken and <paramref name="replace"/> is not set.</summary>
    public static async Task<bool> WriteAsync(string path, ReadOnlyMemory<byte> bytes, bool replace, CancellationToken cancellationToken)
    {
        var temporary = Temporary(path);
        try
        {
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                await file.WriteAsync(bytes, cancellationToken);
                RandomAccess.FlushToDisk(file.SafeFileHandle);
            }

            if (replace)
            {
                File.Move(temporary, path, overwrite: true);
                SyncFolder(Path.GetDirectoryName(path)!);
                return true;
            }

            return await MoveAsync(temporary, path, cancellationToken) == MoveResult.Moved;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    public static void Delete(string path)
    {
        File.Delete(path);
        SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Makes a folder and those above it, durably.</summary>
    public static void CreateFolder(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        var parent = Path.GetDirectoryName(path)!;
        CreateFolder(parent);
        Directory.CreateDirectory(path);
        SyncFolder(parent);
    }

    /// <summary>Names in a folder survive a power cut only after this.</summary>
    public static void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var handle = Open(folder, OpenReadOnly);
        if (handle.IsInvalid || Sync(handle) != 0)
        {
            var error = Marshal.GetLastPInvokeError();

            // Some network file systems cannot, and then keep names safe by themselves.
            if (error is not (Invalid or NoSystemCall or NotSupported))
            {
                throw new IOException($"The folder '{folder}' cannot be synced: {Marshal.GetPInvokeErrorMessage(error)}.", error);
            }
        }
    }

    static IOException CannotMove(string source, string target, int error) =>
        new($"'{source}' cannot be moved to '{target}': {Marshal.GetPInvokeErrorMessage(error)}.", error);

    static string Temporary(string target) => Path.Join(Path.GetDirectoryName(target), TemporaryPrefix + Guid.NewGuid().ToString("N"));

    static bool IsSameFile(string one, string other) =>
        FileStamp.TryRead(one) is { Inode: not null } stamp && FileStamp.TryRead(other) == stamp;

    static async Task<MoveResult> CopyAndDeleteAsync(string source, string target, CancellationToken cancellationToken)
    {
        if (FileStamp.TryRead(source) is not { } before)
        {
            return MoveResult.SourceMissing;
        }

        // A copy that was finished before its source could be deleted is found here by the next attempt.
        if (!await CopyAsync(source, target, cancellationToken) && !await IsSameContentAsync(source, target, cancellationToken))
        {
            return MoveResult.TargetExists;
        }

        if (FileStamp.TryRead(source) != before)
        {
            throw new IOException($"'{source}' changed while it was moved; the copy '{target}' may be cut, the file itself was left.");
        }

        Delete(source);
        return MoveResult.Moved;
    }

    static async Task<bool> IsSameContentAsync(string one, string other, CancellationToken cancellationToken)
    {
        if (FileStamp.TryRead(one) is not { } a || FileStamp.TryRead(other) is not { } b || a.Bytes != b.Bytes || a.ModifiedAt != b.ModifiedAt)
        {
            return false;
        }

        await using var first = File.OpenRead(one);
        await using var second = File.OpenRead(other);
        var firstHash = await SHA256.HashDataAsync(first, cancellationToken);
        var secondHash = await SHA256.HashDataAsync(second, cancellationToken);
        return firstHash.AsSpan().SequenceEqual(secondHash);
    }

    /// <summary>0 or an errno. Atomic where the file system can: rename without replacement, else link and unlink.</summary>
    static int Rename(string source, string target)
    {
        if (!OperatingSystem.IsLinux())
        {
            return RenamePortably(source, target);
        }

        var error = RenameAt(source, target);
        if (error is Invalid or NoSystemCall)
        {
            error = Link(source, target) == 0 ? 0 : Marshal.GetLastPInvokeError();
            if (error == 0)
            {
                File.Delete(source);
            }
        }

        return error is NotPermitted or NotSupported or TooManyLinks ? RenamePortably(source, target) : error;
    }

    static int RenameAt(string source, string target)
    {
        try
        {
            return RenameAt2(CurrentFolder, source, CurrentFolder, target, NoReplace) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        catch (EntryPointNotFoundException)
        {
            return NoSystemCall; // A C library that has no wrapper for it.
        }
    }

    static int RenamePortably(string source, string target)
    {
        if (!File.Exists(source))
        {
            return NoEntry;
        }

        if (Path.Exists(target))
        {
            return Exists;
        }

        File.Move(source, target, overwrite: false);
        return 0;
    }

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int sourceFolder, string source, int targetFolder, string target, uint flags);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string source, string target);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);
}
