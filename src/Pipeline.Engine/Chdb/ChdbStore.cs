using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Engine.Chdb;

/// <summary>
/// The store that this process has open. It keeps one connection for as long as it lives, so that the engine neither stops nor
/// starts in between, and opens one more for each query.
/// </summary>
sealed partial class ChdbStore : IDisposable
{
    // What every query starts with. async_insert: an acknowledged insert must be in the table. session_timezone: never the
    // machine's. implicit_select: a statement that is none is a syntax error, as on a server. The rest are the engine's defaults.
    static readonly string[] s_defaults = ["--async_insert=0", "--session_timezone=UTC", "--implicit_select=0"];

    // The pause between two attempts to cancel a query that may not have reached the engine yet.
    static readonly TimeSpan s_cancelPause = TimeSpan.FromMilliseconds(100);

    readonly ConcurrentDictionary<string, string> _running = new(StringComparer.Ordinal);
    readonly ChdbConnection _keeper;
    readonly string _path;

    ChdbStore(string path, ChdbConnection keeper)
    {
        _path = path;
        _keeper = keeper;
        var version = _keeper.Query("SELECT version()");
        Version = System.Text.Encoding.UTF8.GetString(version.Data).Trim();
    }

    /// <summary>ClickHouse's version, as <c>version()</c> says it.</summary>
    public string Version { get; }

    /// <summary>Opens a store, making its directory when there is none.</summary>
    /// <exception cref="EngineException">It is locked, or cannot be opened, or there is no library.</exception>
    public static ChdbStore Open(string path)
    {
        path = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(EngineExit.StoreUnusable, $"The store '{path}' cannot be made: {exception.Message}", exception);
        }

        ThrowIfInUse(path);
        ChdbLibrary.Load();
        if (ChdbConnection.TryOpen(path) is { } keeper)
        {
            return new(path, keeper);
        }

        ThrowIfInUse(path);
        throw new EngineException(
            EngineExit.StoreUnusable, $"The store '{path}' could not be opened. The engine's own message stands above this one.");
    }

    /// <summary>
    /// Opens a connection for one query that has this id; the id must not be in use. The engine gives its queries ids of its own,
    /// so the client's id travels in the comment, with a mark that is unique: comment, tab, id, tab, mark.
    /// </summary>
    /// <exception cref="Http.QueryRefusedException">A query with this id is running.</exception>
    public ChdbConnection Connect(string queryId, string comment)
    {
        var marker = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        if (!_running.TryAdd(queryId, marker))
        {
            throw new Http.QueryRefusedException(ChdbError.Of(
                216, "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING", $"Query with id = {queryId} is already running."));
        }

        var connection = ChdbConnection.TryOpen(_path, [.. s_defaults, $"--log_comment={comment}\t{queryId}\t{marker}"]);
        if (connection is null)
        {
            _running.TryRemove(queryId, out _);
            throw new InvalidOperationException("The engine refused a connection; it wrote why to standard error.");
        }

        return connection;
    }

    /// <summary>Gives back the id of a query whose connection is closed.</summary>
    public void Release(string queryId) => _running.TryRemove(queryId, out _);

    /// <summary>The client's id of a row of system.processes, or the engine's where there is none.</summary>
    public const string QueryIdExpression =
        "if(countSubstrings(Settings['log_comment'], '\t') >= 2, splitByChar('\t', Settings['log_comment'])[-2], query_id)";

    /// <summary>Cancels a query, and goes on until it has ended: it may not have reached the engine when its client went away.</summary>
    public async Task CancelAsync(string queryId, TimeProvider time)
    {
        if (!_running.TryGetValue(queryId, out var marker))
        {
            return;
        }

        while (_running.TryGetValue(queryId, out var current) && current == marker)
        {
            using (var connection = ChdbConnection.TryOpen(_path, s_defaults))
            {
                connection?.Query($"KILL QUERY WHERE endsWith(Settings['log_comment'], '{marker}') ASYNC FORMAT Null");
            }

            await Task.Delay(s_cancelPause, time, CancellationToken.None);
        }
    }

    /// <summary>Closes the store. Every other connection must be closed before.</summary>
    public void Dispose()
    {
        _keeper.Dispose();

        // A thread that could not be joined ends with the process: nothing is lost by it.
        _ = ChdbNative.Shutdown();
    }

    /// <summary>The engine holds an exclusive flock on the store's status file; so does .NET for FileShare.None.</summary>
    static void ThrowIfInUse(string path)
    {
        var status = Path.Combine(path, "status");
        if (!File.Exists(status))
        {
            return;
        }

        try
        {
            using var probe = new FileStream(status, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new EngineException(
                EngineExit.StoreLocked,
                $"The store '{path}' is in use by another process{OwnerOf(status)}. One store has one engine: stop the other, or use another store.",
                exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new EngineException(EngineExit.StoreUnusable, $"The store '{path}' is not this user's: {exception.Message}", exception);
        }
    }

    /// <summary>" (process N)", or "" when the lock does not say. Read without .NET's own lock, which it would not get.</summary>
    static string OwnerOf(string status)
    {
        using var handle = new SafeFileHandle(OpenFile(status, 0), ownsHandle: true);
        if (handle.IsInvalid)
        {
            return "";
        }

        using var reader = new StreamReader(new FileStream(handle, FileAccess.Read));
        return reader.ReadLine() is { } line && line.StartsWith("PID: ", StringComparison.Ordinal) ? $" (process {line[5..].Trim()})" : "";
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);
}
