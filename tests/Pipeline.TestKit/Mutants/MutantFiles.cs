using System.Globalization;
using Pipeline.TestKit.Files;
using Pipeline.TestKit.Generators;

namespace Pipeline.TestKit.Mutants;

/// <summary>A damaged file.</summary>
/// <param name="Name">File name; its number makes it again.</param>
/// <param name="From">The sound file it was made from.</param>
public sealed record Mutant(string Name, string From, byte[] Content);

/// <summary>Damaged files of every format, the n-th the same whenever it is asked for.</summary>
public sealed class MutantFiles
{
    /// <summary>Larger ones add time and no new structure.</summary>
    const int MaxSeedBytes = 64 << 10;

    static readonly string[] s_columnar = ["parquet", "orc", "avro", "arrow", "feather"];

    readonly List<IReadOnlyList<(string Name, Func<byte[]> Read)>> _kinds;

    /// <param name="columnar">Whether there are files among them that an engine reads.</param>
    public MutantFiles(bool columnar)
    {
        IEnumerable<string[]> formats =
        [
            ["csv", "tsv", "txt", "psv", "dat"], ["json", "ndjson", "jsonl"], ["xlsx", "xlsm"], ["xls"], ["xlsb"], ["zip", "gz", "tar", "bz2", "zst", "xz"],
            .. columnar ? s_columnar.Select(f => new[] { f }) : [],
        ];
        var fixtures = formats.Select(f => (IReadOnlyList<(string, Func<byte[]>)>)
            [.. Fixtures.Of(f).Where(x => new FileInfo(x.Path).Length is > 0 and < MaxSeedBytes).Select(x => (x.File, (Func<byte[]>)(() => File.ReadAllBytes(x.Path))))]);
        _kinds = [.. fixtures.Where(f => f.Count > 0), Own()];
    }

    /// <summary>The mutant of this number.</summary>
    public Mutant this[int number]
    {
        get
        {
            // Kinds take turns, so that the few files of one are damaged as often as the many of another.
            var random = new Xorshift((ulong)number);
            var kind = _kinds[number % _kinds.Count];
            var (name, read) = kind[random.Below(kind.Count)];
            var (_, other) = kind[random.Below(kind.Count)];
            return new Mutant(
                string.Create(CultureInfo.InvariantCulture, $"m{number}x{Path.GetExtension(name)}"), name, Mutation.Of(read(), other(), random.Next()));
        }
    }

    // What is there without the fixtures, and what they lack: files in files.
    static IReadOnlyList<(string Name, Func<byte[]> Read)> Own()
    {
        var csv = "id;name;price;day\r\n1;\"a;b\";1,50;31.01.2025\r\n2;\"c\"\"d\";-2,75;01.02.2025\r\n3;;;\r\n"u8.ToArray();
        var json = "[{\"a\":1,\"b\":{\"c\":[1,2,{\"d\":null}]}},{\"a\":-2.5e3,\"e\":\"\\ud83d\\ude00\"}]"u8.ToArray();
        var workbook = Packed.Workbook(("Q1", false, [["id", "name"], [1, "a"], [2.5, "b"]]), ("Q2", true, [["x"], ["y"]]));
        return
        [
            ("own.csv", () => csv),
            ("own.json", () => json),
            ("own.xlsx", () => workbook),
            ("own.zip", () => Packed.Zip(("a.csv", csv), ("b/c.json", json), ("d.xlsx", workbook))),
            ("own.tar.gz", () => Packed.TarGz(("a.csv", "x,y\n1,2\n"), ("b.ndjson", "{\"x\":1}\n{\"x\":\"y\"}\n"))),
        ];
    }
}
