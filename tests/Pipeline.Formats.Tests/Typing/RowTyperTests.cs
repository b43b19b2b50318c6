using System.Text;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Tests.Typing;

public sealed class RowTyperTests
{
    readonly RejectList _rejects = [];

    [Fact]
    public void Append_MixedColumns_FillsTheBatch()
    {
        using var block = TextBlock.Of(["1", "a", "2024-01-02", "1.50"], ["", "", "", ""], ["3", "c", "1970-01-01", "-2"]);
        var typer = Typer("Nullable(Int64)", "String", "Nullable(Date)", "Nullable(Decimal(18, 2))");
        var batch = typer.CreateBatch();

        typer.Append(block, batch, _rejects).ShouldBeNull();
        batch.RowCount.ShouldBe(3);
        batch.RowNumbers.Values.ToArray().ShouldBe([1UL, 2, 3]);
        var integers = (NullableColumn)batch.Columns[0];
        integers.Mask.Values.ToArray().ShouldBe([0, 1, 0]);
        ((FixedColumn<long>)integers.Inner).Values.ToArray().ShouldBe([1, 0, 3]);
        Encoding.UTF8.GetString(((StringColumn)batch.Columns[1]).Bytes).ShouldBe("ac");
        ((FixedColumn<ushort>)((NullableColumn)batch.Columns[2]).Inner).Values.ToArray().ShouldBe(
            [(ushort)19_724, (ushort)0, (ushort)0]);
        ((FixedColumn<long>)((NullableColumn)batch.Columns[3]).Inner).Values.ToArray().ShouldBe([150, 0, -200]);
        _rejects.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Bool", "maybe", RejectCode.NotABoolean)]
    [InlineData("Int8", "128", RejectCode.OutOfRange)]
    [InlineData("Int64", "9223372036854775808", RejectCode.OutOfRange)]
    [InlineData("UInt8", "-1", RejectCode.OutOfRange)]
    [InlineData("Int32", "1.5", RejectCode.NotAnInteger)]
    [InlineData("Int32", "x", RejectCode.NotAnInteger)]
    [InlineData("Decimal(9, 2)", "1.005", RejectCode.TooManyDigits)]
    [InlineData("Decimal(9, 2)", "12345678.5", RejectCode.OutOfRange)]
    [InlineData("Decimal(38, 2)", "1,5", RejectCode.NotADecimal)]
    [InlineData("Float64", "abc", RejectCode.NotAFloat)]
    [InlineData("Float64", "1e999", RejectCode.OutOfRange)]
    [InlineData("Float32", "1e39", RejectCode.OutOfRange)]
    [InlineData("Date", "2024-02-30", RejectCode.NotADate)]
    [InlineData("Date", "1969-12-31", RejectCode.OutOfRange)]
    [InlineData("Date", "01/02/2024", RejectCode.AmbiguousDate)]
    [InlineData("Date", "2024-01-01 10:00", RejectCode.NotADate)]
    [InlineData("Date32", "1899-12-31", RejectCode.OutOfRange)]
    [InlineData("DateTime", "2024-01-01 25:00:00", RejectCode.NotATimestamp)]
    [InlineData("DateTime", "2106-02-07 06:28:16", RejectCode.OutOfRange)]
    [InlineData("DateTime", "2024-01-01 10:00:00.5", RejectCode.TooManyDigits)]
    [InlineData("DateTime('Europe/Berlin')", "2024-03-31 02:30:00", RejectCode.OutOfRange)]
    [InlineData("DateTime64(9, 'UTC')", "2262-04-12 00:00:00", RejectCode.OutOfRange)]
    [InlineData("UUID", "f47ac10b", RejectCode.NotAUuid)]
    [InlineData("IPv4", "1.2.3", RejectCode.NotAnIpAddress)]
    [InlineData("IPv6", "xyz", RejectCode.NotAnIpAddress)]
    [InlineData("Enum8('a' = 1)", "b", RejectCode.NotAnEnumValue)]
    [InlineData("FixedString(2)", "abc", RejectCode.TooLong)]
    [InlineData("Int64", "", RejectCode.NullNotAllowed)]
    [InlineData("String", null, RejectCode.NullNotAllowed)]
    [InlineData("LowCardinality(String)", null, RejectCode.NullNotAllowed)]
    public void Append_DictatedTypeDoesNotTakeTheValue_RejectsTheRowOnly(string type, string? value, RejectCode code)
    {
        var good = Example(type);
        using var block = TextBlock.Column(good, value, good);
        var typer = Typer(type);
        var batch = typer.CreateBatch();

        typer.Append(block, batch, _rejects).ShouldBeNull();
        batch.RowCount.ShouldBe(2);
        batch.Columns[0].Count.ShouldBe(2);
        batch.RowNumbers.Values.ToArray().ShouldBe([1UL, 3]);
        var reject = _rejects.Single();
        (reject.Record, reject.Line, reject.Column, reject.Code).ShouldBe((2, 3, "c1", code));
        reject.Text(0).ShouldBe(value);
        if (value is { Length: > 3 })
        {
            reject.Message.ShouldNotContain(value);
        }
    }

    [Theory]
    [InlineData("Bool", "YES", "1")]
    [InlineData("Int64", " 007 ", "7")]
    [InlineData("Int64", "+5", "5")]
    [InlineData("Int64", "12.000", "12")]
    [InlineData("Decimal(9, 2)", "1.500", "150")]
    [InlineData("Decimal(9, 2)", "1.5e1", "1500")]
    [InlineData("Decimal(9, 2)", ".5", "50")]
    [InlineData("Float64", "1e5", "100000")]
    [InlineData("Float64", "123456789012345678901234567890", "1.2345678901234568E+29")]
    [InlineData("Date", "2024-01-02 00:00:00", "19724")]
    [InlineData("Date", "2.1.2024", "19724")]
    [InlineData("Date", "20240102", "19724")]
    [InlineData("Date", "2024-1-2", "19724")]
    [InlineData("UInt8", "-0", "0")]
    [InlineData("DateTime", "2024-01-02", "1704153600")]
    [InlineData("DateTime('Europe/Berlin')", "2024-01-02 01:00:00", "1704153600")]
    [InlineData("DateTime('Europe/Berlin')", "2024-01-02T00:00:00Z", "1704153600")]
    [InlineData("DateTime64(3, 'UTC')", "2024-01-02T02:00:00.5+02:00", "1704153600500")]
    [InlineData("Enum16('a' = 300)", "a", "300")]
    [InlineData("Enum16('a' = 300)", "300", "300")]
    [InlineData("IPv4", "0.0.1.0", "256")]
    public void Append_DictatedTypeTakesUnmistakableForms(string type, string value, string expected)
    {
        using var block = TextBlock.Column(value);
        var typer = Typer(type);
        var batch = typer.CreateBatch();

        typer.Append(block, batch, _rejects).ShouldBeNull();
        _rejects.ShouldBeEmpty();
        Show(batch.Columns[0]).ShouldBe([expected]);
    }

    [Fact]
    public void Append_DictatedDate_UsesTheOrderOfTheFile()
    {
        using var block = TextBlock.Column("02/01/2024", "13/01/2024", "n/a");
        var profile = new TableProfile(["c"]);
        profile.Observe(block);
        var typer = new RowTyper([new ColumnPlan("d", ColumnType.Parse("Date"), 0) { Form = profile.Infer()[0].Form }]);
        var batch = typer.CreateBatch();

        typer.Append(block, batch, _rejects).ShouldBeNull();
        Show(batch.Columns[0]).ShouldBe(["19724", "19735"]);
        _rejects.Single().Code.ShouldBe(RejectCode.NotADate);
    }

    [Theory]
    [InlineData("00501", "Int64", "1", "2")]
    [InlineData("1.5", "Int64", "1", "2")]
    [InlineData("", "Int64", "1", "2")]
    [InlineData("9223372036854775808", "Int64", "1")]
    [InlineData("1.555", "Decimal(18, 2)", "1.55")]
    [InlineData("True", "Bool", "true")]
    [InlineData("01/13/2024", "Date", "13/01/2024")]
    [InlineData("2024/01/01", "Date", "2024-01-01")]
    [InlineData("2024-01-01 10:00:00.5", "DateTime('UTC')", "2024-01-01 10:00:00")]
    [InlineData("2024-01-01 10:00:00Z", "DateTime('UTC')", "2024-01-01 10:00:00")]
    [InlineData("0.12345678901234567890123", "Float64", "1.5e-10")]
    [InlineData("20240231", "Date", "20240101", "20240102", "20240103")]
    [InlineData("2024-01-04", "Date", "20240101", "20240102", "20240103")]
    [InlineData("T", "Nullable(Bool)", "t", "f", "NA")]
    [InlineData("NA", "Bool", "T", "F")]
    [InlineData("13/01/2024", "String", "01/02/2024")]
    [InlineData("x", "String", "01/02/2024")]
    [InlineData("17", "String", "")]
    [InlineData(null, "String", "a")]
    public void Append_InferredTypeDoesNotFit_Widens(string? later, string inferred, params string?[] sample)
    {
        var plan = Plan(sample);
        plan.Type.Name.ShouldBe(inferred);
        using var block = TextBlock.From([[sample[0]], [later], ["never reached"]], firstRecord: 100);

        var mismatch =
            new RowTyper([plan]).Append(
            block, new ColumnBatch([new ColumnDefinition("c", plan.Type)]), _rejects).ShouldNotBeNull();
        (mismatch.Column, mismatch.PlanIndex, mismatch.Line, mismatch.Record).ShouldBe(("c", 0, 102, 101));
        mismatch.Evidence.ShouldContain("line 102");
        _rejects.ShouldBeEmpty();
    }

    [Fact]
    public void Append_InferredFromTheWholeFile_NeverWidensAndKeepsEveryValue()
    {
        string[] pool =
        [
            "0", "1", "-7", "123456789", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "340282366920938463463374607431768211455",
            "00501", "+1", "1.5", "-0", "-0.0", "0.001", "12345.678901", "0.5129227915373271", "1e-05", "1.5E10", "nan", "inf", "true", "false", "True", "FALSE",
            "2024-01-01", "1950-06-01", "2149-07-01", "2300-01-01", "2024/1/5", "31.12.2024", "13/01/2024", "01/13/2024", "01/02/2024", "2024-01-01 10:00:00",
            "2024-01-01T10:00", "2024-01-01 10:00:00.123", "2024-01-01 10:00:00.123456789", "2024-01-01T10:00:00Z", "1970-01-01T00:00:00+05:00",
            "1900-01-01T00:00:00+05:00", "2105-12-31 23:59:59", "13/01/2024 9:05 PM", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "text", "\"\"", "", "\"5\"", "12 ", "1e5",
            "yes", "no", "Y", "N", "T", "F", "+1.5", "-2.5", "+7", "5.", ".5", "-.5", "0.00E+00", "12e5", "1.5E400", "1.5E-400", "1 234", "12 345 678", "1'234.50",
            "   ", " 5", "1,5", "1.234,50", "$5", "12%", "(0)", "NA", "unknown", "20240101", "20231231", "20240229", "19500601", "2024-1-5",
            "4/23/2019 7:11:11 AM", "4/3/2019 13:05",
        ];
        var random = new Random(99);
        for (var round = 0; round < 4000; round++)
        {
            var kinds = Enumerable.Range(0, random.Next(1, 4)).Select(_ => pool[random.Next(pool.Length)]).ToArray();
            var values =
                Enumerable.Range(0, random.Next(1, 12)).Select(
                _ => random.Next(30) == 0 ? null : kinds[random.Next(kinds.Length)]).ToArray();
            var plan = Plan(values);
            using var block = TextBlock.Column(values);
            var typer = new RowTyper([plan]);
            var batch = typer.CreateBatch();

            typer.Append(block, batch, _rejects).ShouldBeNull($"{plan.Type.Name} of {string.Join(" | ", values)}");
            batch.Columns[0].Count.ShouldBe(values.Length);
            _rejects.ShouldBeEmpty();
        }
    }

    [Fact]
    public void Append_RowsOfTheWrongShape_AreHandedOverWithAllTheirFields()
    {
        using var block = TextBlock.Of(["1", "a"], ["2", "b"], ["x", null]);
        block.Faults.Add(new RowFault(1, RejectCode.TooManyFields, "too many", ["c"u8.ToArray(), []]));
        block.Faults.Add(new RowFault(2, RejectCode.TooFewFields, "too few"));
        var typer = new RowTyper([Plan("1", "2"), new ColumnPlan("t", ColumnType.Parse("String"), 1)]);
        var batch = typer.CreateBatch();

        typer.Append(block, batch, _rejects).ShouldBeNull();
        batch.RowCount.ShouldBe(1);
        typer.Rejected.ShouldBe(2);
        _rejects.Select(r => r.Code).ShouldBe([RejectCode.TooManyFields, RejectCode.TooFewFields]);
        Enumerable.Range(0, 4).Select(_rejects[0].Text).ShouldBe(["2", "b", "c", ""]);
        _rejects[1].Fields.Count.ShouldBe(2);
        _rejects[1].Text(1).ShouldBeNull();
    }

    [Fact]
    public void Append_SeveralBlocks_RejectsOnlyFromTheLast()
    {
        var typer = Typer("Int64");
        var batch = typer.CreateBatch();
        typer.Append(TextBlock.Column("1", "x", "3"), batch, _rejects);
        typer.Append(TextBlock.From([["4"], ["y"], ["6"]], 4), batch, _rejects);

        Show(batch.Columns[0]).ShouldBe(["1", "3", "4", "6"]);
        batch.RowNumbers.Values.ToArray().ShouldBe([1UL, 3, 4, 6]);
        _rejects.Select(r => r.Record).ShouldBe([2, 5]);
    }

    [Fact]
    public void Append_SeveralFaultsInARow_AreOneReject()
    {
        var typer = Typer("Int64", "Date");
        var batch = typer.CreateBatch();
        typer.Append(TextBlock.Of(["x", "y"]), batch, _rejects);

        _rejects.Single().Column.ShouldBe("c1");
        batch.RowCount.ShouldBe(0);
    }

    [Fact]
    public void Append_AbsentColumn_TakesDefaultsOrIsRequired()
    {
        var typer = new RowTyper(
            [new ColumnPlan("a", ColumnType.Parse("Int64"), 0), new ColumnPlan("n", ColumnType.Parse("Nullable(Date)"), -1),
                new ColumnPlan("s", ColumnType.Parse("String"), -1)]);
        var batch = typer.CreateBatch();
        typer.Append(TextBlock.Column("1"), batch, _rejects).ShouldBeNull();
        batch.Columns.ShouldAllBe(c => c.Count == 1);
        ((NullableColumn)batch.Columns[1]).Mask.Values[0].ShouldBe((byte)1);

        var required =
            new RowTyper([new ColumnPlan("a", ColumnType.Parse("Int64"), -1) { Rules = new ColumnRules { Required = true } }]);
        required.Append(TextBlock.Column("1"), required.CreateBatch(), _rejects);
        _rejects.Single().Code.ShouldBe(RejectCode.RequiredMissing);
    }

    [Fact]
    public void Append_Dictionaries_LookValuesUp()
    {
        var typer = Typer("LowCardinality(String)", "LowCardinality(Nullable(String))", "LowCardinality(Nullable(Int32))");
        var batch = typer.CreateBatch();
        typer.Append(
            TextBlock.Of(
            ["a", null, "1"], ["b", "x", ""], ["a", "", "1"], ["", "x", "2"],
            ["a long text of one kind", "a long text of two kind", "1"]), batch, _rejects)
            .ShouldBeNull();

        var texts = (LowCardinalityColumn)batch.Columns[0];
        Enumerable.Range(0, 5).Select(i => Encoding.UTF8.GetString(texts[i])).ShouldBe(
            ["a", "b", "a", "", "a long text of one kind"]);
        var nullable = (LowCardinalityColumn)batch.Columns[1];
        Enumerable.Range(0, 5).Select(i => nullable.IsNull(i) ? null : Encoding.UTF8.GetString(nullable[i])).ShouldBe(
            [null, "x", "", "x", "a long text of two kind"]);
        var integers = (LowCardinalityColumn)batch.Columns[2];
        Enumerable.Range(0, 5).Select(i => integers.IsNull(i) ? -1 : BitConverter.ToInt32(integers[i])).ShouldBe(
            [1, -1, 1, 2, 1]);
    }

    [Fact]
    public void Check_PlansThatCannotWork_AreAllSaid()
    {
        ColumnPlan[] plans =
        [
            new("a", ColumnType.Parse("Map(String, Int64)"), 0), new("b", ColumnType.Parse("DateTime('Nowhere/City')"), 1),
                new("c", ColumnType.Parse("Int64"), 2),
            new("d", ColumnType.Parse("Int64"), 3) { Rules = new ColumnRules { Min = "x" } },
                new("e", ColumnType.Parse("String"), 4) { Rules = new ColumnRules { Pattern = "(" } },
            new("f", ColumnType.Parse("String"), 5) { Rules = new ColumnRules { Max = "5" } },
        ];

        var problems = RowTyper.Check(plans);
        problems.Select(p => p.Column).ShouldBe(["a", "b", "d", "e", "f"]);
        problems[0].Code.ShouldBe(RejectCode.UnsupportedType);
        Should.Throw<ArgumentException>(() => new RowTyper(plans));
    }

    static RowTyper Typer(params string[] types) =>
        new([.. types.Select((t, i) => new ColumnPlan($"c{i + 1}", ColumnType.Parse(t), i))]);

    static ColumnPlan Plan(params string?[] values)
    {
        using var block = TextBlock.Column(values);
        var profile = new TableProfile(["date"]);
        profile.Observe(block);
        return ColumnPlan.Of("c", profile.Infer()[0], 0);
    }

    static string Example(string type) => type.Split('(')[0] switch
    {
        "Bool" => "true",
        "Date" or "Date32" or "DateTime" or "DateTime64" => "2024-01-01",
        "UUID" => "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "IPv4" => "1.2.3.4",
        "IPv6" => "::1",
        "Enum8" => "a",
        _ => "1",
    };

    static string[] Show(Column column) => column switch
    {
        FixedColumn<byte> c => [.. c.Values.ToArray().Select(v => $"{v}")],
        FixedColumn<short> c => [.. c.Values.ToArray().Select(v => $"{v}")],
        FixedColumn<ushort> c => [.. c.Values.ToArray().Select(v => $"{v}")],
        FixedColumn<int> c => [.. c.Values.ToArray().Select(v => $"{v}")],
        FixedColumn<uint> c => [.. c.Values.ToArray().Select(v => $"{v}")],
        FixedColumn<long> c => [.. c.Values.ToArray().Select(v => $"{v}")],
        FixedColumn<double> c => [.. c.Values.ToArray().Select(v => FormattableString.Invariant($"{v}"))],
        _ => throw new NotSupportedException(column.GetType().Name),
    };
}
