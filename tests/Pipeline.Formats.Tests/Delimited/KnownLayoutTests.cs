using System.Globalization;
using System.Text;
using Pipeline.Formats.Delimited;

namespace Pipeline.Formats.Tests.Delimited;

/// <summary>What is recognised reads as if it had been detected; what could read otherwise is not recognised.</summary>
public sealed class KnownLayoutTests
{
    const string First = "id,at,name,value\n1,2024-01-01 10:00:00,ash tree,1.5\n2,2024-01-01 10:00:01,beech,2.5\n3,2024-01-01 10:00:02,cedar of Lebanon,3.5\n";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Recognised_CorpusOfSmallFiles_ReadsAsDetected(int seed)
    {
        var random = new Random(seed);
        var recognised = 0;
        for (var kind = 0; kind < 40; kind++)
        {
            var shape = Shape.Of(random);
            KnownLayout? known = null;
            for (var file = 0; file < 8; file++)
            {
                var content = Encoding.UTF8.GetBytes(shape.Write(random));
                var guess = new DelimitedFormat().Detect(new FormatProbe("x.csv", content, true) { Known = known });
                var scratch = await Csv.ReadAsync(content);
                if (guess.Findings!.IsKnown)
                {
                    recognised++;
                    var twin = await Csv.ReadAsync(content, new FormatOptions { BlockBytes = 64, BlockRows = 16, Findings = guess.Findings });
                    twin.Names.ShouldBe(scratch.Names);
                    twin.Dialect.ShouldBe(scratch.Dialect);
                    twin.Records.ShouldBe(scratch.Records);
                    twin.Warnings.ShouldBe(scratch.Warnings);
                }
                else
                {
                    known = await LearnAsync(content, known) ?? known;
                }
            }
        }

        recognised.ShouldBeGreaterThan(40);
    }

    [Theory]
    [InlineData("id,at,name,value\n4,2024-01-02 11:00:00,elm,4.5\n5,2024-01-02 11:00:01,silver fir,5\n", true)]
    [InlineData("id,at,name,value\n4,2024-01-02 11:00:00,O'Hara elm,4.5\n5,2024-01-02 11:00:01,fir,5\n", true)]
    [InlineData("id,at,name,value\n4,2024-01-02 11:00:00,elm,4.5\n", false)] // one record may be a ruler, units, names
    [InlineData("id,at,name,value\n4,2024-01-02 11:00:00,\"elm\",4.5\n5,2024-01-02 11:00:01,fir,5\n", false)] // quotes
    [InlineData("id,at,name,value\n4,2024-01-02 11:00:00,'elm',4.5\n5,2024-01-02 11:00:01,fir,5\n", false)]
    [InlineData("id,at,name,value\nx4,2024-01-02 11:00:00,elm,4.5\n5,2024-01-02 11:00:01,fir,5\n", false)] // a text in the column that showed the header
    [InlineData("id,at,name,value\n,unit,unit,m\n5,2024-01-02 11:00:01,fir,5\n", false)] // units below the names
    [InlineData("id,at,name,value\n4,2024-01-02 11:00:00,elm,4.5,6\n5,2024-01-02 11:00:01,fir,5\n", false)] // another number of fields
    [InlineData("id,at,name,value\n4,2024-01-02 11:00:00,elm,4.5\n\n5,2024-01-02 11:00:01,fir,5\n", false)] // an empty line
    [InlineData("id,at,name,value\n4,2024-01-02 11:00:00, elm,4.5\n5,2024-01-02 11:00:01,fir,5\n", false)] // blanks as layout
    [InlineData("id,at,name,value\n4,2024-01-02 11:00:00,a;b;c,4.5\n5,2024-01-02 11:00:01,d;e;f,5\n", false)] // another delimiter
    [InlineData("id,at,name,value\n4,2024-01-02 11:00:00,elm\0,4.5\n5,2024-01-02 11:00:01,fir,5\n", false)] // control characters
    [InlineData("id,at,name,value\r\n4,2024-01-02 11:00:00,elm,4.5\r\n5,2024-01-02 11:00:01,fir,5\r\n", false)] // other line breaks
    [InlineData("id,at,name,values\n4,2024-01-02 11:00:00,elm,4.5\n5,2024-01-02 11:00:01,fir,5\n", false)] // other names
    public async Task IsOf_FileOfTheSameKind_OnlyWithoutDoubt(string content, bool isKnown) =>
        (await LearnAsync(Encoding.UTF8.GetBytes(First), null)).ShouldNotBeNull().IsOf(Encoding.UTF8.GetBytes(content)).ShouldBe(isKnown);

    [Theory]
    [InlineData("1,2\n3,4\n5,6\n")] // no header
    [InlineData("name,city\nAnna,Rome\nBob,Paris\n")] // nothing but texts
    [InlineData("a title\n\nid,n\n1,2\n3,4\n")]
    [InlineData("id,n,\n1,2,\n3,4,\n")] // a column without a name
    [InlineData("id,n\n1,2\n3,4\n\n(all of them)\n")]
    [InlineData("id,\"n\"\n1,2\n3,4\n")]
    [InlineData("{\"a\":1}\n{\"a\":2}\n")]
    public async Task Learn_FileThatIsNotPlain_TeachesNothing(string content) =>
        (await LearnAsync(Encoding.UTF8.GetBytes(content), null)).ShouldBeNull();

    [Fact]
    public async Task Learn_OtherValues_WidenWhatIsKnown()
    {
        var wordy = Encoding.UTF8.GetBytes("id,at,name,value\n4,2024-01-02 11:00:00,an elm of many words and more,4.5\n5,2024-01-02 11:00:01,fir,5\n");
        var known = await LearnAsync(Encoding.UTF8.GetBytes(First), null);
        known.ShouldNotBeNull().IsOf(wordy).ShouldBeFalse();

        var wider = await LearnAsync(wordy, known);

        wider.ShouldNotBeNull().IsOf(wordy).ShouldBeTrue();
        wider.IsOf(Encoding.UTF8.GetBytes(First)).ShouldBeTrue();
    }

    // A layout is of the bytes that were verified: another content under the same options is looked at.
    [Fact]
    public async Task Open_OtherContentThanWasRecognised_IsDetected()
    {
        var known = await LearnAsync(Encoding.UTF8.GetBytes(First), null);
        var guess = new DelimitedFormat().Detect(new FormatProbe("x.csv", Encoding.UTF8.GetBytes(First), true) { Known = known });
        guess.Findings!.IsKnown.ShouldBeTrue();

        var csv = await Csv.ReadAsync("a;b\n1;2\n3;4\n", new FormatOptions { Findings = guess.Findings });

        csv.Names.ShouldBe(["a", "b"]);
    }

    static async Task<KnownLayout?> LearnAsync(byte[] content, KnownLayout? before)
    {
        await using var reader = await new DelimitedFormat().OpenAsync(new MemoryStream(content), FormatOptions.Default, default);
        return KnownLayout.Learn(reader, content, before);
    }

    /// <summary>Files of one kind: the same columns, other values, and here and there something that is not as usual.</summary>
    sealed record Shape(char Delimiter, string LineBreak, int[] Kinds)
    {
        static readonly string[] s_words = ["ash", "beech", "cedar", "elm", "fir", "O'Hara", "oak: old", "pine 2", "a;b", "x|y", "straße", "§ 12", "N/A", ""];

        public static Shape Of(Random random) => new(
            ",;\t|"[random.Next(4)], random.Next(4) == 0 ? "\r\n" : "\n", [.. Enumerable.Range(0, random.Next(2, 7)).Select(_ => random.Next(6))]);

        public string Write(Random random)
        {
            var text = new StringBuilder(string.Join(Delimiter, Kinds.Select((kind, i) => $"{"nadvwb"[kind]}_{i}"))).Append(LineBreak);
            var odd = random.Next(6);
            for (var row = random.Next(1, 30); row > 0; row--)
            {
                text.AppendJoin(Delimiter, Kinds.Select(kind => Value(kind, random))).Append(LineBreak);
                if (odd == 0 && random.Next(10) == 0)
                {
                    text.Append(Odd(random)).Append(LineBreak);
                }
            }

            return text.ToString();
        }

        string Odd(Random random) => random.Next(6) switch
        {
            0 => "",
            1 => "# a remark",
            2 => string.Join(Delimiter, Kinds.Select(_ => "\"in quotes\"")),
            3 => string.Join(Delimiter, Kinds.Select(_ => "x")) + Delimiter + "y",
            4 => string.Join(Delimiter, Kinds.Select((kind, i) => $"{"nadvwb"[kind]}_{i}")),
            _ => "total: 12",
        };

        static string Value(int kind, Random random) => kind switch
        {
            0 => random.Next(100_000).ToString(CultureInfo.InvariantCulture),
            1 => (random.Next(1_000_000) / 100m).ToString(CultureInfo.InvariantCulture),
            2 => new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(random.Next(500_000)).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            3 => random.Next(8) == 0 ? "" : $"{random.Next(1, 999)},{random.Next(10, 99)}".Replace(',', '.'),
            4 => s_words[random.Next(s_words.Length)],
            _ => random.Next(2) == 0 ? "true" : "false",
        };
    }
}
