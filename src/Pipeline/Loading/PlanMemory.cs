using Pipeline.Configuration;
using Pipeline.Formats.Typing;

namespace Pipeline.Loading;

/// <summary>
/// The last plan of each dataset whose table exists, for the files that would get the same one: of a backlog of thousands the first is planned. Any task.
/// </summary>
sealed class PlanMemory
{
    readonly DatasetMemory<Known> _plans = new();

    /// <inheritdoc cref="LoadPlanner.Plan"/>
    public LoadSchema Plan(
        string datasetName, TableName target, TargetTable? existing, DatasetOptions dataset, IReadOnlyList<string> originalNames,
        IReadOnlyList<InferredColumn> inferred)
    {
        var known = _plans.Of(datasetName);
        if (known is not null && known.IsFor(target, existing, dataset, originalNames, inferred))
        {
            return known.Schema;
        }

        var schema = LoadPlanner.Plan(target, existing, dataset, originalNames, inferred);

        // Inferred columns say why, in the words of their own file.
        if (existing is not null && schema.Columns.All(c => !c.IsInferred))
        {
            _plans.Learn(datasetName, new Known(schema, originalNames, inferred));
        }

        return schema;
    }

    // What LoadPlanner looks at, and nothing else: that the values of two files are the same kind of values decides alike for both.
    sealed record Known(LoadSchema Schema, IReadOnlyList<string> Names, IReadOnlyList<InferredColumn> Inferred)
    {
        public bool IsFor(
            TableName target, TargetTable? existing, DatasetOptions dataset, IReadOnlyList<string> names, IReadOnlyList<InferredColumn> inferred)
        {
            if (!ReferenceEquals(existing, Schema.Existing) || !ReferenceEquals(dataset, Schema.Dataset) || target != Schema.Target
                || !names.SequenceEqual(Names, StringComparer.Ordinal))
            {
                return false;
            }

            for (var i = 0; i < inferred.Count; i++)
            {
                var (before, now) = (Inferred[i], inferred[i]);
                if (now.Form != before.Form || now.Type != before.Type || (now.Nulls > 0) != (before.Nulls > 0))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
