using System.Runtime.Intrinsics.X86;
using System.Text;
using Pipeline.Formats.Delimited;
using Pipeline.Formats.Records;
using Pipeline.TestKit.Formats;

namespace Pipeline.Formats.Tests.Delimited;

/// <summary>The fast way of ordinary records against its twin: CsvHelper for all of them.</summary>
public sealed class OrdinaryRecordTests
{
    static readonly string[] s_names = ["a", "b", "c"];

    // What makes records special comes often enough that most texts hold some of it, and rarely enough that runs are longer than a step.
    static readonly string[] s_usual =
    [
        "1", "22", "", "abc", "2024-01-01", "a longer text that fills a step of sixty-four bytes and then goes on a little", "äöü€😀", "\"\"", "\"q\"",
        "\"a,b\"", "\"say \"\"hi\"\"\"", "\"two\nlines\"", "\"two\r\nlines\"", "\"\"\"\"",
    ];

    static readonly string[] s_special = ["5\" disk", "\"open", "\"closed\" and more", " \"blank before\"", "lone\rreturn", "\0", "\"cr\r\"", "\xFF"];

    [Theory]
    [InlineData(",", '"')]
    [InlineData("\t", '\'')]
    [InlineData(";", null)]
    public async Task OrdinaryRecords_RandomTexts_AreCutAsByCsvHelper(string delimiter, char? quote)
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var content = Text(new Random(seed), delimiter, quote ?? '"');
            foreach (var bytes in new[] { 64, 300, 1 << 16 })
            {
                var fast = await ReadAsync(content, delimiter, quote, bytes, cutsOrdinaryRecords: true);
                var twin = await ReadAsync(content, delimiter, quote, bytes, cutsOrdinaryRecords: false);
                fast.ShouldBe(twin, $"seed {seed}, blocks of {bytes} bytes");
            }
        }
    }

    [Theory]
    [InlineData('"')]
    [InlineData('\'')]
    public async Task QuotedRecords_ManyRandomTexts_AreCutAsByCsvHelper(char quote)
    {
        foreach (var bytes in new[] { 64, 65, 127, 128, 129, 1000, 1 << 16 })
        {
            for (var seed = 0; seed < 100; seed++)
            {
                var content = QuotedText(new Random(seed), quote);
                var fast = await ReadAsync(content, ",", quote, bytes, cutsOrdinaryRecords: true);
                var twin = await ReadAsync(content, ",", quote, bytes, cutsOrdinaryRecords: false);
                fast.ShouldBe(twin, $"seed {seed}, blocks of {bytes} bytes");
            }
        }
    }

    [Fact]
    public void PrefixXorByShifts_AnyBits_IsTheParityOfTheBitsUpToEach()
    {
        var random = new Random(1);
        for (var i = 0; i < 1000; i++)
        {
            var bits = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            var parity = false;
            var expected = 0UL;
            for (var bit = 0; bit < 64; bit++)
            {
                parity ^= (bits >> bit & 1) != 0;
                expected |= parity ? 1UL << bit : 0;
            }

            RecordMasks.PrefixXorByShifts(bits).ShouldBe(expected);
            RecordMasks.PrefixXor(bits).ShouldBe(expected);
        }
    }

    delegate int Copy(ref byte from, int length, ref byte to, byte quote);

    [Fact]
    public void CopyUndoubled_AnyContent_EqualsReplaceAndLeavesTheSourceAlone()
    {
        List<Copy> kernels = [Formats.Delimited.QuotedText.CopyUndoubled, Formats.Delimited.QuotedText.CopyPieces];
        if (Avx512Vbmi2.IsSupported)
        {
            kernels.Add(Formats.Delimited.QuotedText.CopyCompressed);
        }

        var random = new Random(2);
        for (var i = 0; i < 5000; i++)
        {
            var plain = string.Concat(Enumerable.Range(0, random.Next(400)).Select(_ => random.Next(random.Next(2) == 0 ? 3 : 40) == 0 ? '"' : 'x'));
            var content = Encoding.ASCII.GetBytes(plain.Replace("\"", "\"\"", StringComparison.Ordinal));
            foreach (var copy in kernels)
            {
                // Whatever is behind the content does not count.
                byte[] text = [.. content, .. Enumerable.Repeat((byte)'"', 64), .. new byte[content.Length + 64]];
                var to = content.Length + 64;
                var length = copy(ref text[0], content.Length, ref text[to], (byte)'"');
                Encoding.ASCII.GetString(text, to, length).ShouldBe(plain);
                text.AsSpan(0, content.Length).SequenceEqual(content).ShouldBeTrue();
            }
        }
    }

    /// <summary>Fields of random pieces, most of them quoted properly, some damaged by a quote too many, too few or elsewhere.</summary>
    static byte[] QuotedText(Random random, char quote)
    {
        string[] pieces = ["a", "word ", ",", "\"\"", "\n", "\r\n", "\r", "é", "€uro", "\"\"\"\"", "", "and so on until a step of sixty-four bytes is full"];
        var text = new StringBuilder();
        var damage = random.Next(2) == 0 ? 0 : 60;
        for (var row = random.Next(60); row >= 0; row--)
        {
            for (var i = 0; i < s_names.Length; i++)
            {
                var value = string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => pieces[random.Next(pieces.Length)]));
                var field = random.Next(4) == 0 ? $"{row}" : $"\"{value}\"";
                if (damage > 0 && random.Next(damage) == 0)
                {
                    var at = random.Next(field.Length + 1);
                    field = random.Next(2) == 0 ? field.Insert(at, "\"") : field.Remove(Math.Min(at, field.Length - 1), 1);
                }

                text.Append(i == 0 ? "" : ",").Append(field);
            }

            text.Append(random.Next(3) == 0 ? "\r\n" : "\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString().Replace('"', quote));
    }

    [Fact]
    public async Task OrdinaryRecords_AFaultAmongThem_IsFoundWithItsLine()
    {
        var lines = Enumerable.Range(1, 50).Select(i => i == 30 ? "short" : $"{i},\"two\nlines\",x");
        var read = await ReadAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)), ",", '"', 1 << 16, cutsOrdinaryRecords: true);
        read.Where(r => r.Contains(nameof(RejectCode.TooFewFields), StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldEndWith(" line 59");
    }

    static byte[] Text(Random random, string delimiter, char quote)
    {
        var text = new StringBuilder();
        var special = random.Next(3) switch { 0 => 0, 1 => 200, _ => 20 };
        var ending = random.Next(2) == 0 ? "\n" : "\r\n";
        for (var row = random.Next(40); row >= 0; row--)
        {
            var fields = special > 0 && random.Next(special) == 0 ? random.Next(6) : s_names.Length;
            for (var i = 0; i < fields; i++)
            {
                text.Append(i == 0 ? "" : delimiter);
                text.Append(special > 0 && random.Next(special) == 0 ? s_special[random.Next(s_special.Length)] : s_usual[random.Next(s_usual.Length)]);
            }

            text.Append(special > 0 && random.Next(special) == 0 ? "\n" : ending);
            text.Append(special > 0 && random.Next(special) == 0 ? "a" + delimiter + "b" + delimiter + "c" + ending : "");
        }

        text.Length -= random.Next(3) == 0 ? 1 : 0;
        return Encoding.UTF8.GetBytes(text.ToString().Replace('"', quote).Replace(",", delimiter, StringComparison.Ordinal));
    }

    static async Task<List<string>> ReadAsync(byte[] content, string delimiter, char? quote, int blockBytes, bool cutsOrdinaryRecords)
    {
        var options = new FormatOptions { BlockBytes = blockBytes, BlockRows = 16 };
        await using var reader = new DelimitedReader(new DelimitedSource(new MemoryStream(content), null, "utf-8", default, isWhole: false, null), s_names, options)
        {
            Format = new DelimitedDialect { Delimiter = delimiter, Quote = quote },
            HeaderLine = Encoding.UTF8.GetBytes(string.Join(delimiter, s_names)),
            Encodes = TextEncoding.Utf8,
            HasHeader = true,
            SkipLines = 0,
            LineEnding = "\n",
            FirstLine = 1,
            FirstByte = 0,
            OpeningWarnings = [],
            CutsOrdinaryRecords = cutsOrdinaryRecords,
        };
        using var block = FieldBlock.Create(s_names.Length, options);
        var read = new List<string>();
        while (await reader.ReadAsync(block, default))
        {
            var records = RecordSnapshot.Take(block);
            read.AddRange(records.Select((r, i) => $"{r} at {block.ByteOffsets[i]} line {block.Lines[i]}"));
        }

        read.AddRange(reader.Warnings.Select(w => w.ToString()));
        read.Add($"{reader.SkippedRecords} skipped");
        return read;
    }
}
