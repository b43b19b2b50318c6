using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Engine.Chdb;

/// <summary>
/// A pipe that a query writes its result into, as a file (<c>INTO OUTFILE '/dev/fd/N'</c>): one document in any format, while it
/// is made, and the query waits when nobody reads. (The engine's own result stream makes a whole document of every block.)
/// </summary>
sealed unsafe partial class OutputPipe : IDisposable
{
    // F_SETPIPE_SZ of Linux; 1 MiB is what an unprivileged process may ask for. Elsewhere the default stays.
    const int SetPipeSize = 1031;
    const int PipeBytes = 1 << 20;

    readonly SafeFileHandle _writer;

    public OutputPipe()
    {
        var ends = stackalloc int[2];
        if (CreatePipe(ends) != 0)
        {
            throw new IOException($"A pipe could not be made: error {Marshal.GetLastPInvokeError()}.");
        }

        var reader = new SafeFileHandle(ends[0], ownsHandle: true);
        _writer = new(ends[1], ownsHandle: true);
        if (OperatingSystem.IsLinux())
        {
            _ = Control(ends[1], SetPipeSize, PipeBytes);
        }

        Path = $"/dev/fd/{ends[1]}";
        Reader = new(reader, FileAccess.Read, bufferSize: 0, isAsync: false);
    }

    /// <summary>The end to read from. Disposing it fails the query that writes.</summary>
    public FileStream Reader { get; }

    /// <summary>The name under which the query opens the other end.</summary>
    public string Path { get; }

    /// <summary>Ends the reader's text, once the query is over.</summary>
    public void CloseWriter() => _writer.Dispose();

    public void Dispose()
    {
        _writer.Dispose();
        Reader.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "pipe", SetLastError = true)]
    private static partial int CreatePipe(int* ends);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);
}
