using Pipeline.Configuration;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Typing;
using Pipeline.Ingestion;
using Pipeline.Loading;

namespace Pipeline.Tests.Ingestion;

public sealed class SpareBatchesTests
{
    readonly SpareBatches _spare = new();

    [Fact]
    public void Rent_BatchThatWasReturned_IsTheSameAndEmpty()
    {
        var batch = Filled(SchemaOf("id"), rows: 3);
        _spare.Return(batch);

        var again = _spare.Rent(SchemaOf("id"));

        again.ShouldBeSameAs(batch);
        again.RowCount.ShouldBe(0);
        again.Columns[0].Count.ShouldBe(0);
    }

    [Fact]
    public void Rent_OfOtherColumns_IsANewOne()
    {
        _spare.Return(Filled(SchemaOf("id"), rows: 3));

        _spare.Rent(SchemaOf("number")).Definitions.Single().Name.ShouldBe("number");
    }

    [Fact]
    public void Return_LargeBatch_IsNotKept()
    {
        var batch = Filled(SchemaOf("id"), rows: 10_000);
        _spare.Return(batch);

        _spare.Rent(SchemaOf("id")).ShouldNotBeSameAs(batch);
    }

    ColumnBatch Filled(LoadSchema schema, int rows)
    {
        var batch = _spare.Rent(schema);
        for (var row = 0; row < rows; row++)
        {
            batch.Columns[0].AppendDefault();
            batch.RowNumbers.Append((ulong)row + 1);
        }

        return batch;
    }

    static LoadSchema SchemaOf(string column) => LoadPlanner.Plan(
        new TableName("default", "numbers"), null, new DatasetOptions(), [column],
        [new InferredColumn(new IntegerType(64, Signed: true), TextForm.Default, "", 1, 0, 1, 1, IsOpen: false)]);
}
