using System.Text;
using Pipeline.Configuration;
using Pipeline.Ingestion;
using Pipeline.Ledger;
using Pipeline.TestKit.Engine;
using Pipeline.TestKit.Files;
using Pipeline.Tests.ClickHouse;

namespace Pipeline.Tests.Ingestion;

/// <summary>Archives: every file in them is a file of its own.</summary>
[Collection(EngineCollection.Name)]
public sealed class ArchiveTests(EngineFixture engine)
{
    const string Orders = "id,n\n1,10\n2,20\n";
    const string Customers = "id,name\n1,Ada\n";

    [Fact]
    public async Task Load_ZipOfSeveralFiles_EachHasItsDatasetAndResult()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var zip = home.Files.Write("export.zip", Packed.Zip(("orders_1.csv", Orders), ("customers/2025.csv", Customers), ("orders_2.csv", Orders)));

        var results = await home.LoadAllAsync(zip);

        results.Select(r => (r.Key, r.Value.Outcome, r.Value.Dataset, r.Value.RowsLoaded)).ShouldBe(
        [
            ("!/customers/2025.csv", "loaded", "customers", 1),
            ("!/orders_1.csv", "loaded", "orders", 2),
            ("!/orders_2.csv", "duplicate", "orders", 0),
        ]);
        (await home.QueryAsync("SELECT count(), sum(n) FROM {db}.orders")).ShouldBe("2\t30");
        (await home.QueryAsync("SELECT name FROM {db}.customers")).ShouldBe("Ada");
        (await StateOf(home, zip)).ShouldBe(FileState.Unpacked);
        (await StateOf(home, zip + "!/orders_1.csv")).ShouldBe(FileState.Archived);
    }

    [Fact]
    public async Task Load_SameArchiveAgain_AllOfItIsADuplicate()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var zip = home.Files.Write("export.zip", Packed.Zip(("orders.csv", Orders), ("customers.csv", Customers)));
        var plain = await home.LoadAsync("orders_7.csv", Orders);

        var first = await home.LoadAllAsync(zip);
        var second = await home.LoadAllAsync(zip);

        (first["!/orders.csv"].Outcome, first["!/orders.csv"].FileId).ShouldBe(("duplicate", plain.FileId));
        first["!/customers.csv"].Outcome.ShouldBe("loaded");
        second.Values.ShouldAllBe(r => r.Outcome == "duplicate");
        (await home.QueryAsync("SELECT (SELECT count() FROM {db}.orders), (SELECT count() FROM {db}.customers)")).ShouldBe("2\t1");
    }

    [Fact]
    public async Task Load_DatasetWasAskedFor_AllFilesBelongToIt()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var zip = home.Files.Write("export.zip", Packed.Zip(("a.csv", Orders), ("b/c.csv", "id,n\n3,30\n")));

        var results = await home.LoadAllAsync(zip, new IngestRequest { Dataset = "orders" });

        results.Values.ShouldAllBe(r => r.Dataset == "orders" && r.Outcome == "loaded");
        (await home.QueryAsync("SELECT count(), sum(n) FROM {db}.orders")).ShouldBe("3\t60");
    }

    [Theory]
    [InlineData("export.zip")]
    [InlineData("export.tar.gz")]
    public async Task Load_LargeMembers_EveryRowIsThereAndNothingIsLeftBehind(string name)
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var text = new StringBuilder("id,n\n");
        for (var i = 0; i < 150_000; i++)
        {
            text.Append(i).Append(',').Append(i * 7919L % 1_000_003).Append('\n');
        }

        (string, string)[] files = [("small.csv", Orders), ("large.csv", text.ToString()), ("orders.csv", Orders)];
        var path = home.Files.Write(name, name.EndsWith("zip", StringComparison.Ordinal) ? Packed.Zip(files) : Packed.TarGz(files));

        var results = await home.LoadAllAsync(path);

        results.Values.ShouldAllBe(r => r.Outcome == "loaded");
        (await home.QueryAsync("SELECT count(), sum(id), sum(n) FROM {db}.large"))
            .ShouldBe($"150000\t{150_000L * 149_999 / 2}\t{Enumerable.Range(0, 150_000).Sum(i => i * 7919L % 1_000_003)}");
        Directory.EnumerateFiles(home.Files.State, "*.member.tmp", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task Load_SomeFilesAreBad_GoodOnesAreLoadedAndTheArchiveIsRefusedWithTheirReasons()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var zip = home.Files.Write("export.zip", Packed.Zip(
            ("orders.csv", Encoding.UTF8.GetBytes(Orders)),
            ("../evil.csv", Encoding.UTF8.GetBytes(Orders)),
            ("open.csv", "a,b\n1,\"2\n"u8.ToArray()),
            ("inner.zip", Packed.Zip(("x.csv", Orders))),
            (".DS_Store", [1, 2, 3]),
            ("__MACOSX/orders.csv", [1, 2, 3])));

        var results = await home.LoadAllAsync(zip);

        results.Select(r => (r.Key, r.Value.Outcome, r.Value.Error?.Code)).ShouldBe(
        [
            ("!/../evil.csv", "quarantined", "unsupported_format"),
            ("!/inner.zip", "quarantined", "unsupported_format"),
            ("!/open.csv", "quarantined", "too_many_bad_rows"),
            ("!/orders.csv", "loaded", null),
        ]);
        var reason = home.Host.Quarantine.List().ShouldHaveSingleItem().Record!;
        reason.Code.ShouldBe("members_refused");
        reason.Message.ShouldStartWith("3 of 4 files in it were refused.");
        reason.Message.ShouldContain("open.csv: too_many_bad_rows: ");
        reason.Message.ShouldContain("1 ended well");
        (await home.QueryAsync("SELECT count() FROM {db}.orders")).ShouldBe("2");

        home.Files.Write("export.zip", Packed.Zip(("orders.csv", Orders), ("open.csv", "a,b\n1,2\n")));
        var corrected = await home.LoadAllAsync(zip);

        corrected["!/orders.csv"].Outcome.ShouldBe("duplicate");
        corrected["!/open.csv"].Outcome.ShouldBe("loaded");
        (await StateOf(home, zip)).ShouldBe(FileState.Unpacked);
    }

    [Fact]
    public async Task Load_EncryptedZip_IsRefusedWithThatReason()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var zip = home.Files.Write("export.zip", Packed.Encrypted(Packed.Zip(("orders.csv", Orders), ("customers.csv", Customers))));

        var results = await home.LoadAllAsync(zip);

        results.Values.Select(r => r.Error!.Code).ShouldBe(["encrypted_file", "encrypted_file"]);
        home.Host.Quarantine.List().ShouldHaveSingleItem().Record!.Code.ShouldBe("encrypted_file");
    }

    [Fact]
    public async Task Load_LinkInATar_IsRefusedAndTheFilesAreLoaded()
    {
        await using var home = await IngestHome.OpenAsync(engine);
        var tar = home.Files.Write("export.tgz", Packed.TarGz(["passwd.csv"], [("orders.csv", Orders)]));

        var results = await home.LoadAllAsync(tar);

        results["!/passwd.csv"].Error!.Code.ShouldBe("unsupported_format");
        results["!/orders.csv"].Outcome.ShouldBe("loaded");
    }

    [Theory]
    [InlineData("export.zip")]
    [InlineData("export.tar.gz")]
    public async Task Load_TruncatedArchive_IsRefusedItself(string name)
    {
        await using var home = await IngestHome.OpenAsync(engine);
        (string, string)[] files = [("orders.csv", Orders), ("random.csv", string.Join('\n', Enumerable.Range(0, 20_000).Select(i => i * 7919L % 1_000_003)))];
        var whole = name.EndsWith("zip", StringComparison.Ordinal) ? Packed.Zip(files) : Packed.TarGz(files);
        var path = home.Files.Write(name, whole.AsSpan(0, whole.Length / 2));

        var results = await home.LoadAllAsync(path);

        (results[""].Outcome, results[""].Error!.Code).ShouldBe(("quarantined", "corrupt_file"));
        home.Host.Quarantine.List().ShouldHaveSingleItem().Record!.Code.ShouldBe("corrupt_file");
    }

    [Fact]
    public async Task Load_MoreFilesThanTheLimit_IsRefusedItself()
    {
        await using var home = await IngestHome.OpenAsync(engine, limits: new LimitOptions { MaxArchiveMembers = 2 });
        var zip = home.Files.Write("export.zip", Packed.Zip(("orders.csv", Orders), ("b.csv", Orders), ("c.csv", Orders)));

        var results = await home.LoadAllAsync(zip);

        results[""].Error!.Code.ShouldBe("limit_exceeded");
        results[""].Error!.Message.ShouldContain("limits.max_archive_members");
    }

    [Fact]
    public async Task Load_MemberLargerThanTheLimit_IsRefused()
    {
        await using var home = await IngestHome.OpenAsync(engine, limits: new LimitOptions { MaxDecompressedBytes = 1024 });
        var zip = home.Files.Write("export.zip", Packed.Zip(("orders.csv", Orders), ("zeros.csv", "n\n" + new string('0', 100_000))));

        var results = await home.LoadAllAsync(zip);

        results["!/orders.csv"].Outcome.ShouldBe("loaded");
        results["!/zeros.csv"].Error!.Code.ShouldBe("limit_exceeded");
    }

    [Fact]
    public async Task Load_ArchiveWithoutFiles_IsEmpty()
    {
        await using var home = await IngestHome.OpenAsync(engine);

        var result = await home.LoadAsync(home.Files.Write("export.zip", Packed.Zip(Array.Empty<(string, byte[])>())));

        result.Outcome.ShouldBe("empty");
    }

    static async Task<FileState> StateOf(IngestHome home, string path) => (await home.Host.Ledger.FindByPathAsync(path))[0].State;
}
