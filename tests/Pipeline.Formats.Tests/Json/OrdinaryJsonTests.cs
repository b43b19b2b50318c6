using System.Text;
using Pipeline.Formats.Json;
using Pipeline.Formats.Records;
using Pipeline.Formats.Tests.Compression;

namespace Pipeline.Formats.Tests.Json;

/// <summary>The fast way of ordinary records against its twin: Utf8JsonReader for all of them.</summary>
public sealed class OrdinaryJsonTests
{
    static readonly string[] s_keys = ["id", "a", "a.b", "größe", "customer", "tags", "", "a key longer than the thirty-two bytes of a step", "0", "x y"];

    static readonly string[] s_oddKeys = ["q\\\"q", "\\u0061", "line\\nbreak", "\\ud800", "\uFFFD"];

    static readonly string[] s_values =
    [
        "1", "-1", "0", "-0", "0.5", "1.50", "123456789012345678901234567890", "1234567890123456789012345678901234567890", "1e5", "-2.5E-3", "1e+400", "true", "false",
        "null", "\"\"", "\"text\"", "\"Łódź 東京 😀\"", "\"a text that is longer than one step of thirty-two bytes, äöü\"", "\"thirty-two bytes, and no more now\"", "\"2024-01-01T00:00:00Z\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0041\\u00e4\\u20AC\\u0000\"", "\"\\ud83d\\ude00\"", "[]", "{}", "[1,2,3]", "[ 1 , \"a\\n\\u00e4\" , [ ] , { } ]", "{\"k\":[{\"a\":1,\"a\":2}]}",
        "[\"\\ud83d\\ude00\"]", "[[[[[[]]]]]]", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"x\"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    ];

    static readonly string[] s_wrong =
    [
        "01", "-", "1.", ".5", "1e", "1e+", "+1", "NaN", "tru", "nul", "truee", "nulll", "\"open", "\"\\x\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\t\"", "\"\u0001\"", "\"\\", "[1,]", "[1 2]", "{\"a\"}",
        "{\"a\":}", "{a:1}", "[", "{", "]", "'a'", "", "1 2", "/*c*/1", "[\"\\ud800\"]",
    ];

    [Fact]
    public async Task OrdinaryRecords_RandomObjects_AreReadAsByTheTwin()
    {
        long ordinary = 0, all = 0;
        for (var seed = 0; seed < 600; seed++)
        {
            var content = Content(new Random(seed));
            foreach (var window in new[] { 16, 100, 1 << 12, 1 << 16 })
            {
                var options = FormatOptions.Default with
                {
                    BlockRows = 16,
                    BlockBytes = seed % 3 == 0 ? 100 : 1 << 16,
                    Limits = FormatOptions.Default.Limits with { HeadSampleBytes = window, MaxNestingDepth = seed % 5 == 0 ? 4 : 64 },
                };
                var (fast, taken) = await ReadAsync(content, options, readBytes: 1 + (seed % 7), fast: true);
                var (twin, _) = await ReadAsync(content, options, int.MaxValue, fast: false);
                fast.ShouldBe(twin, $"seed {seed}, a window of {window} bytes: {Encoding.Latin1.GetString(content)}");
                ordinary += taken;
                all += twin.Count;
            }
        }

        // What is compared is mostly the fast way, and not only that.
        ((double)ordinary / all).ShouldBeInRange(0.3, 0.95);
    }

    // More keys than are remembered, in any order, also with space, escapes, and longer than a step.
    [Theory]
    [InlineData(3)]
    [InlineData(200)]
    public async Task OrdinaryRecords_KeysOfNestedObjects_AreReadAsByTheTwin(int keys)
    {
        var random = new Random(keys);
        var text = new StringBuilder();
        for (var i = 0; i < 300; i++)
        {
            text.Append("{\"id\":").Append(i).Append(",\"l\":[");
            for (var j = random.Next(4); j >= 0; j--)
            {
                text.Append(random.Next(9) == 0 ? "{ " : "{");
                for (var k = random.Next(1, 5); k > 0; k--)
                {
                    text.Append('"').Append(random.Next(20) switch { 0 => "a key that is longer than thirty-two bytes", 1 => "e\\n", 2 => "ä", _ => "k" })
                        .Append(random.Next(10) == 0 ? random.Next(keys) : k % keys).Append(random.Next(15) == 0 ? "\" : " : "\":")
                        .Append(s_values[random.Next(s_values.Length)]).Append(k > 1 ? "," : "}");
                }

                text.Append(j > 0 ? "," : "");
            }

            text.Append("]}\n");
        }

        var content = Encoding.UTF8.GetBytes(text.ToString());
        var (fast, ordinary) = await ReadAsync(content, FormatOptions.Default, int.MaxValue, fast: true);
        fast.ShouldBe((await ReadAsync(content, FormatOptions.Default, int.MaxValue, fast: false)).Read);
        ordinary.ShouldBeGreaterThan(200);
    }

    [Fact]
    public async Task OrdinaryRecords_EveryByteChangedAndEveryLengthCut_AreReadAsByTheTwin()
    {
        var sound = Encoding.UTF8.GetBytes(
            "{\"id\":-12.5e3,\"t\":\"ä\\n\\u20acx\",\"o\":{\"p\":true,\"q\":null}, \"l\" : [1, {\"k\":\"v\"}]}\n{\"id\":7,\"t\":\"\",\"o\":{\"p\":false,\"q\":0},\"l\":[]}\n");
        byte[] changes = [0, (byte)' ', (byte)'"', (byte)'\\', (byte)'{', (byte)'}', (byte)'[', (byte)']', (byte)',', (byte)':', (byte)'0', (byte)'.', (byte)'e', (byte)'\n', 0xC3, 0xFF];
        var options = FormatOptions.Default;
        for (var at = 0; at < sound.Length; at++)
        {
            foreach (var change in changes)
            {
                byte[] mutant = [.. sound, .. sound];
                mutant[at] = change;
                (await ReadAsync(mutant, options, int.MaxValue, fast: true)).Read
                    .ShouldBe((await ReadAsync(mutant, options, int.MaxValue, fast: false)).Read, $"byte {at} is {change}");
            }

            byte[] cut = [.. sound, .. sound[..at]];
            (await ReadAsync(cut, options, int.MaxValue, fast: true)).Read
                .ShouldBe((await ReadAsync(cut, options, int.MaxValue, fast: false)).Read, $"cut at {at}");
        }
    }

    [Theory]
    [InlineData("{\"id\":1,\"o\":{\"a\":[1,\"x\"],\"b\":null},\"s\":\"ä \\\"q\\\"\\n\"}\n", "")]
    [InlineData("{\"id\": 1, \"o\": {\"a\": [1, \"x\"], \"b\": null}, \"s\": \"\"},", "[")]
    [InlineData("{\n  \"id\" : 1,\n  \"s\" : \"x\"\n}\n", "")]
    public async Task OrdinaryRecords_AsProgramsWriteThem_GoTheFastWay(string record, string start)
    {
        var content = start + string.Concat(Enumerable.Repeat(record, 5000)) + (start == "[" ? record.TrimEnd(',') + "]" : record);
        var options = FormatOptions.Default with { Limits = FormatLimits.Default with { HeadSampleBytes = 1 << 14 } };

        var (read, ordinary) = await ReadAsync(Encoding.UTF8.GetBytes(content), options, int.MaxValue, fast: true);

        read.Count(r => r.StartsWith("row ", StringComparison.Ordinal)).ShouldBe(5001);
        ordinary.ShouldBeGreaterThan(4900, "all but the ones at the end of a window");
    }

    /// <summary>Records of about the same keys, as lines, as an array or one behind the other, with some damage.</summary>
    static byte[] Content(Random random)
    {
        var text = new StringBuilder();
        var oddities = random.Next(3) switch { 0 => 0, 1 => 300, _ => 30 };
        var keys = Enumerable.Range(0, random.Next(1, 7)).Select(_ => s_keys[random.Next(s_keys.Length)]).Distinct().ToArray();
        var layout = random.Next(3);
        text.Append(layout == 1 ? "[" : "");
        var records = random.Next(1, 40);
        for (var i = 0; i < records; i++)
        {
            text.Append(layout == 1 && i > 0 ? "," : "");
            AppendObject(text, random, keys, oddities, depth: 0);
            text.Append(layout == 0 ? random.Next(20) == 0 ? " \r\n" : "\n" : layout == 2 ? "\n\n" : "");
        }

        text.Append(layout == 1 ? "]" : "");
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        for (var i = 0; oddities > 0 && i < bytes.Length; i++)
        {
            bytes[i] = random.Next(oddities * 40) == 0 ? (byte)random.Next(256) : bytes[i];
        }

        return oddities > 0 && random.Next(8) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    static void AppendObject(StringBuilder text, Random random, string[] keys, int oddities, int depth)
    {
        var space = random.Next(6) == 0;
        text.Append('{');
        var first = true;
        foreach (var key in keys)
        {
            if (random.Next(12) == 0)
            {
                continue;
            }

            text.Append(first ? "" : space ? ", " : ",").Append('"').Append(IsOdd() ? s_oddKeys[random.Next(s_oddKeys.Length)] : key).Append(space ? "\": " : "\":");
            first = false;
            if (depth < 3 && key.Length == 1)
            {
                AppendObject(text, random, keys, oddities, depth + 1);
            }
            else
            {
                text.Append(IsOdd() ? s_wrong[random.Next(s_wrong.Length)] : s_values[random.Next(s_values.Length)]);
            }

            if (IsOdd())
            {
                text.Append(",\"").Append(key).Append("\":null");
            }
        }

        text.Append('}');

        bool IsOdd() => oddities > 0 && random.Next(oddities) == 0;
    }

    /// <summary>All that a reader says: fields with their kinds, lines, faults, warnings, and what ended it.</summary>
    static async Task<(List<string> Read, long Ordinary)> ReadAsync(byte[] content, FormatOptions options, int readBytes, bool fast)
    {
        var read = new List<string>();
        long ordinary = 0;
        try
        {
            for (var opens = 0; opens < 2; opens++)
            {
                await using var reader = await new JsonFormat().OpenAsync(new TrickleStream(content, readBytes), options, CancellationToken.None);
                if (reader is JsonRecordReader records)
                {
                    records.ReadsOrdinaryRecords = fast;
                }

                try
                {
                    await ReadBlocksAsync(reader, options, read);
                    opens = 2;
                }
                catch (ColumnsGrewException e)
                {
                    read.Add("columns grew");
                    options = options with { Learned = e.Learned };
                }

                ordinary += (reader as JsonRecordReader)?.OrdinaryRecords ?? 0;
                read.AddRange(reader.Warnings.Select(w => w.ToString()));
            }
        }
        catch (BadFileException e)
        {
            read.Add($"{e.Code}: {e.Message} line {e.Line} byte {e.ByteOffset}");
        }

        return (read, ordinary);
    }

    static async Task ReadBlocksAsync(RecordReader reader, FormatOptions options, List<string> read)
    {
        read.Add("columns " + string.Join(" | ", reader.ColumnNames));
        using var block = FieldBlock.Create(reader.ColumnNames.Count, options);
        while (await reader.ReadAsync(block, CancellationToken.None))
        {
            for (var row = 0; row < block.RowCount; row++)
            {
                var fields = Enumerable.Range(0, block.ColumnCount).Select(c => block.Column(c)[row])
                    .Select(f => $"{f.Kind} {Convert.ToHexString(block.Bytes(f))}");
                read.Add($"row {block.FirstRecord + row} line {block.Lines[row]} byte {block.ByteOffsets[row]}: {string.Join(" | ", fields)}");
            }

            read.AddRange(block.Faults.Select(f => f.ToString()));
            read.Add("end of a block");
        }
    }
}
