using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;

namespace Pipeline.Loading;

/// <summary>
/// Decides the type of every column of a load. Pure. Who decides, first match: an existing table is the authority for its columns; the
/// contract; the values of the file.
/// </summary>
static class LoadPlanner
{
    /// <param name="target">The target's name.</param>
    /// <param name="existing">The target, when it exists.</param>
    /// <param name="dataset">The contract.</param>
    /// <param name="originalNames">Columns of the file that are to be loaded, as the file names them.</param>
    /// <param name="inferred">What their values say.</param>
    /// <exception cref="BadFileException">The file's columns contradict the contract or the table, and the file is refused as a whole.</exception>
    public static LoadSchema Plan(
        TableName target, TargetTable? existing, DatasetOptions dataset, IReadOnlyList<string> originalNames, IReadOnlyList<InferredColumn> inferred)
    {
        var names = ColumnNaming.MakeSafe(originalNames);
        var columns = new List<PlannedColumn>(names.Count);
        for (var i = 0; i < names.Count; i++)
        {
            var contract = dataset.Columns.GetValueOrDefault(names[i]) ?? dataset.Columns.GetValueOrDefault(originalNames[i]);
            columns.Add(PlanColumn(i, originalNames[i], names[i], contract, existing, dataset, inferred[i]));
        }

        CheckMissing(existing, dataset, names, originalNames);
        return new LoadSchema
        {
            Target = target,
            Existing = existing,
            Dataset = dataset,
            Columns = columns,
            DeclaredOnly =
            [
                .. dataset.Columns
                    .Where(c => c.Value.Type is not null && !names.Contains(c.Key) && !originalNames.Contains(c.Key))
                    .Select(c => new ColumnDefinition(c.Key, ColumnType.Parse(c.Value.Type!))),
            ],
        };
    }

    static PlannedColumn PlanColumn(
        int source, string originalName, string name, ColumnOptions? contract, TargetTable? existing, DatasetOptions dataset, InferredColumn inferred)
    {
        if (existing?.Find(name) is { } column)
        {
            if (!column.IsInsertable)
            {
                throw new BadFileException(
                    RejectCode.SchemaMismatch, $"Column {name} of {existing.Name.Display} is computed by the table: a file cannot fill it.", column: name);
            }

            var type = column.Type ?? throw new BadFileException(
                RejectCode.UnsupportedType, $"Column {name} of {existing.Name.Display} has type {column.TypeName}, which no file can fill.", column: name);
            return new PlannedColumn(
                source, originalName, name, TakesNulls(type, column, existing, contract, dataset, inferred), false, inferred.Form, contract,
                $"{type.Name}, because the table {existing.Name.Display} says so");
        }

        if (existing is not null && dataset.OnSchemaChange == OnSchemaChange.Freeze)
        {
            throw new BadFileException(
                RejectCode.UnexpectedColumn,
                $"Column {name} is not in {existing.Name.Display}, and on_schema_change is freeze.", column: name);
        }

        return contract?.Type is { } declared
            ? new PlannedColumn(
                source, originalName, name, ColumnType.Parse(declared), false, inferred.Form, contract, $"{declared}, because the contract says so")
            : new PlannedColumn(source, originalName, name, inferred.Type, true, inferred.Form, contract, inferred.Evidence);
    }

    // A column of a table that this program made from values without nulls takes nulls as soon as a file brings them, and an array of such
    // elements takes null elements: the narrower type was only a guess. What a person declared, made, or put into a key stays as it is.
    static ColumnType TakesNulls(
        ColumnType type, TargetColumn column, TargetTable existing, ColumnOptions? contract, DatasetOptions dataset, InferredColumn inferred)
    {
        if (!existing.IsOurs || column.IsInKey || contract?.Type is not null || dataset.OnSchemaChange != OnSchemaChange.Evolve)
        {
            return type;
        }

        return type is ArrayType array ? TakesNullElements(array, inferred.Type)
            : inferred.Nulls > 0 && type is not (MapType or TupleType) && !type.AcceptsNull
                && (type is not (StringType or LowCardinalityType) || inferred.Type == new NullableType(type)) ? new NullableType(type)
            : type;
    }

    static ColumnType TakesNullElements(ArrayType type, ColumnType inferred) => (type.Element, (inferred as ArrayType)?.Element) switch
    {
        (ArrayType inner, { } values) => new ArrayType(TakesNullElements(inner, values)),
        (not (MapType or TupleType), { AcceptsNull: true }) when !type.Element.AcceptsNull => new ArrayType(new NullableType(type.Element)),
        _ => type,
    };

    static void CheckMissing(TargetTable? existing, DatasetOptions dataset, IReadOnlyList<string> names, IReadOnlyList<string> originalNames)
    {
        foreach (var (name, column) in dataset.Columns)
        {
            if (column.Required && !names.Contains(name) && !originalNames.Contains(name))
            {
                throw new BadFileException(RejectCode.MissingColumn, $"The file has no column {name}, which the contract requires.", column: name);
            }
        }

        if (existing is null || dataset.OnSchemaChange != OnSchemaChange.Freeze)
        {
            return;
        }

        var missing = existing.Columns.FirstOrDefault(
            c => c.IsInsertable && !ProvenanceColumns.All.Contains(c.Name) && !names.Contains(c.Name));
        if (missing is not null)
        {
            throw new BadFileException(
                RejectCode.MissingColumn,
                $"The file has no column {missing.Name}, which {existing.Name.Display} has, and on_schema_change is freeze.", column: missing.Name);
        }
    }
}
