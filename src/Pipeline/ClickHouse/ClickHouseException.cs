namespace Pipeline.ClickHouse;

/// <summary>
/// A query failed, or a stream of results did. Everything that is wrong with ClickHouse or on the way to it comes as this, with
/// the reason as a value;
/// inserts return <see cref="InsertResult"/> instead. Cancellation by the caller stays an <see
/// cref="OperationCanceledException"/>.
/// </summary>
public sealed class ClickHouseException(ClickHouseError error, string queryId, Exception? inner = null)
    : Exception($"{error} [query id {queryId}]", inner)
{
    public ClickHouseError Error { get; } = error;

    public string QueryId { get; } = queryId;

    public bool IsTransient => Error.IsTransient;
}
