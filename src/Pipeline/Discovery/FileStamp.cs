using System.Runtime.InteropServices;

namespace Pipeline.Discovery;

/// <summary>
/// What tells one version of a file from another without reading it. Two equal stamps before and after a read say that nothing moved
/// under the reader; a stamp never identifies content (inodes are reused, times are copied).
/// </summary>
/// <param name="Bytes">Size in bytes.</param>
/// <param name="ModifiedAt">Last write, in steps of 100 ns.</param>
/// <param name="Inode">Null where the platform does not tell.</param>
/// <param name="Device">Null where the platform does not tell.</param>
public readonly record struct FileStamp(long Bytes, DateTimeOffset ModifiedAt, ulong? Inode, ulong? Device)
{
    /// <summary>The stamp of a regular file; null when there is none (or it is a link, a pipe, a folder). Never follows a link.</summary>
    public static FileStamp? TryRead(string path)
    {
        var look = FileLook.At(path);
        return look.Kind == PathKind.File ? look.Stamp : null;
    }
}

enum PathKind
{
    Missing = 0,
    File = 1,
    Folder = 2,
    Link = 3,

    /// <summary>A pipe, a socket, a device.</summary>
    Special = 4,

    /// <summary>It may be there, but may not be looked at.</summary>
    Unreadable = 5,
}

/// <summary>One look at a path, without following a link.</summary>
/// <param name="Kind">What is there.</param>
/// <param name="Stamp">Meaningful for files, and for the identity of folders.</param>
/// <param name="ChangedAfterWrite">Name or attributes changed after the last write: a file that was moved here shows this.</param>
readonly partial record struct FileLook(PathKind Kind, FileStamp Stamp, bool ChangedAfterWrite)
{
    const int CurrentFolder = -100; // AT_FDCWD
    const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    const uint BasicStats = 0x7ff; // STATX_BASIC_STATS
    const int NoEntry = 2;
    const int NotAFolder = 20;

    public static FileLook At(string path) => OperatingSystem.IsLinux() ? OnLinux(path) : Elsewhere(path);

    // statx, unlike stat, has one memory layout on every architecture.
    static FileLook OnLinux(string path)
    {
        if (Statx(CurrentFolder, path, NoFollow, BasicStats, out var stat) != 0)
        {
            var kind = Marshal.GetLastPInvokeError() is NoEntry or NotAFolder ? PathKind.Missing : PathKind.Unreadable;
            return new FileLook(kind, default, false);
        }

        var stamp = new FileStamp((long)stat.Size, stat.Modified.ToTime(), stat.Inode, ((ulong)stat.DeviceMajor << 32) | stat.DeviceMinor);
        return new FileLook(KindOf(stat.Mode), stamp, stat.Changed.IsAfter(stat.Modified));
    }

    static PathKind KindOf(ushort mode) => (mode & 0xf000) switch
    {
        0x8000 => PathKind.File,
        0x4000 => PathKind.Folder,
        0xa000 => PathKind.Link,
        _ => PathKind.Special,
    };

    static FileLook Elsewhere(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.LinkTarget is not null)
            {
                return new FileLook(PathKind.Link, default, false);
            }

            if (!file.Exists)
            {
                return new FileLook(Directory.Exists(path) ? PathKind.Folder : PathKind.Missing, default, false);
            }

            var stamp = new FileStamp(file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero), null, null);
            return new FileLook(!file.Attributes.HasFlag(FileAttributes.Device) ? PathKind.File : PathKind.Special, stamp, false);
        }
        catch (FileNotFoundException)
        {
            return new FileLook(PathKind.Missing, default, false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new FileLook(PathKind.Unreadable, default, false);
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out StatxBuffer buffer);

    [StructLayout(LayoutKind.Sequential)]
    struct StatxTime
    {
        public long Seconds;
        public uint Nanoseconds;
        public int Reserved;

        public readonly bool IsAfter(in StatxTime other) =>
            Seconds != other.Seconds ? Seconds > other.Seconds : Nanoseconds > other.Nanoseconds;

        // Times that no calendar holds (a damaged file system) become its ends.
        public readonly DateTimeOffset ToTime()
        {
            var seconds = Math.Clamp(Seconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds());
            return DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(Nanoseconds / 100);
        }
    }

    // Linux, include/uapi/linux/stat.h: 256 bytes, the fields after the device numbers are not read.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    struct StatxBuffer
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(96)]
        public StatxTime Changed;

        [FieldOffset(112)]
        public StatxTime Modified;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
