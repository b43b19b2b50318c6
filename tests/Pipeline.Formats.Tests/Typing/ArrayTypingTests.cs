using System.Text;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Json;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Tests.Typing;

public sealed class ArrayTypingTests
{
    readonly RejectList _rejects = [];

    [Theory]
    [InlineData("Array(Int64)", "[1,2]", "[]", "[-3]")]
    [InlineData("Array(Nullable(Int64))", "[1,null]", "[2]")]
    [InlineData("Array(Decimal(18, 2))", "[1,2.25]", "[3]")]
    [InlineData("Array(Float64)", "[1.5e-7]", "[0.1234567890123]")]
    [InlineData("Array(String)", "[\"a\",\"b \\\"c\\\" \\u00e4\"]", "[]")]
    [InlineData("Array(Bool)", "[true,false]", "[]")]
    [InlineData("Array(Date)", "[\"2024-01-31\"]", "[\"2024-02-01\",\"2024-02-02\"]")]
    [InlineData("Array(DateTime('UTC'))", "[\"2024-01-31T10:00:00Z\"]", "[]")]
    [InlineData("Array(Int128)", "[1,-9223372036854775809]")]
    [InlineData("Array(Array(Int64))", "[[1,2],[]]", "[[3]]", "[]")]
    [InlineData("Array(Array(Array(Array(Decimal(18, 1)))))", "[[[[1.5]]]]")]
    [InlineData("Array(String)", "[]", "[]")]
    [InlineData("Array(Nullable(String))", "[null]", "[]")]
    [InlineData("Array(Int64)", "[1]", "null", "[2]")]
    [InlineData("Nullable(String)", "[1]", "null", "[]")]
    [InlineData("String", "[1,\"a\"]")]
    [InlineData("String", "[1,true]")]
    [InlineData("String", "[{\"a\":1}]")]
    [InlineData("String", "[1]", "[\"a\"]")]
    [InlineData("String", "[1]", "[[1]]")]
    [InlineData("String", "[1]", "\"[1]\"")]
    [InlineData("String", "[1]", "2")]
    [InlineData("String", "[1]", "\"\"")]
    [InlineData("String", "[[[[[1]]]]]")]
    [InlineData("String", "[[1],null,[]]")]
    [InlineData("String", "[1,123456789012345678901234567890123456789012345678901234567890]")]
    public async Task Infer_Arrays_TypeAndTheSameValuesBack(string type, params string[] values)
    {
        using var block = await ReadAsync(values);
        var profile = new TableProfile(["c"]);
        profile.Observe(block);
        var inferred = profile.Infer()[0];
        inferred.Type.Name.ShouldBe(type, inferred.Evidence);
        inferred.Evidence.ShouldStartWith($"{type}, because");
        var batch = Append(block, ColumnPlan.Of("a", inferred, 0)).ShouldNotBeNull();
        _rejects.ShouldBeEmpty();
        batch.RowCount.ShouldBe(values.Length);
        for (var row = 0; row < values.Length; row++)
        {
            Text(ColumnValue.Get(batch.Columns[0], row)).ShouldBe(Expected(values[row], inferred.Type), $"row {row}");
        }
    }

    // Plain arrays are typed where they lie, from the first other one on they are copied: both give the same, also where a chunk ends.
    [Theory]
    [InlineData("[\"a\",\"Ä€\",\"\"]", "[\"b \\\"c\\\"\"]")]
    [InlineData("[\"a\",\"bc\"]", "[\"\\u00e4\"]")]
    [InlineData("[\"x\"]", "[ \"y\" , \"z\" ]")]
    [InlineData("[1,-20,300]", "[ 4 , 5 ]")]
    [InlineData("[1.5,2]", "[]")]
    public async Task Append_PlainArraysAndOthers_AreTheSameValues(string plain, string other)
    {
        string[] values = [.. Enumerable.Range(0, 900).Select(row => row % 450 == 449 ? other : plain), plain, "[]", plain];
        using var block = await ReadAsync(values);
        var profile = new TableProfile(["c"]);
        profile.Observe(block);
        var inferred = profile.Infer()[0];

        var batch = Append(block, ColumnPlan.Of("a", inferred, 0)).ShouldNotBeNull();

        for (var row = 0; row < values.Length; row++)
        {
            Text(ColumnValue.Get(batch.Columns[0], row)).ShouldBe(Expected(values[row], inferred.Type), $"row {row}");
        }
    }

    [Theory]
    [InlineData("Int64", "1", "2")]
    [InlineData("String", "\"1\"", "\"2\"")]
    [InlineData("String", "1", "\"2\"")]
    [InlineData("String", "\"true\"")]
    [InlineData("String", "true", "\"false\"")]
    [InlineData("String", "\"1.50\"")]
    [InlineData("String", "\"1,234\"", "\"0\"")]
    [InlineData("Nullable(Int64)", "1", "\"NA\"")]
    [InlineData("Nullable(Int64)", "1", "\"\"")]
    [InlineData("Float64", "1.5", "\"NaN\"")]
    [InlineData("Float64", "1.5", "\"Infinity\"")]
    [InlineData("Date", "\"2024-01-31\"")]
    [InlineData("Array(String)", "[\"1\",\"2\"]")]
    public async Task Infer_Strings_AreNoNumbersWhateverTheyLookLike(string type, params string[] values)
    {
        foreach (var sample in (string[][])[values, [values[0]]])
        {
            using var head = await ReadAsync(sample);
            using var block = await ReadAsync(values);
            var profile = new TableProfile(["c"]);
            profile.Observe(head);
            var inferred = profile.Infer()[0];
            if (sample == values)
            {
                inferred.Type.Name.ShouldBe(type, inferred.Evidence);
                Append(block, ColumnPlan.Of("a", inferred, 0)).ShouldNotBeNull();
            }
            else if (inferred.Type.Name != type)
            {
                Append(block, ColumnPlan.Of("a", inferred, 0)).ShouldBeNull("the second value widens");
            }
        }
    }

    [Theory]
    [InlineData("[1]", "null", "line 2 is empty")]
    [InlineData("[1]", "[1.5]", "line 2 is \"1.5\"")]
    [InlineData("[1]", "[null]", "line 2 is empty")]
    [InlineData("[1]", "[\"1\"]", "line 2 is \"[\"1\"]\"")]
    [InlineData("[1]", "[[1]]", "line 2 is \"[[1]]\"")]
    [InlineData("[1]", "5", "line 2 is \"5\"")]
    [InlineData("[]", "[5]", "line 2 is \"[5]\"")]
    [InlineData("[null]", "[5]", "line 2 is \"[5]\"")]
    [InlineData("null", "[5]", "line 2 is \"[5]\"")]
    [InlineData("[[1]]", "[[1],[2.5]]", "line 2 is \"2.5\"")]
    public async Task Append_ValueThatTheSampleDidNotShow_Widens(string sample, string later, string evidence)
    {
        using var block = await ReadAsync([sample, later]);
        using var head = await ReadAsync([sample]);
        var profile = new TableProfile(["c"]);
        profile.Observe(head);
        var typer = new RowTyper([ColumnPlan.Of("a", profile.Infer()[0], 0)]);
        var mismatch = typer.Append(block, typer.CreateBatch(), _rejects).ShouldNotBeNull();
        (mismatch.Line, mismatch.Record, mismatch.Column).ShouldBe((2, 2, "a"));
        mismatch.Evidence.ShouldBe(evidence);
    }

    [Fact]
    public async Task Append_MissingArraysAmongFullOnes_EmptyArrayWidens()
    {
        using var block = await ReadAsync(["[1]", "null", "[]"]);
        using var head = await ReadAsync(["[1]", "null"]);
        var profile = new TableProfile(["c"]);
        profile.Observe(head);
        var plan = ColumnPlan.Of("a", profile.Infer()[0], 0);
        plan.Type.Name.ShouldBe("Array(Int64)");
        var typer = new RowTyper([plan]);
        typer.Append(block, typer.CreateBatch(), _rejects)!.Line.ShouldBe(3);

        var again = new RowTyper([plan]);
        again.Append(head, again.CreateBatch(), _rejects).ShouldBeNull();
        again.Warnings.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            w => w.Code.ShouldBe("null_array"), w => w.Message.ShouldContain("1 records"), w => w.Line.ShouldBe(2));
    }

    [Fact]
    public void Append_DictatedArray_TakesArraysAndRefusesTheRestWithItsRow()
    {
        using var block = TextBlock.Column("[1, 2]", "[\"3\"]", "[1,\"x\"]", "{1}", "5", "[1", "[4] 5", null, "", "[null]", "[7,8]");
        var batch = Append(block, new ColumnPlan("a", ColumnType.Parse("Array(Int32)"), 0))!;
        _rejects.Select(r => (r.Record, r.Code)).ShouldBe(
            [
                (3, RejectCode.NotAnInteger), (4, RejectCode.NotAnArray), (5, RejectCode.NotAnArray), (6, RejectCode.NotAnArray),
                (7, RejectCode.NotAnArray), (10, RejectCode.NullNotAllowed),
            ]);
        Enumerable.Range(0, batch.RowCount).Select(r => Text(ColumnValue.Get(batch.Columns[0], r))).ShouldBe(
            ["[1,2]", "[3]", "[]", "[]", "[7,8]"]);
        batch.RowNumbers.Values.ToArray().ShouldBe([1UL, 2, 8, 9, 11]);
        _rejects[0].Message.ShouldContain("\"a\"");
    }

    [Fact]
    public void Append_ManyElements_AllInTheirRows()
    {
        var values = Enumerable.Range(0, 300).Select(i => $"[{string.Join(',', Enumerable.Range(0, i % 23).Select(j => (i * 100) + j))}]").ToArray();
        using var block = TextBlock.Column(values);
        var batch = Append(block, new ColumnPlan("a", ColumnType.Parse("Array(UInt32)"), 0))!;
        Enumerable.Range(0, 300).Select(r => Text(ColumnValue.Get(batch.Columns[0], r))).ShouldBe(values);
    }

    [Fact]
    public void Check_RulesForSingleValues_AreAProblemOfArrays() =>
        RowTyper.Check([new ColumnPlan("a", ColumnType.Parse("Array(Int64)"), 0) { Rules = new ColumnRules { Min = "1" } }])
            .ShouldHaveSingleItem().Code.ShouldBe(RejectCode.UnsupportedType);

    [Fact]
    public async Task Merge_ProfilesOfParts_SayWhatOneWould()
    {
        foreach (var (first, second, type) in (
            (string, string, string)[])[("[1]", "[2.5]", "Array(Decimal(18, 1))"), ("[1]", "[\"a\"]", "String"), ("[]", "[1]", "Array(Int64)"),
            ("null", "[]", "Nullable(String)"), ("[1,\"a\"]", "[1]", "String"), ("null", "[1]", "Array(Int64)")])
        {
            var merged = new TableProfile(["c"]);
            foreach (var value in (string[])[first, second])
            {
                using var block = await ReadAsync([value]);
                var part = new TableProfile(["c"]);
                part.Observe(block);
                merged.Merge(part);
            }

            merged.Infer()[0].Type.Name.ShouldBe(type);
        }
    }

    ColumnBatch? Append(FieldBlock block, ColumnPlan plan)
    {
        var typer = new RowTyper([plan]);
        var batch = typer.CreateBatch();
        return typer.Append(block, batch, _rejects) is null ? batch : null;
    }

    static async Task<FieldBlock> ReadAsync(string[] values)
    {
        var json = string.Concat(values.Select(v => $"{{\"a\":{v},\"b\":0}}\n"));
        var options = FormatOptions.Default with { BlockBytes = 1 << 20 };
        await using var reader = await new JsonFormat().OpenAsync(new MemoryStream(Encoding.UTF8.GetBytes(json)), options, default);
        var block = new FieldBlock(2, 1000);
        (await reader.ReadAsync(block, default)).ShouldBeTrue();
        var one = new FieldBlock(1, 1000) { Text = [.. block.Text], RowCount = block.RowCount, FirstRecord = 1, HasStrings = block.HasStrings };
        block.Column(0).CopyTo(one.Column(0), 0);
        block.Lines.CopyTo(one.Lines, 0);
        block.Dispose();
        return one;
    }

    static string Expected(string json, ColumnType type)
    {
        using var value = System.Text.Json.JsonDocument.Parse(json);
        var root = value.RootElement;
        return type is not ArrayType ? root.ValueKind == System.Text.Json.JsonValueKind.String ? root.GetString()! : json
            : root.ValueKind == System.Text.Json.JsonValueKind.Null ? "[]" : Plain(root);
    }

    static string Plain(System.Text.Json.JsonElement value) => value.ValueKind switch
    {
        System.Text.Json.JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Plain))}]",
        System.Text.Json.JsonValueKind.String => value.GetString()!.Replace("T10:00:00Z", " 10:00:00", StringComparison.Ordinal),
        System.Text.Json.JsonValueKind.Number => value.GetRawText().Contains('e', StringComparison.Ordinal)
            ? Text(value.GetDouble()) : value.GetRawText(),
        System.Text.Json.JsonValueKind.True => "True",
        System.Text.Json.JsonValueKind.False => "False",
        _ => "null",
    };

    static string Text(object? value) => value switch
    {
        null => "null",
        object?[] elements => $"[{string.Join(',', elements.Select(Text))}]",
        DateOnly date => date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture),
        decimal number => number.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        var other => other.ToString()!,
    };
}
