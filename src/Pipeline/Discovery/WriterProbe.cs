using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Discovery;

enum WriterState
{
    /// <summary>Nobody has the file open for writing, on this machine, on a local file system.</summary>
    None = 0,

    Writing = 1,

    /// <summary>It cannot be told here: a network file system, a file of another user, another platform.</summary>
    Unknown = 2,
}

/// <summary>
/// Asks the kernel whether a writer has a file open: a read lease (<c>fcntl F_SETLEASE</c>) is refused with EAGAIN while one has.
/// The lease is given back within microseconds. A writer that opens the file meanwhile waits for that, and the kernel signals us:
/// SIGURG instead of the default SIGIO, because SIGIO ends a process that does not handle it and SIGURG is ignored.
/// </summary>
static partial class WriterProbe
{
    const int OpenFlags = 0x80800; // O_RDONLY | O_NONBLOCK | O_CLOEXEC, the same on x64 and arm64
    const int SetSignal = 10;
    const int SetLease = 1024;
    const int ReadLease = 0;
    const int NoLease = 2;
    const int SigUrg = 23;
    const int Again = 11;

    // linux/magic.h and the file systems' own sources. Their leases are refused for other reasons, or say nothing about other machines.
    static readonly HashSet<ulong> s_remoteFileSystems =
    [
        0x6969, // NFS
        0x517B, 0xFF534D42, 0xFE534D42, // SMB, CIFS, SMB2
        0x65735546, // FUSE, virtiofs, container desktop mounts
        0x01021997, // 9P
        0x00C36400, // Ceph
        0x5346414F, 0x6B414653, // AFS
        0x0BD00BD0, // Lustre
        0x47504653, // GPFS
        0x7461636F, // OCFS2
        0x01161970, // GFS2
        0x786F4256, // VirtualBox shared folder
        0xBACBACBC, // VMware shared folder
    ];

    public static WriterState Look(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return WriterState.Unknown;
        }

        using var file = Open(path, OpenFlags);
        if (file.IsInvalid)
        {
            // EAGAIN: another program holds a write lease (Samba does for its clients).
            return Marshal.GetLastPInvokeError() == Again ? WriterState.Writing : WriterState.Unknown;
        }

        if (Statfs(file, out var fileSystem) != 0 || s_remoteFileSystems.Contains(fileSystem.Type & 0xFFFFFFFF)
            || Control(file, SetSignal, SigUrg) != 0)
        {
            return WriterState.Unknown;
        }

        if (Control(file, SetLease, ReadLease) == 0)
        {
            _ = Control(file, SetLease, NoLease); // Closing gives it back as well.
            return WriterState.None;
        }

        return Marshal.GetLastPInvokeError() == Again ? WriterState.Writing : WriterState.Unknown;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    private static partial int Statfs(SafeFileHandle file, out StatfsBuffer buffer);

    // 120 bytes on 64-bit Linux; only the first field is read.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    struct StatfsBuffer
    {
        [FieldOffset(0)]
        public ulong Type;
    }
}
