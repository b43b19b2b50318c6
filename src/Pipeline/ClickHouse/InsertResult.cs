namespace Pipeline.ClickHouse;

/// <summary>
/// What became of an insert. A fault of the transport is always <see cref="Retry"/>, never <see cref="Refused"/>: it says nothing
/// about the rows.
/// </summary>
public abstract record InsertResult
{
    InsertResult(string queryId) => QueryId = queryId;

    public string QueryId { get; }

    /// <summary>ClickHouse has the rows.</summary>
    /// <param name="SentRows">Rows of the blocks sent; -1 when the caller wrote the body.</param>
    /// <param name="WrittenRows">
    /// What <c>X-ClickHouse-Summary</c> says; null when it says nothing. A check, not a proof: materialized views add to it, and
    /// a deduplicated insert may say
    /// 0 or the full number. The table itself is the judge.
    /// </param>
    /// <param name="QueryId">Names the insert in the server's logs.</param>
    public sealed record Accepted(long SentRows, long? WrittenRows, string QueryId) : InsertResult(QueryId)
    {
        /// <summary>Fewer rows were written than sent: deduplicated, or wrong.</summary>
        public bool IsShort => WrittenRows < SentRows;
    }

    /// <summary>The world is wrong: the same blocks again, with the same deduplication token.</summary>
    /// <param name="Error">Why.</param>
    /// <param name="After">How long the server asked to wait; null when it said nothing.</param>
    /// <param name="MayHaveWritten">The request may have reached the server: without a token, ask the table before sending
    /// again.</param>
    /// <param name="QueryId">Names the insert in the server's logs.</param>
    public sealed record Retry(ClickHouseError Error, TimeSpan? After, bool MayHaveWritten, string QueryId)
        : InsertResult(QueryId);

    /// <summary>
    /// Nothing was written, and the same request will not fare better; <see cref="ClickHouseError.Class"/> says what to do.
    /// </summary>
    public sealed record Refused(ClickHouseError Error, string QueryId) : InsertResult(QueryId);
}
