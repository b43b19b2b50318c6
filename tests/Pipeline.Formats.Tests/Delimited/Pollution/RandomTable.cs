using System.Globalization;
using System.Text;

namespace Pipeline.Formats.Tests.Delimited.Pollution;

/// <summary>A random table, and a random way to write it. The same for the same seed.</summary>
sealed record RandomTable(CleanTable Table, Writing Writing, string EncodingName)
{
    static readonly string[] s_delimiters = [",", ",", ",", ";", ";", "\t", "\t", "|", "^", "~", "||", "::", "\u0001", "\u001f", "¦", "\t\t", "~|~"];

    static readonly string[] s_names =
    [
        "id", "name", "Total (EUR)", "% of total", "Größe", "First Name", "customer_id", "orderDate", "x", "y2", "lat", "Notes", "is_active", "Menge/kg", "2nd choice",
        "prix unitaire", "n", "Q1 sales", "created at", "e-mail", "Ort", "temp °C", "ratio a:b", "key#", "value [m]", "état", "Año", "group", "p-value", "_row",
    ];

    static readonly string[] s_words =
        ["steel", "red wood", "Rome", "New York", "São Paulo", "Zürich", "St. John's", "Émile Zola", "blue", "large", "Oslo", "it's new", "Ångström", "naïve", "soft", "Mr. Li"];

    static readonly string[] s_texts =
    [
        "see page 5, second line", "big; small", "said \"no\", twice", "a|b", "5\" pipe", "one\ntwo", "left\tright", "100% sure", "see http://example.org/?a=1&b=2", "it's 'fine'",
        "back\\slash", "(none)", "x^2 ~ y", "at 10:30", "€ 5", "#1", "- dash", "two  blanks",
    ];

    public static RandomTable Of(int seed)
    {
        var random = new Random(seed);
        var table = TableOf(random, seed);
        var writing = WritingOf(random, table);
        table = writing.Fit(table);
        var encoding = Pick(random, ["utf-8", "utf-8", "utf-8", "utf-8 with mark", "utf-16le", "utf-16be", "windows-1252"]);
        var holds = !table.Rows.Append(table.Columns).SelectMany(r => r).Any(c => c.Contains('¦') || c.Contains('\u0001') || c.Contains('\u001f'));
        return new RandomTable(table, writing, encoding == "windows-1252" && (!holds || ForeignLetters(table, writing) < 5) ? "utf-8" : encoding);
    }

    public byte[] ToBytes()
    {
        var text = Writing.ToText(Table);
        return EncodingName switch
        {
            "utf-8" => Encoding.UTF8.GetBytes(text),
            "windows-1252" => CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetBytes(text),
            "utf-16le" => [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(text)],
            "utf-16be" => [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes(text)],
            _ => [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(text)],
        };
    }

    static int ForeignLetters(CleanTable table, Writing writing) =>
        table.Rows.Concat(writing.HasHeader ? [table.Columns] : []).SelectMany(r => r).SelectMany(c => c).Count(c => c > 0x7F && char.IsLetter(c));

    /// <summary>The first column is never empty, and one column holds numbers or dates: else nothing tells names from values.</summary>
    static CleanTable TableOf(Random random, int seed)
    {
        var columns = random.Next(2, 10);
        var names = s_names.OrderBy(_ => random.Next()).Take(columns).ToArray();
        var kinds = Enumerable.Range(0, columns).Select(_ => random.Next(9)).ToArray();
        kinds[random.Next(columns)] = random.Next(3);
        var empty = Enumerable.Range(0, columns).Select(i => i == 0 || random.Next(3) > 0 ? 0 : random.NextDouble() / 2).ToArray();
        var rows = Enumerable.Range(1, random.Next(4) == 0 ? random.Next(3, 6) : random.Next(6, 120))
            .Select(row => Enumerable.Range(0, columns).Select(c => random.NextDouble() < empty[c] && row > 1 ? "" : Cell(random, kinds[c], row)).ToArray()).ToList();
        return new CleanTable(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"), names, rows);
    }

    static string Cell(Random random, int kind, int row)
    {
        var day = new DateTime(2019, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(random.Next(3_000_000));
        return kind switch
        {
            0 => row.ToString(CultureInfo.InvariantCulture),
            1 => (random.Next(-5000, 99999) / 100m).ToString(CultureInfo.InvariantCulture),
            2 => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            3 => day.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            4 => Pick(random, s_words),
            5 => string.Create(CultureInfo.InvariantCulture, $"{(char)('A' + random.Next(26))}{(char)('A' + random.Next(26))}-{random.Next(1000, 9999)}"),
            6 => random.Next(3) == 0 ? Pick(random, s_texts) : Pick(random, s_words),
            7 => random.Next(2) == 0 ? "true" : "false",
            _ => $"{Pick(random, ["ann", "bob", "cid"])}{row}@example.org",
        };
    }

    static Writing WritingOf(Random random, CleanTable table)
    {
        var delimiter = Pick(random, s_delimiters);
        var writing = new Writing
        {
            Delimiter = delimiter,
            Quote = random.Next(6) switch { 0 => '\'', 1 => null, _ => '"' },
            Escape = random.Next(4) == 0 ? '\\' : null,
            QuotesAll = random.Next(3) == 0,
            LineBreak = Pick(random, ["\n", "\n", "\r\n", "\r\n", "\r"]),
            HasHeader = random.Next(4) > 0,
            EndsWithLineBreak = random.Next(3) > 0,
            LineEnd = random.Next(8) == 0 ? delimiter : "",
            Above = random.Next(8) switch
            {
                0 => "Report of the month\n",
                1 => "Report of the month\nmade by me, today\n\n",
                2 => "# made by a program, version 2\n# at 10:20\n",
                _ => "",
            },
        };

        // Without quotes a cell holds no line break.
        if (writing.Quote is null)
        {
            Replace(table, "\n", " ");
        }

        // An escape shows where it stands before a quote: before itself alone it is text.
        if (writing is { Escape: not null, Quote: { } mark } && !table.Rows.Exists(r => r.Any(c => c.Contains(mark) && writing.MustQuote(c))))
        {
            Replace(table, "\\", "/");
        }

        // One word in single quotes may be a word in single quotes.
        if (writing.Quote == '\'' && table.Rows.SelectMany(r => r).Count(writing.MustQuote) < 2)
        {
            writing = writing with { Quote = '"' };
        }

        // The comma of a title above two columns without names may set two names off.
        if (!writing.HasHeader && delimiter == "," && table.Columns.Length == 2)
        {
            writing = writing with { Above = "" };
        }

        return writing;
    }

    static void Replace(CleanTable table, string part, string by)
    {
        foreach (var row in table.Rows)
        {
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = row[i].Replace(part, by, StringComparison.Ordinal);
            }
        }
    }

    static string Pick(Random random, string[] values) => values[random.Next(values.Length)];
}
