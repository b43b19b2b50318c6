using System.Text;
using Pipeline.Formats.Json;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Json;

/// <summary>What of one large object is the table: its members, one of its arrays, or the object itself.</summary>
public sealed class JsonObjectTests
{
    static readonly JsonFormat s_format = new();

    // A head that ends before most of the object.
    static readonly FormatOptions s_smallHead = FormatOptions.Default with
    {
        Limits = FormatLimits.Default with { HeadSampleBytes = 256, MaxRecordBytes = 4096 },
    };

    [Theory]
    [InlineData("{\"0\":{\"a\":1,\"b\":\"x\"},\"1\":{\"a\":2,\"b\":null},\"2\":{\"a\":3}}", "key,a,b", "0|1|x\n1|2|∅\n2|3|∅")]
    [InlineData("{\"0\":{\"key\":\"k\"},\"1\":{\"key\":\"l\"},\"2\":{\"key\":\"m\"}}", "key,key", "0|k\n1|l\n2|m")]
    [InlineData("{\"0\":{\"a\":{\"b\":1}},\"1\":{\"a\":{\"b\":2}},\"2\":null}", "0.a.b,1.a.b,2", "1|2|∅")]
    public async Task Read_ObjectOfObjectsUnderCountedKeys_IsARecordEach(string json, string columns, string rows)
    {
        var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json));

        string.Join(',', read.Columns).ShouldBe(columns);
        read.Text.ShouldBe(rows);
        read.Warnings.Any(w => w.Code == "keys_as_column").ShouldBe(columns.StartsWith("key", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{\"v\":2,\"users\":{\"0\":{\"a\":1,\"b\":4},\"1\":{\"a\":2,\"b\":5},\"2\":{\"a\":3,\"b\":6}},\"z\":[1]}", "key,a,b", "0|1|4\n1|2|5\n2|3|6", "v, z")]
    [InlineData("{\"users\":{\"0\":{\"a\":1,\"b\":4},\"1\":{\"a\":2,\"b\":5},\"2\":{\"a\":3,\"b\":6}}}", "key,a,b", "0|1|4\n1|2|5\n2|3|6", null)]
    [InlineData("{\"u\":{\"0\":{\"a\":1,\"b\":4},\"1\":{\"a\":2,\"b\":5},\"2\":{\"a\":3,\"b\":6}},\"w\":{\"0\":{\"a\":1,\"b\":4},\"1\":{\"a\":2,\"b\":5},\"2\":{\"a\":3,\"b\":6}}}", "u.0.a,u.0.b,u.1.a,u.1.b,u.2.a,u.2.b,w.0.a,w.0.b,w.1.a,w.1.b,w.2.a,w.2.b", "1|4|2|5|3|6|1|4|2|5|3|6", null)]
    public async Task Read_ObjectsUnderKeysOneLevelDown_AreARecordEach(string json, string columns, string rows, string? outside)
    {
        var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json), readBytes: 7);

        string.Join(',', read.Columns).ShouldBe(columns);
        read.Text.ShouldBe(rows);
        read.Warnings.Where(w => w.Code == "members_outside_records").Select(w => w.Message.Split(": ")[1]).ShouldBe(outside is null ? [] : [outside + "."]);
    }

    [Theory]
    [InlineData("[\"id\",\"name\"]\n[\"Int32\",\"Nullable(String)\"]\n[1,\"Ann\"]\n[2,null]\n", "id,name", "1|Ann\n2|∅")]
    [InlineData("[\"id\",\"name\"]\n[\"String\",\"String\"]\n[\"1\",\"Ann\"]\n[\"2\",\"Bo\"]\n", "id,name", "1|Ann\n2|Bo")]
    [InlineData("[\"id\",\"name\"]\n[\"x\",\"String\"]\n[\"y\",\"Ann\"]\n", "id,name", "x|String\ny|Ann")]
    public async Task Read_TypesInTheSecondArray_ArePassedOver(string json, string columns, string rows)
    {
        var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json), readBytes: 5);

        string.Join(',', read.Columns).ShouldBe(columns);
        read.Text.ShouldBe(rows);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(int.MaxValue)]
    public async Task Read_ByteOrderMarksBeforeLines_ArePassed(int readBytes)
    {
        var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes("{\"a\":1}\n\uFEFF{\"a\":2}\r\n\uFEFF\n{\"a\":3}\n\uFEFF"), readBytes: readBytes);

        read.Text.ShouldBe("1\n2\n3");
        read.Faults.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(10, "{\"name\":\"n\",\"host\":\"h\"}", true)]
    [InlineData(9, "{\"name\":\"n\",\"host\":\"h\"}", false)]
    [InlineData(30, "{\"only here @\":1,\"b@\":2}", false)]
    [InlineData(30, "{}", false)]
    public async Task Read_ObjectOfObjectsUnderNames_IsARecordEachWhereManyAreAlike(int members, string member, bool isKeyed)
    {
        var json = "{" + string.Join(',', Enumerable.Range(0, members).Select(i => $"\"\\u006d{i}\":{member.Replace("@", $"{i}", StringComparison.Ordinal)}")) + "}";

        var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json));

        read.Rows.Count.ShouldBe(isKeyed ? members : 1);
        if (isKeyed)
        {
            read.Text.ShouldStartWith("m0|n|h\nm1|n|h");
        }
    }

    [Theory]
    [InlineData(257, "@", true)]
    [InlineData(257, "\"t@\"", true)]
    [InlineData(3000, "@.5", true)]
    [InlineData(255, "@", false)]
    [InlineData(300, "[@]", false)]
    public async Task Read_ObjectOfManyValuesOfOneKind_IsATableOfKeysAndValues(int members, string value, bool isMap)
    {
        var json = "{" + string.Join(", ", Enumerable.Range(0, members).Select(i => $"\"w{i}\": {value.Replace("@", $"{i}", StringComparison.Ordinal)}")) + ", \"last\": null}";
        foreach (var options in (FormatOptions[])[FormatOptions.Default, FormatOptions.Default with { Limits = FormatLimits.Default with { HeadSampleBytes = 6000 } }])
        {
            var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json), options);

            read.Rows.Count.ShouldBe(isMap ? members + 1 : 1);
            read.Warnings.Select(w => w.Code).ShouldBe(isMap ? ["keys_as_column"] : []);
            if (isMap)
            {
                read.Columns.ShouldBe(["key", "value"]);
                read.Rows[7].ShouldBe(["w7", value.Replace("@", "7", StringComparison.Ordinal).Trim('"')]);
                read.Rows[members].ShouldBe(["last", null]);
            }
        }
    }

    [Fact]
    public async Task Read_ObjectOfManyValuesOfSeveralKinds_IsARecord()
    {
        var json = "{" + string.Join(',', Enumerable.Range(0, 300).Select(i => i == 200 ? "\"x\":\"t\"" : $"\"w{i}\":{i}")) + "}";

        (await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json))).Rows.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Read_KeyedRecords_GoTheFastWayAndKeysAreTypedByTheirValues()
    {
        var json = "{" + string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"{i}\":{{\"a\":{i},\"b\":\"x\"}}")) + "}";
        var options = FormatOptions.Default with { Limits = FormatLimits.Default with { HeadSampleBytes = 1 << 14 } };
        await using var reader = (JsonRecordReader)await s_format.OpenAsync(new MemoryStream(Encoding.UTF8.GetBytes(json)), options, CancellationToken.None);

        var read = await ReadRows.AllAsync(reader, options);

        read.Rows.Count.ShouldBe(5000);
        read.Rows[4321].ShouldBe(["4321", "4321", "x"]);
        read.Kinds[4321][0].ShouldBe(FieldKind.Text);
        reader.OrdinaryRecords.ShouldBeGreaterThan(4900);
    }

    [Fact]
    public async Task Read_KeyedRecordsWithDamage_IsSaidWithItsPlace()
    {
        var good = string.Join(",\n", Enumerable.Range(0, 20).Select(i => $"\"m{i}\":{{\"a\":{i}}}"));

        var other = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes("{" + good + ",\n\"n\":5}"), s_smallHead);
        other.Faults.ShouldHaveSingleItem().ShouldBe((21, RejectCode.MalformedRecord, "The record is not an object as the others are."));

        var surrogate = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes("{" + good + ",\n\"\\ud800\":{\"a\":1}}"));
        surrogate.Faults.ShouldHaveSingleItem().Code.ShouldBe(RejectCode.InvalidUtf8);

        foreach (var (end, place) in ((string, string)[])[(",\n\"n\" {\"a\":1}}", "line 21"), (",\nn:{\"a\":1}}", "line 21"), ("}]", "line 20"), ("", "truncated")])
        {
            var bad = await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes("{" + good + end), s_smallHead));
            bad.Code.ShouldBe(RejectCode.CorruptFile);
            bad.Message.ShouldContain(place);
        }
    }

    [Theory]
    [InlineData("users", "orders")]
    [InlineData("users", "data")]
    [InlineData("data", "results")]
    public async Task Read_SecondArrayOfRecordsBehindTheHead_IsRefusedWithBothNames(string first, string second)
    {
        var json = $"{{\"{first}\":[{Records(400)}],\"{second}\":[{Records(1000)}]}}";

        var bad = await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json), s_smallHead));

        bad.Code.ShouldBe(RejectCode.NotATable);
        bad.Message.ShouldContain($"(\"{first}\", \"{second}\")");
    }

    [Fact]
    public async Task Read_DataBehindAnotherArrayOfObjects_IsTheTable()
    {
        var json = """{"meta":[{"name":"id"},{"name":"x"}],"data":[{"id":1,"x":2},{"id":3,"x":4}],"rows":2}""";

        var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json));

        read.Text.ShouldBe("1|2\n3|4");
        read.Warnings.ShouldHaveSingleItem().Message.ShouldContain("meta, rows");
    }

    [Fact]
    public async Task Read_OtherArrayBesideDataBehindTheHead_IsLeftOutAndSaid()
    {
        var json = $"{{\"data\":[{Records(400)}],\"included\":[{Records(3)}]}}";

        var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json), s_smallHead);

        read.Rows.Count.ShouldBe(400);
        read.Warnings.ShouldHaveSingleItem().Message.ShouldContain("included");
    }

    [Fact]
    public async Task Open_SeveralArraysInAnObjectAboveTheLimit_IsRefusedWithTheirNames()
    {
        var json = $"{{\"users\":[{Records(5)}],\"orders\":[{Records(5)}],\"rest\":\"{new string('x', 5000)}\"}}";

        var bad = await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json), s_smallHead));

        bad.Code.ShouldBe(RejectCode.NotATable);
        bad.Message.ShouldContain("(\"users\", \"orders\")");
    }

    static string Records(int count) => string.Join(',', Enumerable.Range(0, count).Select(i => $"{{\"id\":{i}}}"));
}
