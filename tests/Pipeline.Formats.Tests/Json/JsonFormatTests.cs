using System.Text;
using Pipeline.Formats.Json;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Json;

public sealed class JsonFormatTests
{
    static readonly JsonFormat s_format = new();

    // A head of a few bytes, so that every small content goes through the window, and blocks of three rows.
    static readonly FormatOptions s_tiny = new() { BlockRows = 3, Limits = FormatLimits.Default with { HeadSampleBytes = 16 } };

    [Theory]
    [InlineData("""[{"a":1,"b":"x"},{"a":2.50,"b":null},{"b":"","c":true}]""", "a,b,c", "1|x|∅\n2.50|∅|∅\n∅||true")]
    [InlineData("{\"a\":1}\n{\"a\":2}\r\n\n  {\"a\":3,\"z\":0}\n", "a,z", "1|∅\n2|∅\n3|0")]
    [InlineData("\uFEFF{\"a\":1}\n{\"a\":2}", "a", "1\n2")]
    [InlineData("""{"a":{"x":1,"y":{"z":"q"}},"b":[1, {"k" : "v w"} ,[ ]]}""", "a.x,a.y.z,b", "1|q|[1,{\"k\":\"v w\"},[]]")]
    [InlineData("""{"status":"ok","data":[{"a":1},{"a":2}],"next":null}""", "a", "1\n2")]
    [InlineData("""{"response":{"n":2,"docs":[{"a":1},{"a":2}]},"t":5}""", "a", "1\n2")]
    [InlineData("""{"a":[1,2,null],"b":["x","y",""]}""", "a,b", "1|x\n2|y\n∅|")]
    [InlineData("""{"columns":["a","b"],"index":[0,1],"data":[[1,"x"],[2,"y"]]}""", "a,b", "1|x\n2|y")]
    [InlineData("""[[1,"Ann"],[2,"Bob",true]]""", "c1,c2,c3", "1|Ann|∅\n2|Bob|true")]
    [InlineData("[1,2]\n[3,4]\n", "c1,c2", "1|2\n3|4")]
    [InlineData("""[4, "hello", null]""", "value", "4\nhello\n∅")]
    [InlineData("""{"id":1,"name":"O"}{"id":2,"name":"P"}""", "id,name", "1|O\n2|P")]
    [InlineData("{\n \"id\": 1\n}\n{\n \"id\": 2\n}\n", "id", "1\n2")]
    [InlineData("{\"id\":1}\n{\"id\":2}{\"id\":3}\n{\"id\":4}", "id", "1\n2\n3\n4")]
    [InlineData("""[{"a":1},{"a":{"b":2}},{"a":null}]""", "a,a.b", "1|∅\n∅|2\n∅|∅")]
    [InlineData("""[{"a":null,"e":{}},{"a":{"b":2},"e":{}}]""", "e,a.b", "{}|∅\n{}|2")]
    [InlineData("""[{"a":{"b":1}},{"a":null},{"a":{}}]""", "a.b", "1\n∅\n∅")]
    [InlineData("""[null,{"a":1}]""", "a", "∅\n1")]
    [InlineData("[null]", "value", "∅")]
    [InlineData("""[{"n":123456789012345678901234567890.10,"e":1E400,"z":-0}]""", "n,e,z",
        "123456789012345678901234567890.10|1E400|-0")]
    [InlineData("""[{"a\"b":"\u00e4\ud83d\ude00\n\\","ä":"\/"}]""", "a\"b,ä", "ä😀\n\\|/")]
    [InlineData("""{"count":0,"results":[],"next":null}""", "", "")]
    [InlineData("""{"id":7,"tags":[]}""", "id,tags", "7|[]")]
    [InlineData("""{"a":{"0":1,"1":2},"b":{"0":"x","1":null}}""", "a,b", "1|x\n2|∅")]
    [InlineData("""{"a":{"1":1,"2":2}}""", "a.1,a.2", "1|2")]
    [InlineData("""{"a":{"\u0030":1,"1":2}}""", "a.0,a.1", "1|2")]
    [InlineData("""{"data":[{"id":1},{"id":2}],"included":[{"o":1}]}""", "id", "1\n2")]
    [InlineData("[]", "", "")]
    [InlineData(" \n", "", "")]
    public async Task Read_EveryLayout_SameRowsForAnyWindow(string json, string columns, string rows)
    {
        var content = Encoding.UTF8.GetBytes(json);
        foreach (var (options, readBytes) in ((FormatOptions, int)[])[(FormatOptions.Default, int.MaxValue),
            (FormatOptions.Default, 5), (s_tiny, 5)])
        {
            var read = await ReadRows.AllAsync(s_format, content, options, readBytes);
            string.Join(',', read.Columns).ShouldBe(columns);
            read.Text.ShouldBe(rows);
            read.Faults.ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("""{"meta":[{"name":"a","type":"UInt8"},{"type":"String","name":"b"}],"data":[[1,"x"],[2,"y"]]}""", "a,b", "1|x\n2|y")]
    [InlineData("""{"meta":[{"name":"a"},{"title":"b"}],"data":[[1,"x"],[2,"y"]]}""", "c1,c2", "1|x\n2|y")]
    [InlineData("""[["id","name"],[1,"Ann"],[2,"Bob"]]""", "id,name", "1|Ann\n2|Bob")]
    [InlineData("[[\"id\",\"name\"],\n[\"x\",\"Ann\"],\n[\"y\",\"Bob\"]]", "id,name", "x|Ann\ny|Bob")]
    [InlineData("[\"id\",\"name\"]\n[1,\"Ann\"]\n", "id,name", "1|Ann")]
    [InlineData("""[["x","Ann"],["y","Ann"]]""", "c1,c2", "x|Ann\ny|Ann")]
    [InlineData("""{"users":[{"id":1},{"id":2}],"orders":[{"o":1}]}""", "users,orders", "[{\"id\":1},{\"id\":2}]|[{\"o\":1}]")]
    [InlineData("{\"d\":1}\n[1, 2]\n\"x\"\n", "value", "{\"d\":1}\n[1,2]\nx")]
    public async Task Read_WhatTheHeadDecides_RowsAndColumns(string json, string columns, string rows)
    {
        var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json));
        string.Join(',', read.Columns).ShouldBe(columns);
        read.Text.ShouldBe(rows);
    }

    [Fact]
    public async Task Read_Kinds_AreWhatTheFormatSays()
    {
        var read = await ReadRows.AllAsync(s_format, """[{"s":"1","n":1,"b":false,"a":["x"],"z":null}]"""u8.ToArray());
        read.Kinds[0].ShouldBe([FieldKind.String, FieldKind.Number, FieldKind.Boolean, FieldKind.Json, FieldKind.Null]);
    }

    [Fact]
    public async Task Read_BadLine_IsAFaultWithItsPositionAndTheOthersLoad()
    {
        var json = "{\"a\":1}\n{\"a\":2,}\n\n{\"a\":\"\xFF\"}\n[1]\n{\"a\":3}\n{\"a\":4";
        var read = await ReadRows.AllAsync(s_format, Encoding.Latin1.GetBytes(json));
        read.Rows.Count.ShouldBe(6);
        read.Lines.ShouldBe([1, 2, 4, 5, 6, 7]);
        read.Faults.Select(f => (f.Record, f.Code)).ShouldBe(
            [(2, RejectCode.MalformedRecord), (3, RejectCode.InvalidUtf8), (4, RejectCode.MalformedRecord), (6,
                RejectCode.MalformedRecord)]);
        read.Faults[0].Message.ShouldContain("Line 2");
        read.Faults[0].Message.ShouldContain("byte 8");
        read.Rows[1][0].ShouldBe("{\"a\":2,}", "the reject keeps the bytes of the line");
        read.Rows[4][0].ShouldBe("3");
    }

    [Theory]
    [InlineData("[{\"a\":1},\n{\"a\":2 \"b\"}]", 2, 17)]
    [InlineData("[{\"a\":1},\n{\"a\":2}\n", 3, 18)]
    [InlineData("[{\"a\":1}\n {\"a\":2}]", 2, 10)]
    [InlineData("[{\"a\":1},]", 1, 9)]
    [InlineData("[{\"a\":1}]x", 1, 9)]
    [InlineData("{\"data\":[{\"a\":1},{\"a\":2}]", 1, 25)]
    [InlineData("{\"data\":[{\"a\":1},{\"a\":2}] \"x\"}", 1, 26)]
    public async Task Read_SyntaxError_IsCorruptWithLineAndByte(string json, long line, long offset)
    {
        foreach (var options in (FormatOptions[])[FormatOptions.Default, s_tiny])
        {
            var error = await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json),
                options, 5));
            error.Code.ShouldBe(RejectCode.CorruptFile);
            (error.Line, error.ByteOffset).ShouldBe((line, offset), error.Message);
        }
    }

    [Theory]
    [InlineData("""[{"id":1,"a":{"b":[true,null]}},{"id":2,"x":"\u00e9\ud83d\ude00"}]""")]
    [InlineData("""{"meta":{"n":1},"data":[{"id":1},{"id":2}],"end":[1,2]}""")]
    [InlineData("""{"id":[1,2],"x":["a","b"]}""")]
    public async Task Read_TruncatedAnywhere_IsNeverAWholeFile(string json)
    {
        var whole = Encoding.UTF8.GetBytes(json);
        for (var length = 1; length < whole.Length; length++)
        {
            foreach (var options in (FormatOptions[])[FormatOptions.Default, s_tiny])
            {
                var error = await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, whole[..length],
                    options), $"at {length}");
                error.Code.ShouldBe(RejectCode.CorruptFile, $"at {length}");
            }
        }
    }

    [Fact]
    public async Task Read_LinesTruncatedAnywhere_EarlierRowsStand()
    {
        var whole = Encoding.UTF8.GetBytes("{\"id\":10,\"n\":\"ä\"}\n{\"id\":11,\"n\":\"b\"}\n{\"id\":12,\"n\":\"c\"}");
        for (var length = whole.AsSpan().IndexOf((byte)'\n') + 1; length < whole.Length; length++)
        {
            var read = await ReadRows.AllAsync(s_format, whole[..length], s_tiny, 3);
            read.Rows[0][0].ShouldBe("10", $"at {length}");
            var newlines = whole.AsSpan(0, length).Count((byte)'\n');
            read.Faults.Count.ShouldBe(length == whole.AsSpan().LastIndexOf((byte)'\n')
                || whole[length - 1] is (byte)'\n' or (byte)'}' ? 0 : 1, $"at {length}");
            read.Rows.Count.ShouldBeInRange(newlines, newlines + 1);
        }
    }

    [Fact]
    public async Task Read_NewKeyBehindTheHead_OpensAgainOnceAndHasAllColumns()
    {
        var json = string.Join('\n', Enumerable.Range(0, 200).Select(i => $"{{\"id\":{i},\"k{i / 50}\":1}}"));
        var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json), s_tiny);
        read.Opens.ShouldBe(2);
        read.Columns.ShouldBe(["id", "k0", "k1", "k2", "k3"]);
        read.Rows.Count.ShouldBe(200);
        read.Rows[199].ShouldBe(["199", null, null, null, "1"]);
    }

    [Fact]
    public async Task Read_MapWithManyKeys_StaysOneColumn()
    {
        var json = string.Join('\n', Enumerable.Range(0, 300).Select(i => $"{{\"id\":{i},\"m\":{{\"k{i}\":{i}}},\"e\":0}}"));
        foreach (var options in (FormatOptions[])[FormatOptions.Default, s_tiny])
        {
            var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json), options);
            read.Columns.ShouldBe(["id", "m", "e"]);
            read.Rows[7].ShouldBe(["7", "{\"k7\":7}", "0"]);
            read.Kinds[7][1].ShouldBe(FieldKind.Json);
        }
    }

    [Fact]
    public async Task Read_DeeperThanTheFlattenDepth_IsJsonText()
    {
        var read = await ReadRows.AllAsync(s_format, """[{"a":{"b":{"c":1}}}]"""u8.ToArray(),
            new FormatOptions { FlattenDepth = 2 });
        read.Columns.ShouldBe(["a.b"]);
        read.Text.ShouldBe("{\"c\":1}");
    }

    [Fact]
    public async Task Read_NamesThatAreNotUnicode_AreFaultsAndNoEndlessRestart()
    {
        var json = "{\"a\":{}}\n{\"a\":{\"\xFF\":1}}\n{\"\xFF\":1}\n{\"a\":{\"\\ud800\":1}}\n";
        var read = await ReadRows.AllAsync(s_format, Encoding.Latin1.GetBytes(json));
        read.Columns.ShouldBe(["a"]);
        read.Faults.Select(f => (f.Record, f.Code)).ShouldBe([(2, RejectCode.InvalidUtf8), (3, RejectCode.InvalidUtf8), (4,
            RejectCode.InvalidUtf8)]);
    }

    [Fact]
    public async Task Read_RandomRecords_ComeBackAsTheyWereWritten()
    {
        string[] keys = ["id", "a b", "ä", "x.y", "\"q\"", "", "_", "\u0001"];
        for (var seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            var records = Enumerable.Range(0, random.Next(1, 40)).Select(_ => keys.Where(_ => random.Next(3) > 0)
                .ToDictionary(k => k, _ => RandomValue(random))).Append(keys.ToDictionary(k => k, object? (_) => 1L)).ToList();
            foreach (var asLines in (bool[])[true, false])
            {
                var parts = records.Select(r => System.Text.Json.JsonSerializer.Serialize(r));
                var json = asLines ? string.Join('\n', parts) : "[" + string.Join(" ,\n", parts) + "]";
                var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json), s_tiny, 64);
                read.Rows.Count.ShouldBe(records.Count);
                for (var row = 0; row < records.Count; row++)
                {
                    for (var column = 0; column < read.Columns.Count; column++)
                    {
                        var name = read.Columns[column];
                        var expected = records[row].GetValueOrDefault(name) switch
                        {
                            null => null,
                            bool b => b ? "true" : "false",
                            double d => System.Text.Json.JsonSerializer.Serialize(d),
                            var other => other.ToString(),
                        };
                        read.Rows[row][column].ShouldBe(expected, $"seed {seed}, row {row}, '{name}'");
                    }
                }
            }
        }
    }

    static object? RandomValue(Random random) => random.Next(5) switch
    {
        0 => null,
        1 => random.NextInt64(),
        2 => random.NextDouble(),
        3 => random.Next(2) == 0,
        _ => new string([.. Enumerable.Range(0, random.Next(12)).Select(_ => "aä\"\\\n,\u2028\0x"[random.Next(9)])]),
    };

    [Fact]
    public async Task Read_KeyTwiceInARecord_LastValueAndAWarning()
    {
        var read = await ReadRows.AllAsync(s_format, "{\"a\":1}\n{\"a\":2,\"b\":1,\"a\":3}\n"u8.ToArray());
        read.Text.ShouldBe("1|∅\n3|1");
        read.Warnings.ShouldHaveSingleItem().ShouldSatisfyAllConditions(w => w.Code.ShouldBe("duplicate_key"), w =>
            w.Line.ShouldBe(2));
    }

    [Theory]
    [InlineData("42")]
    [InlineData(" \"hello\"\n")]
    [InlineData("null")]
    [InlineData("true")]
    public async Task Open_OneBareValue_IsNoTable(string json) =>
        (await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json)))).Code.ShouldBe(
            RejectCode.NotATable);

    [Theory]
    [InlineData("[{\"a\":1}, // c\n{\"a\":2}]", "comments")]
    [InlineData("[{\"a\":1},{\"a\":NaN}]", "NaN")]
    [InlineData("[{'a':1}]", "double quotes")]
    [InlineData("[{a:1}]", "double quotes")]
    [InlineData("[{\"a\":}]", "missing")]
    [InlineData("[{\"a\":01}]", "leading zeros")]
    [InlineData("{\"a\":1},\n{\"a\":2}", "without [ ]")]
    public async Task Read_NoJson_SaysWhatIsUsuallyBehindIt(string json, string hint)
    {
        var error = await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json)));
        (error.Code, error.Line is null, error.ByteOffset is null).ShouldBe((RejectCode.CorruptFile, false, false));
        error.Message.ShouldContain(hint);
    }

    [Fact]
    public async Task Read_DeeperThanTheLimit_IsALimit()
    {
        var json = new string('[', 300) + new string(']', 300);
        var error = await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json)));
        error.Code.ShouldBe(RejectCode.LimitExceeded);
        error.Message.ShouldContain("128");
    }

    [Fact]
    public async Task Read_MembersBesideTheRecords_AreNamedInAWarning()
    {
        var read = await ReadRows.AllAsync(s_format, """{"v":1,"data":[{"a":1},{"a":2}],"next":"u"}"""u8.ToArray());
        read.Warnings.ShouldHaveSingleItem().Message.ShouldContain("v, next");
    }

    [Fact]
    public async Task Read_LongLine_IsAFaultAndTheNextLinesLoad()
    {
        var options = new FormatOptions { Limits = FormatLimits.Default with { HeadSampleBytes = 64, MaxRecordBytes = 256 } };
        var many = "{" + string.Join(',', Enumerable.Range(0, 500).Select(i => $"\"a\":{i}")) + "}";
        var json = "{\"a\":1}\n{\"a\":\"" + new string('x', 5000) + "\"}\n" + many + "\n{\"a\":4}\n";
        var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json), options);
        read.Faults.Select(f => (f.Record, f.Code)).ShouldBe([(2, RejectCode.FieldTooLong), (3, RejectCode.RecordTooLong)]);
        read.Faults[0].Message.ShouldContain("\"a\"");
        read.Lines.ShouldBe([1, 2, 3, 4]);
        read.Rows[3][0].ShouldBe("4");
    }

    [Fact]
    public async Task Read_FieldAboveTheLimit_CostsItsRecord()
    {
        var options = new FormatOptions { BlockBytes = 64, Limits = FormatLimits.Default with { MaxFieldBytes = 256 } };
        var json = "{\"a\":1}\n{\"a\":\"" + new string('x', 5000) + "\"}\n{\"a\":4}\n";
        var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json), options);
        read.Faults.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            f => f.Code.ShouldBe(RejectCode.FieldTooLong), f => f.Record.ShouldBe(2), f => f.Message.ShouldContain("limits.max_field_bytes"));
        read.Rows.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("[{\"a\":1},{\"a\":\"", "\"}]", "a")]
    [InlineData("[{\"a\":1},{\"a\":2,\"b\":{\"x\":[1],\"c\":\"", "\"}}]", "b.c")]
    [InlineData("[{\"a\":1},{\"a\":2,\"b\":[{\"c\":\"", "\"}]}]", "b")]
    [InlineData("{\"a\":{\"b\":\"", "\"}}", "a.b")]
    public async Task Read_LongValueOfARecord_NamesTheField(string start, string end, string field)
    {
        var options = new FormatOptions { Limits = FormatLimits.Default with { HeadSampleBytes = 64, MaxRecordBytes = 256 } };
        var error = await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(start + new string('x', 5000) + end),
            options));
        error.Code.ShouldBe(RejectCode.FieldTooLong);
        error.Message.ShouldContain($"\"{field}\"");
        error.Message.ShouldContain("limits.max_record_bytes and limits.max_field_bytes");
    }

    [Fact]
    public async Task Read_LongElementOfManyValues_IsALimit()
    {
        var options = new FormatOptions { Limits = FormatLimits.Default with { HeadSampleBytes = 64, MaxRecordBytes = 256 } };
        var json = "[{\"a\":1},{" + string.Join(',', Enumerable.Range(0, 500).Select(i => $"\"k{i}\":{i}")) + "}]";
        var error = await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json),
            options));
        error.Code.ShouldBe(RejectCode.LimitExceeded);
    }

    [Theory]
    [InlineData("""[{"a.b":1,"a":{"b":2}},{"a.b":3},{"a":{"b":4}}]""", "1|2\n3|∅\n∅|4")]
    [InlineData("""[{"a":{"b":2}},{"a":{"b":4},"a.b":1}]""", "2|∅\n4|1")]
    public async Task Read_KeyThatSpellsAPath_IsAColumnOfItsOwn(string json, string text)
    {
        var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json));
        read.Columns.ShouldBe(["a.b", "a.b"]);
        read.Text.ShouldBe(text);
        read.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task Open_TooManyKeys_IsTooManyColumns()
    {
        var json = "[{" + string.Join(',', Enumerable.Range(0, 300).Select(i => $"\"k{i}\":1")) + "}]";
        var options = new FormatOptions { Limits = FormatLimits.Default with { MaxColumns = 200 } };
        (await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json), options))).Code
            .ShouldBe(RejectCode.TooManyColumns);
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-32", true)]
    [InlineData("utf-32BE", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", false)]
    [InlineData("utf-32", false)]
    [InlineData("utf-32BE", false)]
    public async Task Read_WideUnicode_IsConverted(string encoding, bool withMark)
    {
        var coder = Encoding.GetEncoding(encoding);
        byte[] content = [.. withMark ? coder.GetPreamble() : [], .. coder.GetBytes("[{\"ä\":\"ö\"}]")];
        s_format.Detect(new FormatProbe("a.json", content, true)).Confidence.ShouldBeGreaterThan(0.9);
        var read = await ReadRows.AllAsync(s_format, content, readBytes: 5);
        read.Columns.ShouldBe(["ä"]);
        await using var reader = await s_format.OpenAsync(new MemoryStream(content), FormatOptions.Default, CancellationToken.None);
        reader.Encoding.ShouldBe(encoding.EndsWith("BE", StringComparison.Ordinal) ? encoding.ToLowerInvariant() : encoding + "le");
        read.Text.ShouldBe("ö");
        var error = await Should.ThrowAsync<BadFileException>(() => ReadRows.AllAsync(s_format, content[..^3]));
        error.Code.ShouldBe(RejectCode.CorruptFile);
    }

    [Theory]
    [InlineData("[{\"a\":1}]")]
    [InlineData("{\"a\":[1,2],\"b\":[3,4]}")]
    public async Task Open_Utf8_SaysSo(string json)
    {
        await using var reader = await s_format.OpenAsync(new MemoryStream(Encoding.UTF8.GetBytes(json)), FormatOptions.Default, CancellationToken.None);
        reader.Encoding.ShouldBe("utf-8");
    }

    [Theory]
    [InlineData("""{"a":{"\ud800":1}}""")]
    [InlineData("""{"\ud800":{"a":1},"1":{"a":2}}""")]
    public async Task Read_FramesWithKeysThatAreNotUnicode_AreAFaultOfTheRecord(string json)
    {
        var read = await ReadRows.AllAsync(s_format, Encoding.UTF8.GetBytes(json));

        read.Faults.ShouldHaveSingleItem().Code.ShouldBe(RejectCode.InvalidUtf8);
    }

    [Fact]
    public async Task Read_Cancelled_Stops()
    {
        var content = Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat("{\"a\":1}", 100)) + "]");
        using var stop = new CancellationTokenSource();
        await using var reader = await s_format.OpenAsync(new MemoryStream(content), s_tiny, stop.Token);
        using var block = new FieldBlock(1, 3);
        (await reader.ReadAsync(block, stop.Token)).ShouldBeTrue();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () => await reader.ReadAsync(block, stop.Token));
    }

    [Theory]
    [InlineData("{\"a\":1}\n{\"a\":2}", "x.txt", 0.9, 1)]
    [InlineData("[{\"a\":1}]", "x.csv", 0.9, 1)]
    [InlineData("[section]\nkey=1\n", "x.txt", 0, 0.2)]
    [InlineData("id,name\n1,{}\n", "x.csv", 0, 0.01)]
    [InlineData("42", "x.csv", 0, 0.1)]
    [InlineData("[1,2", "x.json", 0.9, 1)]
    [InlineData("*", "x.json", 0.7, 0.8)]
    public void Detect_Content_HasFairConfidence(string content, string name, double low, double high) =>
        s_format.Detect(new FormatProbe(name, Encoding.UTF8.GetBytes(content), true)).Confidence.ShouldBeInRange(low, high);
}
