using Pipeline.Formats.Columns;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Tests.Typing;

public sealed class ColumnRulesTests
{
    [Theory]
    [InlineData("Int64", "5", null, null)]
    [InlineData("Int64", "0", "1", RejectCode.BelowMinimum)]
    [InlineData("Int64", "11", "1", RejectCode.AboveMaximum)]
    [InlineData("Decimal(9, 2)", "0.99", "1", RejectCode.BelowMinimum)]
    [InlineData("Decimal(9, 2)", "10.01", "1", RejectCode.AboveMaximum)]
    [InlineData("Decimal(9, 2)", "10.00", "1", null)]
    [InlineData("Float64", "nan", "1", RejectCode.BelowMinimum)]
    public void MinMax_Numbers_CompareAsValues(string type, string value, string? _, RejectCode? expected) =>
        Check(type, value, new ColumnRules { Min = "1", Max = "10" }).ShouldBe(expected);

    [Theory]
    [InlineData("2023-12-31", RejectCode.BelowMinimum)]
    [InlineData("2024-01-01", null)]
    [InlineData("2025-01-01", RejectCode.AboveMaximum)]
    public void MinMax_Dates_CompareAsDays(string value, RejectCode? expected)
    {
        Check("Date", value, new ColumnRules { Min = "2024-01-01", Max = "2024-12-31" }).ShouldBe(expected);
        Check("DateTime('UTC')", value, new ColumnRules { Min = "2024-01-01 00:00:00", Max = "2024-12-31" }).ShouldBe(expected);
    }

    [Theory]
    [InlineData("String", "b", null)]
    [InlineData("String", "c", RejectCode.NotInSet)]
    [InlineData("LowCardinality(String)", "c", RejectCode.NotInSet)]
    [InlineData("Nullable(String)", null, null)]
    public void In_Texts_AreCompared(string type, string? value, RejectCode? expected) =>
        Check(type, value, new ColumnRules { In = ["a", "b"] }).ShouldBe(expected);

    [Theory]
    [InlineData("Int32", "2", null)]
    [InlineData("Int32", "3", RejectCode.NotInSet)]
    [InlineData("Nullable(Int32)", "", null)]
    public void In_Values_AreCompared(string type, string value, RejectCode? expected) =>
        Check(type, value, new ColumnRules { In = ["1", "2"] }).ShouldBe(expected);

    [Theory]
    [InlineData("AB-12", null)]
    [InlineData("xAB-12", RejectCode.PatternMismatch)]
    [InlineData("AB-123", RejectCode.PatternMismatch)]
    public void Pattern_MustMatchTheWholeText(string value, RejectCode? expected) =>
        Check("String", value, new ColumnRules { Pattern = "[A-Z]{2}-\\d{2}|ok" }).ShouldBe(expected);

    [Fact]
    public void Required_EmptyOrNull_IsMissing()
    {
        var rules = new ColumnRules { Required = true };
        Check("String", "", rules).ShouldBe(RejectCode.RequiredMissing);
        Check("Nullable(Int64)", "", rules).ShouldBe(RejectCode.RequiredMissing);
        Check("Int64", "", rules).ShouldBe(RejectCode.RequiredMissing);
        Check("Int64", "1", rules).ShouldBeNull();
        Check("String", "x", rules).ShouldBeNull();
    }

    static RejectCode? Check(string type, string? value, ColumnRules rules)
    {
        var typer = new RowTyper([new ColumnPlan("c", ColumnType.Parse(type), 0) { Rules = rules }]);
        var rejects = new RejectList();
        using var block = TextBlock.Column(value);
        var batch = typer.CreateBatch();
        typer.Append(block, batch, rejects).ShouldBeNull();
        batch.RowCount.ShouldBe(1 - rejects.Count);
        return rejects.Count == 0 ? null : rejects[0].Code;
    }
}
