using Pipeline.ClickHouse;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;
using Pipeline.Ledger;

namespace Pipeline.Loading;

/// <summary>
/// How the rows of a load stand in parts that are written here (<see cref="Formats.Parts.PartWriter"/>), for a table whose inserts do nothing but store
/// rows. Of one attempt; one task writes, and those that attach share the folder.
/// </summary>
sealed class PartForm
{
    // Of the length of every file id; the id is filled in when it is known.
    static readonly string s_openId = new('0', FileId.HexLength);

    readonly FixedColumn<long> _loadedAt = new(ColumnType.Parse(ProvenanceColumns.LoadedAtType));

    readonly Lock _lock = new();
    Task<string>? _detachedFolder;

    PartForm(string? keyColumn, IReadOnlyDictionary<string, string> types, bool isOfNewTable) =>
        (KeyColumn, Types, IsOfNewTable) = (keyColumn, types, isOfNewTable);

    /// <summary>Column that the table is sorted by; null: none.</summary>
    public string? KeyColumn { get; }

    /// <summary>Type of each column that the table has to have, and no others.</summary>
    public IReadOnlyDictionary<string, string> Types { get; }

    /// <summary>Whether the table is made for the load.</summary>
    public bool IsOfNewTable { get; }

    /// <summary>Whether a table of these columns is one that the parts are for.</summary>
    public bool HasTypes(IReadOnlyDictionary<string, string> columns) =>
        columns.Count == Types.Count && columns.All(c => Types.GetValueOrDefault(c.Key) == c.Value);

    /// <summary>Folder that the staging table of the load attaches parts from. Any task may ask: the destination is asked once, and again only where that failed.</summary>
    /// <param name="find">Asks it.</param>
    public Task<string> DetachedFolderAsync(Func<Task<string>> find)
    {
        lock (_lock)
        {
            if (_detachedFolder is not { IsFaulted: false, IsCanceled: false })
            {
                _detachedFolder = find();
            }

            return _detachedFolder;
        }
    }

    /// <summary>Null: the table has columns that the file does not fill, a key of several columns, partitions, or anything that an insert has to compute.</summary>
    public static PartForm? Of(LoadSchema schema)
    {
        if (!schema.HasProvenance || schema.Columns.Any(c => c.Name.Any(char.IsControl)) || !TryFindKey(schema, out var key))
        {
            return null;
        }

        var types = schema.Columns.Select(c => (c.Name, Type: c.Type.Name)).Concat(ProvenanceColumns.Types).ToDictionary(c => c.Name, c => c.Type);
        return schema.Existing is null || Fits(schema.Existing, types) ? new PartForm(key, types, schema.Existing is null) : null;
    }

    // Columns of the file that the table has in another type are brought to this one before anything is attached.
    static bool Fits(TargetTable existing, Dictionary<string, string> types) =>
        existing.Columns.All(c => types.ContainsKey(c.Name)) && ProvenanceColumns.Types.All(p => existing.Find(p.Name)?.TypeName == p.Type);

    /// <summary>A batch as a granule. The columns belong to the batch and to this form: they hold until either changes.</summary>
    /// <param name="batch">At least one row.</param>
    /// <param name="fileId">Null: it is not known yet.</param>
    /// <param name="loadedAt">Now.</param>
    public IReadOnlyList<NamedColumn> GranuleOf(ColumnBatch batch, FileId? fileId, DateTimeOffset loadedAt)
    {
        _loadedAt.Clear();
        _loadedAt.AppendSpan(batch.RowCount).Fill(loadedAt.ToUnixTimeMilliseconds());
        return [.. NativeBlockWriter.WithProvenance(batch, fileId?.Hex ?? s_openId), new(ProvenanceColumns.LoadedAt, _loadedAt)];
    }

    static bool TryFindKey(LoadSchema schema, out string? key)
    {
        key = null;
        if (schema.Existing is not { } existing)
        {
            var keys = schema.SortingKey;
            key = keys.Count > 0 ? keys[0] : null;
            return schema.Dataset.PartitionBy is null && schema.DeclaredOnly.Count == 0
                && (keys.Count == 0 || (keys.Count == 1 && schema.Columns.Any(c => c.Name == keys[0])));
        }

        key = existing.SortingKey.Length == 0 ? null
            : schema.Columns.Select(c => c.Name).FirstOrDefault(n => existing.SortingKey == n || existing.SortingKey == Identifier.Quote(n));
        return existing.OnlyStores && (key is not null || existing.SortingKey.Length == 0);
    }
}
