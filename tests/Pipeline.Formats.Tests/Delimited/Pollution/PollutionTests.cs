using System.Text;

namespace Pipeline.Formats.Tests.Delimited.Pollution;

/// <summary>Clean tables written in every way: the dialect, the names and every cell come back.</summary>
public sealed class PollutionTests
{
    static readonly FormatOptions s_options = new() { BlockBytes = 1 << 16, BlockRows = 256 };

    public static TheoryData<string, int> Tables
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var name in CleanTable.Names)
            {
                foreach (var rows in (int[])[3, 10, 100])
                {
                    data.Add(name, rows);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task Read_TableWrittenInAnyWay_ComesBack(string name, int rows)
    {
        var wrong = new List<string>();
        foreach (var writing in Writings.All)
        {
            // A last column without values and name is what a delimiter at the end of each line makes.
            if (!writing.HasHeader && name == "products" && rows < 10)
            {
                continue;
            }

            // Nor do single quotes around two words, once or twice, say that they are quotes.
            if (writing is { Quote: '\'', QuotesAll: false, Delimiter: ", " } && name == "codes" && rows < 10)
            {
                continue;
            }

            var table = writing.Fit(CleanTable.Of(name, rows));
            var text = writing.ToText(table);
            var problems = Problems(writing, table, text, await Csv.ReadAsync(text, s_options)).ToList();
            wrong.AddRange(problems.Select(p => $"{writing}: {p}"));
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_ThousandRows_ComeBack()
    {
        foreach (var name in CleanTable.Names)
        {
            var table = CleanTable.Of(name, 1000);
            var text = new Writing { Delimiter = ";", LineBreak = "\r\n" }.ToText(table);
            (await Csv.ReadAsync(text, s_options)).Rows.ShouldBe(Rows(table, new Writing { Delimiter = ";" }));
        }
    }

    public static TheoryData<string> HardFiles => [.. HardFile.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(HardFiles))]
    public async Task Read_HardFile_IsReadAsAPersonWould(string name)
    {
        var file = HardFile.All.Single(f => f.Name == name);
        var csv = await Csv.ReadAsync(file.Text, s_options);

        (csv.Names.Count == 1 ? null : csv.Dialect.Delimiter).ShouldBe(file.Delimiter);
        (file.Delimiter is null ? file.Quote.ToString() : csv.Dialect.Quote ?? "").ShouldBe(file.Quote.ToString());
        (csv.Dialect.Header ? string.Join('|', csv.Names) : null).ShouldBe(file.Names);
        csv.Records.Where(r => r.Fault == RejectCode.None).Select(r => r.Fields.Replace("\"", "", StringComparison.Ordinal))
            .ShouldBe(file.Rows.Select(r => r.Replace("\"", "", StringComparison.Ordinal).Replace('\n', '␊')));
        csv.Records.Count(r => r.Fault != RejectCode.None).ShouldBe(file.Refused);
    }

    [Fact]
    public async Task Read_TextThatIsNoTable_IsOneColumn()
    {
        foreach (var text in HardFile.NoTables)
        {
            (await Csv.ReadAsync(text, s_options)).Names.Count.ShouldBe(1, text);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(84)]
    public async Task Read_OneLineDamaged_CostsThatLineOnly(int rows)
    {
        var wrong = new List<string>();
        foreach (var name in CleanTable.Names.Where(n => n != "codes"))
        {
            var table = CleanTable.Of(name, rows);
            foreach (var writing in (Writing[])[new(), new() { QuotesAll = true }, new() { Delimiter = ";" }, new() { Delimiter = "\t", QuotesAll = true }])
            {
                var expected = Rows(table, writing);
                foreach (var damage in Damage.All(writing.ToText(table), writing.Delimiter))
                {
                    var csv = await Csv.ReadAsync(damage.Text, s_options);
                    var sound = csv.Records.Where(r => r.Fault == RejectCode.None).Select(r => r.Fields).ToHashSet(StringComparer.Ordinal);
                    var lost = expected.Where((r, i) => i != damage.Line - 1 && !sound.Contains(r)).Count();
                    if (csv.Dialect.Delimiter != writing.Delimiter || !csv.Names.SequenceEqual(table.Columns) || lost > 0 || csv.Records.Count > rows)
                    {
                        wrong.Add($"{name}, {damage.Kind}, line {damage.Line}: {csv.Dialect}, {lost} lost of {csv.Records.Count}");
                    }
                }
            }
        }

        wrong.ShouldBeEmpty();
    }

    static IEnumerable<string> Problems(Writing writing, CleanTable table, string text, Csv csv)
    {
        if (csv.Dialect.Delimiter != (writing.Delimiter == ", " ? "," : writing.Delimiter))
        {
            yield return $"delimiter {csv.Dialect.Delimiter}";
            yield break;
        }

        // Quotes around a blank alone show little.
        var quoted = table.Rows.Append(writing.HasHeader ? table.Columns : []).SelectMany(r => r)
            .Count(c => writing.MustQuote(c) && (writing.QuotesAll || c.Contains(writing.Delimiter.Trim(), StringComparison.Ordinal)));
        if (quoted > 2 && writing.Quote.ToString() != csv.Dialect.Quote)
        {
            yield return $"quote {csv.Dialect.Quote}";
        }

        if (writing.Escape is { } escape && text.Contains($"{escape}{writing.Quote}", StringComparison.Ordinal) && csv.Dialect.Escape != escape.ToString())
        {
            yield return $"escape {csv.Dialect.Escape}";
        }

        if (csv.Dialect.Header != writing.HasHeader || (writing.HasHeader && !csv.Names.SequenceEqual(table.Columns)))
        {
            yield return $"header {csv.Dialect.Header}, {string.Join('|', csv.Names)}";
            yield break;
        }

        var expected = Rows(table, writing);
        var actual = csv.Rows.Select(r => r.Replace("\"", "", StringComparison.Ordinal)).ToArray();
        if (!actual.SequenceEqual(expected.Select(r => r.Replace("\"", "", StringComparison.Ordinal))))
        {
            yield return $"{actual.Length} rows; the first other than expected: {actual.Zip(expected).FirstOrDefault(p => p.First != p.Second.Replace("\"", "", StringComparison.Ordinal))}";
        }
    }

    /// <summary>As snapshots show them: bars between fields, quoted ones in quotes.</summary>
    static string[] Rows(CleanTable table, Writing writing) =>
        [.. table.Rows.Select(r => string.Join('|', r.Select(c => writing.MustQuote(c) ? $"\"{c}\"" : c)))];
}
