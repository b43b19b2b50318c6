using Pipeline.Formats.Columns;

namespace Pipeline.Loading;

/// <summary>A column of a table at the destination. <see cref="Type"/> is null where this program does not know the type.</summary>
public sealed record TargetColumn(string Name, string TypeName, ColumnType? Type, bool IsInsertable, bool IsInKey);

/// <summary>A table as the destination describes it.</summary>
public sealed record TargetTable
{
    /// <summary>Begins the comment of every table that this program creates: such a table may be widened to take nulls.</summary>
    public const string OwnComment = "Created by Pipeline";

    readonly Dictionary<string, TargetColumn> _byName = [];

    public required TableName Name { get; init; }

    public required string Engine { get; init; }

    public required string PartitionKey { get; init; }

    /// <summary>Columns and expressions in the words of the destination; empty: none.</summary>
    public required string SortingKey { get; init; }

    /// <summary>A plain MergeTree of which an insert computes nothing: no index, projection, constraint, TTL or column made of others.</summary>
    public required bool OnlyStores { get; init; }

    public required string Comment { get; init; }

    /// <summary>True when materialized views read from it: rows must then arrive by INSERT, not as parts.</summary>
    public required bool HasDependents { get; init; }

    public required IReadOnlyList<TargetColumn> Columns
    {
        get;
        init
        {
            field = value;
            _byName = value.ToDictionary(c => c.Name, StringComparer.Ordinal);
        }
    }

    public bool IsOurs => Comment.StartsWith(OwnComment, StringComparison.Ordinal);

    public bool IsPartitioned => PartitionKey.Length > 0;

    public bool IsMergeTree => Engine.EndsWith("MergeTree", StringComparison.Ordinal);

    /// <summary>Of several servers, which agree about its parts by their checksums: ReplicatedMergeTree and its kin, SharedMergeTree.</summary>
    public bool IsReplicated => Engine.StartsWith("Replicated", StringComparison.Ordinal) || Engine.StartsWith("Shared", StringComparison.Ordinal);

    public bool HasProvenance => ProvenanceColumns.Required.All(n => Find(n) is not null);

    public TargetColumn? Find(string name) => _byName.GetValueOrDefault(name);
}

/// <summary>The columns every table of ours carries, so that the destination can tell what of a file it holds.</summary>
public static class ProvenanceColumns
{
    public const string FileId = "_file_id";
    public const string Row = "_row";
    public const string LoadedAt = "_loaded_at";

    public const string LoadedAtType = "DateTime64(3, 'UTC')";

    const string FileIdType = "LowCardinality(String)";
    const string RowType = "UInt64";

    /// <summary>Without these two a file's rows cannot be counted or removed.</summary>
    public static IReadOnlyList<string> Required { get; } = [FileId, Row];

    public static IReadOnlyList<string> All { get; } = [FileId, Row, LoadedAt];

    /// <summary>Definitions for CREATE TABLE and ADD COLUMN. Record numbers rise by one: delta coding leaves almost nothing of them.</summary>
    public static IReadOnlyList<string> Definitions { get; } =
    [
        $"`{FileId}` {FileIdType} COMMENT 'File this row came from, see pipeline.files'",
        $"`{Row}` {RowType} COMMENT 'Record number within the file, from 1' CODEC(Delta(8), LZ4)",
        $"`{LoadedAt}` {LoadedAtType} DEFAULT now64(3, 'UTC') COMMENT 'When the row was inserted'",
    ];

    public static IReadOnlyList<(string Name, string Type)> Types { get; } = [(FileId, FileIdType), (Row, RowType), (LoadedAt, LoadedAtType)];
}
