using System.IO.Compression;
using System.Text;
using Pipeline.Configuration;
using Pipeline.Ingestion;
using Pipeline.TestKit.Engine;
using Pipeline.TestKit.Files;
using Pipeline.Tests.ClickHouse;

namespace Pipeline.Tests.Ingestion;

/// <summary>
/// Files that grow, shrink, are overwritten, replaced or taken away while they are read: every row of the version that stays is there once, and none of
/// another version. The change happens inside a step of the load, which waits for it.
/// </summary>
[Collection(EngineCollection.Name)]
public sealed class MovingFileTests(EngineFixture engine)
{
    /// <summary>3 MB: beyond what is read at once, and beyond what fits into the batches that may wait.</summary>
    const int Rows = 300_000;

    /// <summary>Batches so small that the rest of the file is unread when the first one is inserted.</summary>
    static readonly IngestOptions s_small = new() { MaxBatchBytes = 128 << 10, Workers = 1, Inserters = 1 };

    public static TheoryData<string, string> Changes => new()
    {
        { "grow", "after_claim_before_loading" },
        { "grow", "after_loading_before_insert" },
        { "grow", "after_first_insert" },
        { "shrink", "after_loading_before_insert" },
        { "shrink", "after_first_insert" },
        { "overwrite", "after_loading_before_insert" },
        { "overwrite", "after_first_insert" },
        { "overwrite", "after_insert_before_verify" },
        { "replace", "after_first_insert" },
        { "replace", "after_insert_before_verify" },
    };

    [Theory, MemberData(nameof(Changes))]
    public async Task Load_FileChangesWhileItIsRead_OnlyItsLastVersionIsThere(string change, string step)
    {
        var path = "";
        var rows = 0;
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_small, faults: Once(step, () => rows = Change(change, path)));
        path = home.Files.Write("orders.csv", Text(1, Rows));

        var result = await home.LoadAsync(path);

        rows.ShouldNotBe(0, "the step was passed");
        if (step == "after_insert_before_verify" && result.RowsLoaded == Rows)
        {
            // All of it was read before the change: the version that was opened is whole, and the other one is loaded by the next look at the folder.
            (await CountAsync(home)).ShouldBe($"{Rows}\t{Rows}\t[1]");
            result = await home.LoadAsync(path);
            (await CountAsync(home, $"v = {VersionAfter(change)}")).ShouldBe($"{rows}\t{rows}\t[{VersionAfter(change)}]");
            return;
        }

        (result.Outcome, result.RowsLoaded).ShouldBe(("loaded", rows));
        (await CountAsync(home)).ShouldBe($"{rows}\t{rows}\t[{VersionAfter(change)}]");
        (await home.QueryAsync("SELECT count() FROM system.tables WHERE name LIKE '%staging%' AND database = '{db}'")).ShouldBe("0");
    }

    [Theory]
    [InlineData("after_loading_before_insert")]
    [InlineData("after_first_insert")]
    public async Task Load_FileVanishesWhileItIsRead_NothingOfItStays(string step)
    {
        var path = "";
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_small, faults: Once(step, () => File.Delete(path)));
        path = home.Files.Write("orders.csv", Text(1, Rows));

        var result = await home.LoadAsync(path);

        (result.Outcome, result.Error?.Code).ShouldBe(("quarantined", "file_vanished"));
        (await home.QueryAsync("SELECT count() FROM system.tables WHERE database = '{db}' AND total_rows > 0")).ShouldBe("0");
    }

    [Theory]
    [InlineData("orders.csv.gz", "after_first_insert")]
    [InlineData("orders.zip", "after_first_insert")]
    [InlineData("orders.zip", "after_claim_before_loading")]
    [InlineData("orders.tar.gz", "after_loading_before_insert")]
    [InlineData("orders.xlsx", "after_loading_before_insert")]
    public async Task Load_PackedFileIsReplacedWhileItIsRead_OnlyItsLastVersionIsThere(string name, string step)
    {
        var rows = name.EndsWith("xlsx", StringComparison.Ordinal) ? 60_000 : Rows;
        var path = "";
        await using var home = await IngestHome.OpenAsync(engine, ingest: s_small, faults: Once(step, () => Swap(path, Pack(path, 2, rows - 10))));
        path = home.Files.Write(name, Pack(name, 1, rows));

        var results = await home.LoadAllAsync(path);
        if (results.Values.ShouldHaveSingleItem().RowsLoaded == rows)
        {
            // It was read to its end before the change: the version that was opened is whole, and the other one is loaded by the next look.
            (await CountAsync(home)).ShouldBe($"{rows}\t{rows}\t[1]");
            (await home.LoadAllAsync(path)).Values.ShouldHaveSingleItem().RowsLoaded.ShouldBe(rows - 10);
            (await CountAsync(home, "v = 2")).ShouldBe($"{rows - 10}\t{rows - 10}\t[2]");
            return;
        }

        results.Values.ShouldHaveSingleItem().ShouldSatisfyAllConditions(r => r.Outcome.ShouldBe("loaded"), r => r.RowsLoaded.ShouldBe(rows - 10));
        (await CountAsync(home)).ShouldBe($"{rows - 10}\t{rows - 10}\t[2]");
    }

    static Faults Once(string step, Action change)
    {
        var passed = 0;
        return Faults.Watched(point =>
        {
            if (Faults.Name(point) == step && Interlocked.Increment(ref passed) == 1)
            {
                change();
            }
        });
    }

    static int VersionAfter(string change) => change is "overwrite" or "replace" ? 2 : 1;

    // Returns the rows that the file has afterwards.
    static int Change(string change, string path)
    {
        switch (change)
        {
            case "grow":
                File.AppendAllText(path, string.Concat(Enumerable.Range(Rows, 5000).Select(i => $"{i:D6},1\n")));
                return Rows + 5000;
            case "shrink":
                // Every record has nine bytes, the header five.
                using (var file = OpenBesideItsReader(path))
                {
                    file.SetLength(5 + (9L * (Rows / 2)));
                }

                return Rows / 2;
            case "overwrite":
                using (var file = OpenBesideItsReader(path))
                {
                    file.Write(Text(2, Rows));
                }

                return Rows;
            default:
                Swap(path, Text(2, Rows - 1000));
                return Rows - 1000;
        }
    }

    // As other programs do: without the lock that File.OpenWrite asks for.
    static FileStream OpenBesideItsReader(string path) => new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);

    static void Swap(string path, byte[] content)
    {
        var other = path + ".tmp";
        File.WriteAllBytes(other, content);
        File.Move(other, path, overwrite: true);
    }

    static byte[] Text(int version, int rows) =>
        Encoding.UTF8.GetBytes("id,v\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"{i:D6},{version}\n")));

    static byte[] Pack(string name, int version, int rows)
    {
        var text = Text(version, rows);
        switch (Path.GetFileName(name))
        {
            case "orders.csv.gz":
                var target = new MemoryStream();
                using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true))
                {
                    gzip.Write(text);
                }

                return target.ToArray();
            case "orders.zip":
                return Packed.Zip(("orders.csv", text));
            case "orders.tar.gz":
                return Packed.TarGz(("orders.csv", Encoding.UTF8.GetString(text)));
            default:
                return Packed.Workbook(("A", false, [["id", "v"], .. Enumerable.Range(0, rows).Select(i => new object[] { i, version })]));
        }
    }

    static Task<string> CountAsync(IngestHome home, string where = "1") =>
        home.QueryAsync($"SELECT count(), uniqExact(id), groupUniqArray(v) FROM {{db}}.orders WHERE {where}");
}
