using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Engine;

/// <summary>
/// Stops this process when its parent is gone: standard input, a pipe whose other end the parent holds, ends then, however the
/// parent died. Standard input itself becomes /dev/null: the engine must never wait for data from there.
/// </summary>
static partial class ParentWatch
{
    public static void Start(CancellationTokenSource stopping, TimeProvider time)
    {
        var input = new FileStream(new SafeFileHandle(Duplicate(0), ownsHandle: true), FileAccess.Read, bufferSize: 0, isAsync: false);
        using (var nothing = File.OpenHandle("/dev/null"))
        {
            _ = DuplicateTo((int)nothing.DangerousGetHandle(), 0);
        }

        var thread = new Thread(() => Wait(input, stopping, time)) { IsBackground = true, Name = "parent watch" };
        thread.Start();
    }

    static void Wait(FileStream input, CancellationTokenSource stopping, TimeProvider time)
    {
        var buffer = new byte[256];
        try
        {
            while (input.Read(buffer) > 0)
            {
            }
        }
        catch (IOException)
        {
            // An input that cannot be read is as good as one that has ended.
        }

        try
        {
            stopping.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        // Nobody is left to wait for a slow stop: what does not end by itself is ended.
        Task.Delay(TimeSpan.FromSeconds(15), time, CancellationToken.None).Wait();
        Environment.Exit((int)EngineExit.Failed);
    }

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int DuplicateTo(int descriptor, int target);
}
