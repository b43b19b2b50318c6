using System.Text;
using System.Text.Json;
using Pipeline.Ledger;
using Pipeline.Quarantine;
using Pipeline.TestKit.Files;
using Pipeline.TestKit.Time;
using Pipeline.Tests.Discovery;

namespace Pipeline.Tests.Quarantine;

public sealed class QuarantineStoreTests : IDisposable
{
    static readonly FileProblem s_problem = new("not_a_table", "detect", "No table was found.", "Look at \"line 3\".", 3, "größe", 17);

    readonly TempHome _home = new();
    readonly FakeTimeProvider _time = new();
    readonly ListLogger _log = new();

    public void Dispose() => _home.Dispose();

    QuarantineStore CreateSut() => new(_home.Quarantine, _home.Data, _time, _log);

    [Fact]
    public async Task Add_File_MovesItBesideItsReason()
    {
        var source = _home.Write("data/orders/a b.csv", "12345");
        var entry = await CreateSut().AddAsync(new QuarantineRequest(source, "orders", s_problem) { FileId = "f00d", Table = "orders", Sample = "x;y", Attempts = 2 });

        File.Exists(source).ShouldBeFalse();
        entry.FilePath.ShouldBe(_home.PathOf("quarantine/orders/2026-03-14/a b.csv"));
        File.ReadAllText(entry.FilePath!).ShouldBe("12345");
        entry.Id.ShouldBe("orders/2026-03-14/a b.csv");
        var json = JsonDocument.Parse(File.ReadAllText(entry.FilePath + ".error.json")).RootElement;
        json.EnumerateObject().Select(p => p.Name).ShouldBe(
        [
            "code", "stage", "message", "what_to_do", "line", "column", "byte", "sample", "attempts", "file_id", "dataset", "table", "file",
            "original_path", "in_place", "bytes", "modified_at", "quarantined_at",
        ]);
        json.GetProperty("what_to_do").GetString().ShouldBe("Look at \"line 3\".");
        json.GetProperty("line").GetInt64().ShouldBe(3);
        json.GetProperty("bytes").GetInt64().ShouldBe(5);
        json.GetProperty("original_path").GetString().ShouldBe(source);
        json.GetProperty("quarantined_at").GetDateTimeOffset().ShouldBe(_time.GetUtcNow());
        File.ReadAllText(entry.FilePath + ".error.json").ShouldContain("größe");
    }

    [Fact]
    public async Task Add_KeepInPlace_LeavesTheFileAndWritesTheReason()
    {
        var source = _home.Write("elsewhere/a.csv", "1");
        var sut = CreateSut();
        var entry = await sut.AddAsync(new QuarantineRequest(source, "a", s_problem) { KeepInPlace = true });

        File.ReadAllText(source).ShouldBe("1");
        entry.State.ShouldBe(QuarantineState.InPlace);
        entry.FilePath.ShouldBe(source);
        sut.List().ShouldHaveSingleItem().ShouldBe(entry);
        (await sut.RepairAsync()).ShouldBe(0);

        (await sut.RetryAsync(entry)).ShouldBe(_home.PathOf("data/a/a.csv"));
        File.Exists(source).ShouldBeTrue();
        sut.List().ShouldBeEmpty();
    }

    [Fact]
    public async Task Add_KeepInPlaceDropped_LeavesTheFile()
    {
        var source = _home.Write("elsewhere/a.csv", "1");
        var sut = CreateSut();
        await sut.DropAsync(await sut.AddAsync(new QuarantineRequest(source, "a", s_problem) { KeepInPlace = true }));

        File.Exists(source).ShouldBeTrue();
        sut.List().ShouldBeEmpty();
    }

    [Fact]
    public async Task Add_SameNames_NeverCollide()
    {
        var sut = CreateSut();
        foreach (var i in Enumerable.Range(0, 3))
        {
            await sut.AddAsync(new QuarantineRequest(_home.Write($"data/{i}/a.csv", $"{i}"), "a", s_problem));
        }

        sut.List().Select(e => e.Id).ShouldBe(["a/2026-03-14/a (2).csv", "a/2026-03-14/a (3).csv", "a/2026-03-14/a.csv"]);
        sut.List().ShouldAllBe(e => e.Record!.File == "a.csv" && e.State == QuarantineState.Complete);
    }

    [Fact]
    public async Task AddAndRetry_NameOf255Bytes_ComesBackUnderItsFullName()
    {
        var name = string.Concat(Enumerable.Repeat("数", 83)) + "n.csv";
        Encoding.UTF8.GetByteCount(name).ShouldBe(254);
        var sut = CreateSut();
        var entry = await sut.AddAsync(new QuarantineRequest(_home.Write("data/" + name, "1"), "a", s_problem));

        (await sut.RetryAsync(entry)).ShouldBe(_home.PathOf("data/" + name));
        sut.List().ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(_home.PathOf("quarantine/a/2026-03-14")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("nul\0l")]
    public async Task Add_DatasetThatIsNoPlainName_IsRefused(string dataset)
    {
        var source = _home.Write("data/a.csv", "1");
        await Should.ThrowAsync<ArgumentException>(() => CreateSut().AddAsync(new QuarantineRequest(source, dataset, s_problem)));
        File.Exists(source).ShouldBeTrue();
    }

    [Fact]
    public async Task Add_Repeated_ReturnsWhatIsThere()
    {
        var sut = CreateSut();
        var request = new QuarantineRequest(_home.Write("data/a.csv", "1"), "a", s_problem);
        var entry = await sut.AddAsync(request);

        (await sut.AddAsync(request)).ShouldBe(entry);
        await Should.ThrowAsync<FileNotFoundException>(() => sut.AddAsync(request with { Path = _home.PathOf("data/never.csv") }));
    }

    [Fact]
    public async Task Retry_OldPlaceTaken_ComesBackNumbered()
    {
        var sut = CreateSut();
        var entry = await sut.AddAsync(new QuarantineRequest(_home.Write("data/in/a.csv", "old"), "a", s_problem));
        _home.Write("data/in/a.csv", "new");

        var path = await sut.RetryAsync(entry);

        path.ShouldBe(_home.PathOf("data/in/a (2).csv"));
        File.ReadAllText(path).ShouldBe("old");
        await Should.ThrowAsync<FileNotFoundException>(() => sut.RetryAsync(entry));
    }

    [Theory]
    [InlineData("/etc/cron.d/evil", "evil")]
    [InlineData("/x/../../evil.csv", "evil.csv")]
    public async Task Retry_ReasonThatPointsOutside_StaysInTheDataFolder(string original, string name)
    {
        var sut = CreateSut();
        var entry = await sut.AddAsync(new QuarantineRequest(_home.Write("data/a.csv", "1"), "a", s_problem));
        var tampered = entry.Record! with { OriginalPath = original, File = name, Dataset = "../.." };
        File.WriteAllBytes(entry.FilePath + ".error.json", JsonSerializer.SerializeToUtf8Bytes(tampered, QuarantineJson.Options));

        (await sut.RetryAsync(sut.List().ShouldHaveSingleItem())).ShouldBe(_home.PathOf("data/a/" + name));
    }

    [Fact]
    public async Task Find_IdPathNameOrFileId_FindsIt()
    {
        var sut = CreateSut();
        var source = _home.Write("data/a.csv", "1");
        var entry = await sut.AddAsync(new QuarantineRequest(source, "a", s_problem) { FileId = "beef" });
        await sut.AddAsync(new QuarantineRequest(_home.Write("data/b.csv", "1"), "b", s_problem) { FileId = "f00d" });

        foreach (var asked in new[] { entry.Id, entry.Id + ".error.json", entry.FilePath!, entry.FilePath + ".error.json", source, "beef", "a.csv" })
        {
            sut.Get(asked).ShouldBe(entry, asked);
        }

        sut.Get("../../a.csv").ShouldBeNull();
        sut.Get("none").ShouldBeNull();
        await sut.AddAsync(new QuarantineRequest(_home.Write("data/other/a.csv", "2"), "other", s_problem));
        sut.Get("a.csv").ShouldBeNull();
        sut.Find("a.csv").Count.ShouldBe(2);
    }

    [Fact]
    public async Task Drop_Entry_DeletesBothHalves()
    {
        var sut = CreateSut();
        await sut.DropAsync(await sut.AddAsync(new QuarantineRequest(_home.Write("data/a.csv", "1"), "a", s_problem)));

        Directory.EnumerateFileSystemEntries(_home.PathOf("quarantine/a/2026-03-14")).ShouldBeEmpty();
    }

    [Fact]
    public async Task List_Halves_AreShownForWhatTheyAre()
    {
        var sut = CreateSut();
        _home.Write("quarantine/README.md", "not an entry");
        _home.Write("quarantine/a/notes.txt", "not an entry");
        _home.Write("quarantine/a/2026-03-14/by-hand.csv", "1");
        _home.Write("quarantine/a/2026-03-14/damaged.csv", "1");
        _home.Write("quarantine/a/2026-03-14/damaged.csv.error.json", "{ nonsense");
        var gone = await sut.AddAsync(new QuarantineRequest(_home.Write("data/gone.csv", "1"), "a", s_problem));
        File.Delete(gone.FilePath!);

        sut.List().ToDictionary(e => Path.GetFileName(e.Id), e => e.State).ShouldBe(
            new Dictionary<string, QuarantineState>
            {
                ["by-hand.csv"] = QuarantineState.ReasonMissing,
                ["damaged.csv"] = QuarantineState.ReasonMissing,
                ["gone.csv"] = QuarantineState.FileMissing,
            },
            ignoreOrder: true);
        foreach (var entry in sut.List())
        {
            await sut.DropAsync(entry);
        }

        sut.List().ShouldBeEmpty();
    }

    [Fact]
    public async Task List_UsersOwnErrorJson_IsAFileWithAReason()
    {
        var sut = CreateSut();
        var entry = await sut.AddAsync(new QuarantineRequest(_home.Write("data/api.error.json", "{}"), "api", s_problem));

        sut.List().ShouldHaveSingleItem().ShouldBe(entry);
        entry.State.ShouldBe(QuarantineState.Complete);
    }

    [Fact]
    public async Task Repair_CrashBetweenReasonAndMove_FinishesTheMove()
    {
        var sut = CreateSut();
        var source = _home.Write("data/a.csv", "1");
        var entry = await sut.AddAsync(new QuarantineRequest(source, "a", s_problem));
        File.Move(entry.FilePath!, source);
        sut.List().ShouldHaveSingleItem().State.ShouldBe(QuarantineState.FileMissing);

        (await sut.RepairAsync()).ShouldBe(1);

        sut.List().ShouldHaveSingleItem().ShouldBe(entry);
        File.Exists(source).ShouldBeFalse();
    }

    [Fact]
    public async Task Repair_AnotherFileUnderTheOldPath_IsLeft()
    {
        var sut = CreateSut();
        var source = _home.Write("data/a.csv", "1");
        File.Delete((await sut.AddAsync(new QuarantineRequest(source, "a", s_problem))).FilePath!);
        _home.Write("data/a.csv", "another");

        (await sut.RepairAsync()).ShouldBe(0);

        File.ReadAllText(source).ShouldBe("another");
        _log.Lines.ShouldContain(l => l.Contains("a reason without its file: a/2026-03-14/a.csv", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Add_AfterCrashBetweenReasonAndMove_ReusesTheReason()
    {
        var sut = CreateSut();
        var source = _home.Write("data/a.csv", "1");
        var request = new QuarantineRequest(source, "a", s_problem);
        File.Move((await sut.AddAsync(request)).FilePath!, source);

        (await sut.AddAsync(request with { Attempts = 2 })).Id.ShouldBe("a/2026-03-14/a.csv");
        sut.List().ShouldHaveSingleItem().Record!.Attempts.ShouldBe(2);
    }

    [Theory]
    [InlineData(".retry", true, true)]
    [InlineData(".retry", false, true)]
    [InlineData(".drop", true, false)]
    [InlineData(".drop", false, true)]
    public async Task Repair_CrashDuringRetryOrDrop_IsFinishedInItsDirection(string marker, bool fileStillThere, bool inDataAfterwards)
    {
        var sut = CreateSut();
        var source = _home.Write("data/a.csv", "1");
        var entry = await sut.AddAsync(new QuarantineRequest(source, "a", s_problem));
        var record = entry.FilePath + ".error.json";
        File.Move(record, Path.Join(Path.GetDirectoryName(record), "." + Path.GetFileName(record) + marker));
        _home.Write("quarantine/a/2026-03-14/.pipeline-tmp-0123", "cut");
        if (!fileStillThere)
        {
            File.Move(entry.FilePath!, source);
        }

        (await sut.RepairAsync()).ShouldBe(2);

        File.Exists(source).ShouldBe(inDataAfterwards);
        Directory.EnumerateFileSystemEntries(_home.PathOf("quarantine/a/2026-03-14")).ShouldBeEmpty();
    }

    [Fact]
    public async Task RetryAndDrop_AtOnce_OnlyOneWins()
    {
        var sut = CreateSut();
        for (var i = 0; i < 20; i++)
        {
            var source = _home.Write("data/a.csv", "1");
            var entry = await sut.AddAsync(new QuarantineRequest(source, "a", s_problem));
            Task[] tasks = [Task.Run(() => sut.RetryAsync(entry)), Task.Run(() => sut.DropAsync(entry))];
            await Task.WhenAll(tasks.Select(t => t.ContinueWith(_ => { }, TaskScheduler.Default)));

            tasks.Count(t => t.IsCompletedSuccessfully).ShouldBe(1);
            tasks.Single(t => t.IsFaulted).Exception!.InnerException.ShouldBeAssignableTo<IOException>();
            File.Exists(source).ShouldBe(tasks[0].IsCompletedSuccessfully);
            sut.List().ShouldBeEmpty();
            File.Delete(source);
        }
    }
}
