using System.Text;
using Pipeline.Engine.Http;

namespace Pipeline.Engine.Tests;

public sealed class StatementTests
{
    [Theory]
    [InlineData("INSERT INTO t FORMAT CSV\n1,2", "INSERT INTO t ", "CSV", "1,2")]
    [InlineData("insert into db.t (a, b) format Native \r\n1", "insert into db.t (a, b) ", "Native", "1")]
    [InlineData("INSERT INTO `FORMAT` VALUES (1)", "INSERT INTO `FORMAT` ", "Values", " (1)")]
    [InlineData("INSERT INTO values VALUES (1)", "INSERT INTO values ", "Values", " (1)")]
    [InlineData("INSERT INTO TABLE t(a) VALUES(1)", "INSERT INTO TABLE t(a) ", "Values", "(1)")]
    [InlineData("INSERT INTO FUNCTION null('a Int8') FORMAT TSV\n1\n", "INSERT INTO FUNCTION null('a Int8') ", "TSV", "1\n")]
    [InlineData("INSERT INTO t SETTINGS a = 1, b = 'x' FORMAT TSV\n1", "INSERT INTO t SETTINGS a = 1, b = 'x' ", "TSV", "1")]
    [InlineData("INSERT INTO t FORMAT TSV SETTINGS a = -1, b = 'x'\n1", "INSERT INTO t SETTINGS a = -1, b = 'x'", "TSV", "1")]
    [InlineData("/* INSERT x */ INSERT INTO t -- FORMAT A\nFORMAT B\n\nx", "/* INSERT x */ INSERT INTO t -- FORMAT A\n", "B", "\nx")]
    [InlineData("INSERT INTO t FORMAT CSV;\n1", "INSERT INTO t ", "CSV", "1")]
    [InlineData("INSERT INTO t (a)", "INSERT INTO t (a)", null, "")]
    [InlineData("INSERT INTO t FORMAT CSV", "INSERT INTO t ", "CSV", "")]
    public void Insert_WithData_IsTakenApart(string text, string head, string? format, string data)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var statement = Statement.TryParse(bytes, isComplete: true).ShouldNotBeNull();
        statement.Kind.ShouldBe(StatementKind.InsertData);
        Encoding.UTF8.GetString(statement.InsertHead!).ShouldBe(head);
        statement.Format.ShouldBe(format);
        Encoding.UTF8.GetString(bytes[statement.Offset..]).ShouldBe(data);
    }

    [Theory]
    [InlineData("INSERT INTO t (a, b) SETTINGS x = 1 FORMAT CSV SETTINGS y = 2\n1,2\n", 60)]
    [InlineData("INSERT INTO t VALUES (1)", 20)]
    [InlineData("INSERT INTO t FORMAT RowBinary\n0123456789012345678901234567890123456789012345678901234567890123456789", 31)]
    public void Insert_CutAnywhere_IsUnderstoodTheSameOrNotYet(string text, int headBytes)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var whole = Statement.TryParse(bytes, isComplete: true).ShouldNotBeNull();
        var understood = 0;
        for (var length = 0; length < bytes.Length; length++)
        {
            if (Statement.TryParse(bytes.AsSpan(0, length), isComplete: false) is { } early)
            {
                understood++;
                length.ShouldBeGreaterThanOrEqualTo(headBytes - 1);
                (early.Kind, early.Format, early.Offset).ShouldBe((whole.Kind, whole.Format, whole.Offset));
                early.InsertHead.ShouldBe(whole.InsertHead);
            }
        }

        understood.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("SELECT 1", StatementKind.Select, null)]
    [InlineData("SELECT 1 FORMAT JSON", StatementKind.Select, "JSON")]
    [InlineData("SELECT format, 1 FROM format", StatementKind.Select, null)]
    [InlineData("SELECT format('{}', 1)", StatementKind.Select, null)]
    [InlineData("SELECT 'FORMAT CSV'", StatementKind.Select, null)]
    [InlineData("SELECT $x$ FORMAT CSV $x$", StatementKind.Select, null)]
    [InlineData("SELECT 1 FORMAT CSV SETTINGS a = 1, b = 'FORMAT'", StatementKind.Select, "CSV")]
    [InlineData("SHOW TABLES FORMAT CSV", StatementKind.Other, "CSV")]
    [InlineData("CREATE TABLE t (a Int8) ENGINE = Memory AS SELECT 1", StatementKind.Other, null)]
    [InlineData("INSERT INTO t SELECT 1", StatementKind.Other, null)]
    [InlineData("INSERT INTO t WITH 1 AS x SELECT x", StatementKind.Other, null)]
    [InlineData("INSERT INTO t (SELECT 1)", StatementKind.Other, null)]
    [InlineData("KILL QUERY WHERE 1", StatementKind.Kill, null)]
    [InlineData(" /* only */ -- comments", StatementKind.Empty, null)]
    internal void Statement_OfAnyKind_IsTold(string text, StatementKind kind, string? format)
    {
        var statement = Statement.TryParse(Encoding.UTF8.GetBytes(text), isComplete: true).ShouldNotBeNull();
        statement.Error.ShouldBeNull();
        statement.Kind.ShouldBe(kind);
        statement.Format.ShouldBe(format);
    }
}
