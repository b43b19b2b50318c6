using System.Runtime.InteropServices;

namespace Pipeline.Tests.Discovery;

/// <summary>What .NET has no call for.</summary>
static class Posix
{
    public static void MakeFifo(string path)
    {
        if (mkfifo(path, 0x180) != 0)
        {
            throw new IOException($"mkfifo: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>Makes an empty file whose name is any bytes.</summary>
    public static void CreateFile(string folder, ReadOnlySpan<byte> name)
    {
        var file = open(Join(folder, name), 0x42, 0x180); // O_CREAT | O_RDWR
        if (file < 0)
        {
            throw new IOException($"open: errno {Marshal.GetLastPInvokeError()}");
        }

        _ = close(file);
    }

    /// <summary>Removes a file that .NET cannot name.</summary>
    public static void DeleteFile(string folder, ReadOnlySpan<byte> name)
    {
        if (unlink(Join(folder, name)) != 0)
        {
            throw new IOException($"unlink: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    static byte[] Join(string folder, ReadOnlySpan<byte> name) => [.. System.Text.Encoding.UTF8.GetBytes(folder), (byte)'/', .. name, 0];

    [DllImport("libc", SetLastError = true)]
    static extern int mkfifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    [DllImport("libc", SetLastError = true)]
    static extern int open(byte[] path, int flags, uint mode);

    [DllImport("libc", SetLastError = true)]
    static extern int close(int file);

    [DllImport("libc", SetLastError = true)]
    static extern int unlink(byte[] path);
}
