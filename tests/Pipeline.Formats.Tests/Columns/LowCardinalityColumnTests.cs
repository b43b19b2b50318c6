using System.Text;
using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Tests.Columns;

public sealed class LowCardinalityColumnTests
{
    static LowCardinalityColumn Create(string type) => (LowCardinalityColumn)ColumnType.Parse(type).CreateColumn();

    [Fact]
    public void Append_SameText_HasTheSameKey()
    {
        var column = Create("LowCardinality(String)");

        foreach (var text in new[] { "b", "a", "", "b", "a" })
        {
            column.Append(Encoding.UTF8.GetBytes(text));
        }

        column.Keys.Values.ToArray().ShouldBe([1, 2, 0, 1, 2]);
        column.Dictionary.Count.ShouldBe(3);
    }

    [Fact]
    public void Append_NullAndEmptyText_AreTwoThings()
    {
        var column = Create("LowCardinality(Nullable(String))");

        column.AppendNull();
        column.Append([]);
        column.Append("x"u8);
        column.AppendDefault();

        column.Keys.Values.ToArray().ShouldBe([0, 1, 2, 0]);
        column.IsNull(0).ShouldBeTrue();
        column.IsNull(1).ShouldBeFalse();
    }

    [Fact]
    public void Append_ManyTextsOfAllLengths_EachIsFoundAgain()
    {
        var column = Create("LowCardinality(String)");
        var texts = Enumerable.Range(0, 5000).Select(i => Encoding.UTF8.GetBytes(new string('x', i % 40) + i)).ToArray();

        foreach (var text in texts.Concat(texts))
        {
            column.Append(text);
        }

        column.Dictionary.Count.ShouldBe(5001);
        for (var i = 0; i < texts.Length; i++)
        {
            column[i].SequenceEqual(texts[i]).ShouldBeTrue();
            column.Keys.Values[i].ShouldBe(column.Keys.Values[texts.Length + i]);
        }
    }

    [Fact]
    public void AppendValue_Numbers_AreKeyedByTheirBytes()
    {
        var column = Create("LowCardinality(Nullable(Int64))");

        column.AppendValue(-1L);
        column.AppendValue(0L);
        column.AppendValue(-1L);

        column.Keys.Values.ToArray().ShouldBe([2, 1, 2]);
        Should.Throw<ArgumentException>(() => column.AppendValue(7));
    }

    [Fact]
    public void AppendNull_NotNullable_Throws() =>
        Should.Throw<InvalidOperationException>(() => Create("LowCardinality(String)").AppendNull());

    [Fact]
    public void Clear_ThenAppend_StartsANewDictionary()
    {
        var column = Create("LowCardinality(String)");
        column.Append("old"u8);

        column.Clear();
        column.Append("new"u8);

        column.Dictionary.Count.ShouldBe(2);
        column[0].SequenceEqual("new"u8).ShouldBeTrue();
    }

    [Fact]
    public void Append_KnownTexts_AllocatesNothing()
    {
        var column = Create("LowCardinality(String)");
        column.Append("known"u8);
        column.Keys.AppendSpan(100_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20_000; i++)
        {
            column.Append("known"u8);
        }

        // The keys' array may double once (800 KB at most); an allocation per cell would be far more than one per thousand.
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_200_000);
        column.Dictionary.Count.ShouldBe(2);
    }
}
