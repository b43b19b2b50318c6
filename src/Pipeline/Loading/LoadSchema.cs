using System.Security.Cryptography;
using System.Text;
using Pipeline.ClickHouse;
using Pipeline.Configuration;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Typing;

namespace Pipeline.Loading;

/// <summary>A column that a load fills.</summary>
/// <param name="Source">Index of the column in the file.</param>
/// <param name="OriginalName">Its name in the file.</param>
/// <param name="Name">Its name in the table.</param>
/// <param name="Type">Type its values are parsed to.</param>
/// <param name="IsInferred">True when the type may still widen: no table and no contract dictates it.</param>
/// <param name="Form">How the file writes its values.</param>
/// <param name="Rules">What the contract asks of its values; null without one.</param>
/// <param name="Evidence">Why this type, for receipts and <c>inspect</c>.</param>
sealed record PlannedColumn(
    int Source, string OriginalName, string Name, ColumnType Type, bool IsInferred, TextForm Form, ColumnOptions? Rules, string Evidence);

/// <summary>What a load does to its target: the columns it fills, and how the target comes to have them.</summary>
sealed record LoadSchema
{
    public required TableName Target { get; init; }

    /// <summary>The target as it was when this was planned; null when there was none.</summary>
    public required TargetTable? Existing { get; init; }

    /// <summary>Columns filled from the file, in the order of the file.</summary>
    public required IReadOnlyList<PlannedColumn> Columns { get; init; }

    /// <summary>Declared columns that the file does not have: part of a table that we create.</summary>
    public required IReadOnlyList<ColumnDefinition> DeclaredOnly { get; init; }

    public required DatasetOptions Dataset { get; init; }

    /// <summary>Whether rows carry <c>_file_id</c> and <c>_row</c>.</summary>
    public bool HasProvenance => Existing is null || Existing.HasProvenance || Dataset.Provenance == Provenance.Add;

    /// <summary>What brings the target to this schema: nothing, its creation, or changes to it.</summary>
    public IEnumerable<string> ChangesTo(TargetTable? existing) => existing is null ? [CreateTableSql(Target)] : AlterSql(Target, existing);

    /// <summary>Whether the target must be created or altered before the rows can be published.</summary>
    public bool ChangesTarget => ChangesTo(Existing).Any();

    /// <summary>Columns and types as one short text: part of every token, so that the same rows under another schema are another insert.</summary>
    public string Version => field ??= Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', Columns.Select(c => $"{c.Source} {c.Name} {c.Type.Name}")))).AsSpan(0, 4));

    /// <summary>Whether the table has every planned column with the planned type, so that its rows can be inserted or moved in.</summary>
    public bool Fits(TargetTable table) => Columns.All(c => table.Find(c.Name) is { } column && column.TypeName == c.Type.Name)
        && (!HasProvenance || table.HasProvenance);

    /// <summary>Names of the columns an insert fills, without those that the destination fills by default.</summary>
    public IEnumerable<string> InsertColumns =>
        HasProvenance
            ? Columns.Select(c => c.Name).Append(ProvenanceColumns.FileId).Append(ProvenanceColumns.Row)
            : Columns.Select(c => c.Name);

    /// <summary>The columns that are filled from the file.</summary>
    public IReadOnlyList<ColumnDefinition> Definitions => field ??= [.. Columns.Select(c => new ColumnDefinition(c.Name, c.Type))];

    /// <summary>An empty batch of <see cref="Definitions"/>.</summary>
    public ColumnBatch NewBatch() => new(Definitions);

    /// <summary>CREATE TABLE IF NOT EXISTS for the target.</summary>
    public string CreateTableSql(TableName name) => CreateSql($"CREATE TABLE IF NOT EXISTS {name}", "");

    /// <summary>CREATE TABLE for a staging table of the same columns.</summary>
    /// <param name="name">The table.</param>
    /// <param name="settings">Its own, beside those of the target.</param>
    public string CreateStagingSql(TableName name, string settings) => CreateSql($"CREATE TABLE {name}", $", {settings}");

    string CreateSql(string create, string moreSettings)
    {
        var lines = Columns.Select(c => $"    {Definition(c)}")
            .Concat(DeclaredOnly.Select(c => $"    {Identifier.Quote(c.Name)} {c.Type.Name}"))
            .Concat(ProvenanceColumns.Definitions.Select(d => "    " + d));
        var partition = Dataset.PartitionBy is { } expression ? $"\nPARTITION BY {expression}" : "";
        var key = SortingKey;
        var nullableKey = key.Any(k => Columns.FirstOrDefault(c => c.Name == k)?.Type.AcceptsNull == true) ? ", allow_nullable_key = 1" : "";
        var orderBy = key switch
        {
            [] => "tuple()",
            [var only] => Identifier.Quote(only),
            _ => $"({Identifier.List(key)})",
        };
        return $"""
            {create}
            (
            {string.Join(",\n", lines)}
            )
            ENGINE = MergeTree{partition}
            ORDER BY {orderBy}
            SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1{nullableKey}{moreSettings}
            COMMENT '{TargetTable.OwnComment}'
            """;
    }

    /// <summary>ALTER statements that bring a table described as <paramref name="existing"/> to this schema; none when it fits.</summary>
    public IEnumerable<string> AlterSql(TableName table, TargetTable existing)
    {
        if (Dataset.Provenance == Provenance.Add && !existing.HasProvenance)
        {
            foreach (var definition in ProvenanceColumns.Definitions)
            {
                yield return $"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {definition}";
            }
        }

        // New columns stand after the last column of the table's own, before the provenance columns.
        var last = existing.Columns.LastOrDefault(c => !ProvenanceColumns.All.Contains(c.Name))?.Name;
        foreach (var column in Columns)
        {
            var found = existing.Find(column.Name);
            if (found is null)
            {
                var after = last is null ? "" : $" AFTER {Identifier.Quote(last)}";
                yield return $"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {Definition(column)}{after}";
                last = column.Name;
            }
            else if (IsWithNulls(column.Type, found.Type))
            {
                yield return $"ALTER TABLE {table} MODIFY COLUMN {Identifier.Quote(column.Name)} {column.Type.Name} SETTINGS mutations_sync = 1, alter_sync = 1";
            }
        }
    }

    // The same type, except that it, or the elements of its arrays, take nulls.
    static bool IsWithNulls(ColumnType type, ColumnType? existing) => (type, existing) switch
    {
        (NullableType nullable, { } plain) => nullable.Inner == plain,
        (ArrayType array, ArrayType plain) => IsWithNulls(array.Element, plain.Element),
        _ => false,
    };

    static string Definition(PlannedColumn column)
    {
        var comment = column.OriginalName != column.Name ? $" COMMENT {SqlText.Quote(column.OriginalName)}" : "";
        return $"{Identifier.Quote(column.Name)} {column.Type.Name}{comment}";
    }

    /// <summary>Of a table that is made for it: the declared order, else the first date or timestamp without nulls, else none, the order of arrival.</summary>
    public IReadOnlyList<string> SortingKey
    {
        get
        {
            if (Dataset.OrderBy.Count > 0)
            {
                return Dataset.OrderBy;
            }

            var date = Columns.FirstOrDefault(c => c.Type is DateType or Date32Type or DateTimeType or DateTime64Type);
            return date is null ? [] : [date.Name];
        }
    }
}
