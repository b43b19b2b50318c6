using Pipeline.Configuration;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Typing;
using Pipeline.Loading;

namespace Pipeline.Tests.Loading;

/// <summary>What a file with one column of numbers, <c>id</c>, does to a table.</summary>
static class TestSchema
{
    /// <param name="target">The table.</param>
    /// <param name="existing">As it is; null: there is none.</param>
    /// <param name="partitionBy">Key of the partitions of a new one.</param>
    public static LoadSchema Of(TableName target, TargetTable? existing = null, string? partitionBy = null)
    {
        var column = new InferredColumn(new IntegerType(64, Signed: true), TextForm.Default, "", Values: 1, Nulls: 0, MinLength: 1, MaxLength: 1, IsOpen: false);
        return LoadPlanner.Plan(target, existing, new DatasetOptions { PartitionBy = partitionBy }, ["id"], [column]);
    }
}
