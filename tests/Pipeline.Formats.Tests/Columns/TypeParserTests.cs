using Pipeline.Formats.Columns;
using Pipeline.TestKit.Columns;

namespace Pipeline.Formats.Tests.Columns;

public sealed class TypeParserTests
{
    public static TheoryData<string> Names =>
        [.. RandomColumns.TypeNames, "Nothing", "Nullable(Nothing)", "Tuple()", "Array(Nothing)"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Parse_CanonicalName_NameIsTheSame(string name)
    {
        var type = ColumnType.Parse(name);

        type.Name.ShouldBe(name);
        type.ShouldBe(ColumnType.Parse(name));
        type.GetHashCode().ShouldBe(ColumnType.Parse(name).GetHashCode());
        type.CreateColumn().Type.ShouldBe(type);
    }

    [Theory]
    [InlineData(" Nullable ( Int32 ) ", "Nullable(Int32)")]
    [InlineData("Decimal", "Decimal(10, 0)")]
    [InlineData("Decimal(5)", "Decimal(5, 0)")]
    [InlineData("Decimal(5,2)", "Decimal(5, 2)")]
    [InlineData("Decimal32(2)", "Decimal(9, 2)")]
    [InlineData("Decimal64(3)", "Decimal(18, 3)")]
    [InlineData("Decimal128(4)", "Decimal(38, 4)")]
    [InlineData("DateTime64", "DateTime64(3)")]
    [InlineData("Enum('a', 'b')", "Enum8('a' = 1, 'b' = 2)")]
    [InlineData("Enum('a' = 300)", "Enum16('a' = 300)")]
    [InlineData("Enum8('b' = 2, 'a' = 1)", "Enum8('a' = 1, 'b' = 2)")]
    [InlineData("Enum8('x' = 5, 'y')", "Enum8('x' = 5, 'y' = 6)")]
    [InlineData(@"Enum8('\x41''\'\t' = 1)", @"Enum8('A\'\'\t' = 1)")]
    [InlineData(@"Enum8('\xC3\xA9' = 1)", "Enum8('é' = 1)")]
    [InlineData("Enum8('a)b, c = 1' = 1)", "Enum8('a)b, c = 1' = 1)")]
    [InlineData("Tuple(\n    `a` UInt8,\n    `b c` String)", "Tuple(a UInt8, `b c` String)")]
    [InlineData("Tuple(\"q\" UInt8)", "Tuple(q UInt8)")]
    [InlineData(@"Tuple(`a\`b` UInt8)", @"Tuple(`a\`b` UInt8)")]
    [InlineData("Tuple(Date Date)", "Tuple(Date Date)")]
    public void Parse_OtherSpelling_NameIsCanonical(string text, string name) => ColumnType.Parse(text).Name.ShouldBe(name);

    [Theory]
    [InlineData("SimpleAggregateFunction(sum, UInt64)", "SimpleAggregateFunction")]
    [InlineData("AggregateFunction(uniq, String)", "AggregateFunction")]
    [InlineData("Array(Int256)", "Int256")]
    [InlineData("JSON", "JSON")]
    [InlineData("Variant(String, UInt8)", "Variant")]
    public void Parse_UnsupportedType_MessageNamesIt(string text, string named) =>
        Should.Throw<FormatException>(() => ColumnType.Parse(text)).Message.ShouldContain($"The type {named}");

    [Theory]
    [InlineData("", "expected a type")]
    [InlineData("string", "spelled String")]
    [InlineData("Nullable(INT32)", "spelled Int32")]
    [InlineData("Nullable(Int32", "expected ')'")]
    [InlineData("Int32)", "expected the end")]
    [InlineData("Nullable(Nullable(Int32))", "cannot be null")]
    [InlineData("Nullable(Array(Int32))", "cannot be null")]
    [InlineData("Nullable(LowCardinality(String))", "cannot be null")]
    [InlineData("LowCardinality(Array(String))", "has no dictionary")]
    [InlineData("LowCardinality(Decimal(9, 2))", "has no dictionary")]
    [InlineData("Decimal(39, 0)", "1 to 38 digits")]
    [InlineData("Decimal(4, 5)", "1 to 38 digits")]
    [InlineData("DateTime64(10)", "0 to 9 digits")]
    [InlineData("FixedString(0)", "between 1 and")]
    [InlineData("Enum8('a' = 128)", "from -128 to 127")]
    [InlineData("Enum16('a' = 40000)", "does not fit")]
    [InlineData("Enum8('a' = 1, 'b' = 1)", "twice")]
    [InlineData("Enum8('a' = 1, 'a' = 2)", "twice")]
    [InlineData("Enum8('a", "expected a closing '")]
    [InlineData("Tuple(a UInt8, String)", "have a name, or none")]
    public void Parse_BadText_MessageSaysWhy(string text, string part) =>
        Should.Throw<FormatException>(() => ColumnType.Parse(text)).Message.ShouldContain(part);

    [Fact]
    public void Parse_DeepNesting_IsRefused()
    {
        var name = string.Concat(Enumerable.Repeat("Array(", 5000)) + "UInt8" + new string(')', 5000);

        Should.Throw<FormatException>(() => ColumnType.Parse(name)).Message.ShouldContain("nested deeper");
    }
}
