using System.Runtime.InteropServices;
using System.Text;

namespace Pipeline.Engine.Chdb;

/// <summary>What a statement left behind. Rows and bytes read are those of the storage, written those of every table written.</summary>
sealed record ChdbOutcome(
    byte[] Data, ChdbError? Error, ulong ResultRows, ulong RowsRead, ulong BytesRead, ulong RowsWritten, ulong BytesWritten);

/// <summary>
/// One connection to the engine of this process: a session, with its settings and its current database. Opening and closing takes
/// 0.1 ms together, so each query gets a new one and nothing leaks from query to query. Not safe for two threads at once.
/// </summary>
sealed unsafe class ChdbConnection : IDisposable
{
    // A race between connect and close was reported upstream: one at a time, for the whole process.
    static readonly Lock s_gate = new();

    nint* _connection;

    ChdbConnection(nint* connection) => _connection = connection;

    /// <returns>Null when the engine refused; it wrote why to standard error.</returns>
    public static ChdbConnection? TryOpen(string storePath, params ReadOnlySpan<string> arguments)
    {
        ChdbLibrary.Load();
        using var argv = new Utf8Texts(["clickhouse", "--path=" + storePath, .. arguments]);
        lock (s_gate)
        {
            var connection = ChdbNative.Connect(argv.Count, argv.Pointers);
            SignalHandlers.Restore();
            return connection is null ? null : new(connection);
        }
    }

    /// <summary>Runs a statement to its end; blocks. What it returns is in memory.</summary>
    public ChdbOutcome Query(ReadOnlySpan<byte> sql, string format, IReadOnlyCollection<KeyValuePair<string, string>> parameters)
    {
        using var names = new Utf8Texts(parameters.Select(parameter => parameter.Key));
        using var values = new Utf8Texts(parameters.Select(parameter => parameter.Value));
        var formatBytes = Encoding.UTF8.GetBytes(format);
        fixed (byte* sqlPointer = sql, formatPointer = formatBytes)
        {
            return Take(ChdbNative.QueryWithParameters(
                *_connection, sqlPointer, (nuint)sql.Length, formatPointer, (nuint)formatBytes.Length,
                names.Pointers, names.Lengths, values.Pointers, values.Lengths, (nuint)names.Count));
        }
    }

    public ChdbOutcome Query(string sql) => Query(Encoding.UTF8.GetBytes(sql), "TabSeparated", []);

    /// <summary>Begins an insert whose data follows. The statement carries no FORMAT clause and no data.</summary>
    public ChdbInsert BeginInsert(ReadOnlySpan<byte> sql, string format, IReadOnlyCollection<KeyValuePair<string, string>> parameters)
    {
        using var names = new Utf8Texts(parameters.Select(parameter => parameter.Key));
        using var values = new Utf8Texts(parameters.Select(parameter => parameter.Value));
        var formatBytes = Encoding.UTF8.GetBytes(format);
        fixed (byte* sqlPointer = sql, formatPointer = formatBytes)
        {
            return new(ChdbNative.StreamInsertWithParameters(
                *_connection, sqlPointer, (nuint)sql.Length, formatPointer, (nuint)formatBytes.Length,
                names.Pointers, names.Lengths, values.Pointers, values.Lengths, (nuint)names.Count));
        }
    }

    public void Dispose()
    {
        lock (s_gate)
        {
            if (_connection is not null)
            {
                ChdbNative.Close(_connection);
                _connection = null;
            }
        }
    }

    /// <summary>Copies a result into managed memory and destroys it.</summary>
    internal static ChdbOutcome Take(nint result)
    {
        if (result == 0)
        {
            return new([], ChdbError.Parse("The engine returned nothing."), 0, 0, 0, 0, 0);
        }

        try
        {
            var error = Marshal.PtrToStringUTF8((nint)ChdbNative.ResultError(result));
            var buffer = ChdbNative.ResultBuffer(result);
            var data = buffer is null ? [] : new ReadOnlySpan<byte>(buffer, checked((int)ChdbNative.ResultLength(result))).ToArray();
            return new(
                data, error is null ? null : ChdbError.Parse(error), ChdbNative.ResultRows(result), ChdbNative.ResultRowsRead(result),
                ChdbNative.ResultBytesRead(result), ChdbNative.ResultRowsWritten(result), ChdbNative.ResultBytesWritten(result));
        }
        finally
        {
            ChdbNative.DestroyResult(result);
        }
    }
}
