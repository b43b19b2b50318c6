using System.Collections.Immutable;

namespace Pipeline.ClickHouse;

/// <summary>
/// One insert of Native blocks. An insert is atomic for ClickHouse only as long as it is one block of one partition; larger loads go through a
/// staging table.
/// </summary>
public sealed record InsertRequest
{
    /// <summary>The table as SQL, from <see cref="Identifier.Table"/>.</summary>
    public required string Table { get; init; }

    public required NativeData Data { get; init; }

    /// <summary>
    /// The same token twice is one insert. Needs <c>non_replicated_deduplication_window</c> on a table that is not replicated.
    /// </summary>
    public string? DeduplicationToken { get; init; }

    /// <summary>Names the insert in the server's logs; made up when null.</summary>
    public string? QueryId { get; init; }

    /// <summary>ClickHouse settings of this insert; they win over the client's.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = ImmutableDictionary<string, string>.Empty;
}
