using Pipeline.Configuration;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Typing;
using Pipeline.Loading;

namespace Pipeline.Tests.Loading;

/// <summary>A remembered plan is handed out exactly where planning would make the same one.</summary>
public sealed class PlanMemoryTests
{
    static readonly TableName s_target = new("default", "orders");
    static readonly DatasetOptions s_dataset = new();
    static readonly TargetTable s_table = TableOf(("id", new IntegerType(64, Signed: true)), ("day", new DateType()));
    static readonly InferredColumn s_id = Column(new IntegerType(64, Signed: true), TextForm.Default);
    static readonly InferredColumn s_day = Column(new DateType(), TextForm.Default);

    readonly PlanMemory _memory = new();

    [Fact]
    public void Plan_TheSameKindOfFile_IsTheSamePlan()
    {
        var first = Plan(s_table, s_id, s_day);

        Plan(s_table, s_id with { Evidence = "other values", MaxLength = 7 }, s_day).ShouldBeSameAs(first);
    }

    [Fact]
    public void Plan_AnythingThatDecides_IsPlannedAnew()
    {
        var first = Plan(s_table, s_id, s_day);
        var days = Plan(s_table, s_id, s_day with { Form = TextForm.Default with { DateOrder = DateOrder.DayMonthYear } });
        var nulls = Plan(s_table, s_id with { Nulls = 3, Type = new NullableType(s_id.Type) }, s_day);
        var changed = Plan(s_table with { Comment = TargetTable.OwnComment }, s_id, s_day);
        var renamed = _memory.Plan("orders", s_target, s_table, s_dataset, ["id", "Day"], [s_id, s_day]);
        var declared = _memory.Plan("orders", s_target, s_table, new DatasetOptions(), ["id", "day"], [s_id, s_day]);
        var elsewhere = _memory.Plan("orders", new TableName("default", "others"), s_table, s_dataset, ["id", "day"], [s_id, s_day]);

        new[] { first, days, nulls, changed, renamed, declared, elsewhere }.Distinct(ReferenceEqualityComparer.Instance).Count().ShouldBe(7);
        days.Columns[1].Form.DateOrder.ShouldBe(DateOrder.DayMonthYear);
    }

    // The evidence of an inferred column is about its own file.
    [Fact]
    public void Plan_ColumnThatTheTableLacks_IsNotRemembered()
    {
        var narrow = TableOf(("id", new IntegerType(64, Signed: true)));
        var first = Plan(narrow, s_id, s_day with { Evidence = "Date, because of line 2" });

        var second = Plan(narrow, s_id, s_day with { Evidence = "Date, because of line 9" });

        first.Columns[1].Evidence.ShouldBe("Date, because of line 2");
        second.Columns[1].Evidence.ShouldBe("Date, because of line 9");
    }

    LoadSchema Plan(TargetTable table, InferredColumn id, InferredColumn day) => _memory.Plan("orders", s_target, table, s_dataset, ["id", "day"], [id, day]);

    static InferredColumn Column(ColumnType type, TextForm form) => new(type, form, "", Values: 10, Nulls: 0, MinLength: 1, MaxLength: 5, IsOpen: false);

    static TargetTable TableOf(params (string Name, ColumnType Type)[] columns) => new()
    {
        Name = s_target,
        Engine = "MergeTree",
        PartitionKey = "",
        SortingKey = "",
        OnlyStores = true,
        Comment = TargetTable.OwnComment + " for tests",
        HasDependents = false,
        Columns = [.. columns.Select(c => new TargetColumn(c.Name, c.Type.Name, c.Type, IsInsertable: true, IsInKey: false))],
    };
}
