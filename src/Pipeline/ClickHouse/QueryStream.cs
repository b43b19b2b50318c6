namespace Pipeline.ClickHouse;

/// <summary>
/// A result as it comes. <see cref="Body"/> throws <see cref="ClickHouseException"/> when the query fails after its first bytes.
/// Disposing before the end
/// closes the connection, by which the engine (and a server, for a query that only reads) cancels the query.
/// </summary>
public sealed class QueryStream(Stream body, string? format, string queryId) : IAsyncDisposable
{
    public Stream Body { get; } = body;

    /// <summary>The output format the server chose.</summary>
    public string? Format { get; } = format;

    public string QueryId { get; } = queryId;

    public ValueTask DisposeAsync() => Body.DisposeAsync();
}
