using System.Globalization;

namespace Pipeline.Formats.Tests.Delimited.Pollution;

/// <summary>A table as it should come out of every file it is written to. The same rows for the same name and size.</summary>
sealed record CleanTable(string Name, string[] Columns, List<string[]> Rows)
{
    static readonly string[] s_people = ["Anna Berg", "Bob O'Neill", "Chris Li", "Dora de la Cruz", "Émile Zola", "Fatima Al-Sayed", "Gus", "Ida D'Arc"];
    static readonly string[] s_cities = ["Rome", "Paris", "New York", "São Paulo", "Zürich", "St. John's", "Oslo", "Kyiv"];
    static readonly string[] s_words = ["steel", "wood", "red", "blue", "large", "small", "round", "flat", "soft", "hard", "new", "old"];

    public static string[] Names { get; } = ["orders", "products", "people", "readings", "log", "codes"];

    public static CleanTable Of(string name, int rows)
    {
        var random = new Random(name.Length * 31);
        var (columns, row) = name switch
        {
            "orders" => ("id,customer,ordered_on,amount,note", Orders),
            "products" => ("DATE,TIME,Qty,PRODUCTID,Price,ProductType,ProductDescription,URL,Comments", Products),
            "people" => ("First Name,City,E-mail,Favourite Colour", People),
            "readings" => ("station,t,min,max,mean", Readings),
            "log" => ("timestamp,level,source,message", Log),
            _ => ("code,label", (Func<Random, int, string[]>)Codes),
        };
        return new CleanTable(name, columns.Split(','), [.. Enumerable.Range(1, rows).Select(i => row(random, i))]);
    }

    static string[] Orders(Random random, int i) =>
    [
        i.ToString(CultureInfo.InvariantCulture), Pick(random, s_people), Day(random).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        (random.Next(100, 99999) / 100m).ToString(CultureInfo.InvariantCulture),
        random.Next(6) switch
        {
            0 => "",
            1 => $"said \"{Pick(random, s_words)}\", twice",
            2 => "see http://example.org/a?b=1;c=2|d",
            3 => $"{Words(random)}, {Words(random)}; {Words(random)}",
            _ => Words(random),
        },
    ];

    static string[] Products(Random random, int i) =>
    [
        Day(random).ToString("MM/dd/yyyy", CultureInfo.InvariantCulture), $"{random.Next(1, 12)}:{random.Next(10, 59)}:00 {(i % 2 == 0 ? "AM" : "PM")}",
        random.Next(1, 30).ToString(CultureInfo.InvariantCulture), $"P-{random.Next(100, 999)}/{(char)('A' + random.Next(26))}",
        (random.Next(100, 9999) / 100m).ToString("0.00", CultureInfo.InvariantCulture), Pick(random, s_words),
        random.Next(4) == 0 ? $"{random.Next(2, 30)}\" {Words(random)}, {Words(random)}" : Words(random),
        $"https://shop.example.com/p?id={i}&x=a,b", random.Next(3) == 0 ? $"It's {Words(random)}; really" : "",
    ];

    static string[] People(Random random, int i) =>
        [Pick(random, s_people), Pick(random, s_cities), $"{Pick(random, s_words)}{i}@example.com", Pick(random, s_words)];

    static string[] Readings(Random random, int i) =>
    [
        $"S{random.Next(1, 9)}", Day(random).AddMinutes(i).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), Number(random), Number(random),
        Number(random),
    ];

    static string[] Log(Random random, int i) =>
    [
        Day(random).AddSeconds(i).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture), Pick(random, ["INFO", "WARN", "ERROR"]),
        $"app.{Pick(random, s_words)}", $"request {random.Next(1000)}: {Words(random)}, took {random.Next(99)} ms; {{\"user\": \"{Pick(random, s_words)}\", \"n\": {i}}}",
    ];

    static string[] Codes(Random random, int i) => [$"{Pick(random, s_words)[..2].ToUpperInvariant()}{i:000}", Words(random)];

    static string Words(Random random) => string.Join(' ', Enumerable.Range(0, random.Next(1, 5)).Select(_ => Pick(random, s_words)));

    static string Number(Random random) => (random.Next(-3000, 4000) / 100m).ToString("0.0#", CultureInfo.InvariantCulture);

    static DateTime Day(Random random) => new DateTime(2015, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(random.Next(3000));

    static string Pick(Random random, string[] values) => values[random.Next(values.Length)];
}
