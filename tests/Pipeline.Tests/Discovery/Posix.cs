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
        byte[] path = [.. System.Text.Encoding.UTF8.GetBytes(folder), (byte)'/', .. name, 0];
        var file = open(path, 0x42, 0x180); // O_CREAT | O_RDWR
        if (file < 0)
        {
            throw new IOException($"open: errno {Marshal.GetLastPInvokeError()}");
        }

        _ = close(file);
    }

    [DllImport("libc", SetLastError = true)]
    static extern int mkfifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    [DllImport("libc", SetLastError = true)]
    static extern int open(byte[] path, int flags, uint mode);

    [DllImport("libc", SetLastError = true)]
    static extern int close(int file);
}
