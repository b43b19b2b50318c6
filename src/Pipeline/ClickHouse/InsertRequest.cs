using System.Collections.Immutable;
using Pipeline.Formats.Native;

namespace Pipeline.ClickHouse;

/// <summary>
/// One insert of Native blocks. The blocks must not change before the call returns: they are read while they are sent. An insert
/// is atomic for ClickHouse only
/// as long as it is one block of one partition; larger loads go through a staging table.
/// </summary>
public sealed record InsertRequest
{
    /// <summary>The table as SQL, from <see cref="Identifier.Table"/>.</summary>
    public required string Table { get; init; }

    /// <summary>Blocks with the same columns; their names are the insert's column list.</summary>
    public required IReadOnlyList<IReadOnlyList<NamedColumn>> Blocks { get; init; }

    /// <summary>
    /// The same token twice is one insert. Needs <c>non_replicated_deduplication_window</c> on a table that is not replicated.
    /// </summary>
    public string? DeduplicationToken { get; init; }

    /// <summary>Names the insert in the server's logs; made up when null.</summary>
    public string? QueryId { get; init; }

    /// <summary>ClickHouse settings of this insert; they win over the client's.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = ImmutableDictionary<string, string>.Empty;

    internal long Rows => Blocks.Sum(b => b.Count == 0 ? 0L : b[0].Column.Count);
}
