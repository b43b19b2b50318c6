namespace Pipeline.Discovery;

/// <summary>Starts watching a tree; disposing the result ends it. Throws <see cref="IOException"/> when the system has no watch to give.</summary>
delegate IDisposable StartTreeWatcher(string folder, Action<string, Arrival> onPath, Action<Exception> onError);

/// <summary>One <see cref="FileSystemWatcher"/> for the whole tree: .NET takes one inotify instance each, and a user has 128.</summary>
static class TreeWatcher
{
    /// <summary>
    /// Names only, no writes: a file in progress is looked at by the clock anyway, and a write event per block of a large upload would
    /// only bring the kernel's queue to overflow.
    /// </summary>
    public static IDisposable Start(string folder, Action<string, Arrival> onPath, Action<Exception> onError)
    {
        var watcher = new FileSystemWatcher(folder)
        {
            IncludeSubdirectories = true,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName,
            InternalBufferSize = 64 << 10,
        };

        try
        {
            watcher.Created += (_, e) => onPath(e.FullPath, Arrival.Appeared);
            watcher.Renamed += (_, e) => onPath(e.FullPath, Arrival.Renamed);
            watcher.Error += (_, e) => onError(e.GetException());
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch
        {
            watcher.Dispose();
            throw;
        }
    }
}
