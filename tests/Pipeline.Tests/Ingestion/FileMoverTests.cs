using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Discovery;
using Pipeline.Ingestion;
using Pipeline.Ledger;
using Pipeline.Quarantine;
using Pipeline.TestKit.Files;
using Pipeline.TestKit.Ledger;
using Pipeline.TestKit.Time;

namespace Pipeline.Tests.Ingestion;

/// <summary>A settled file goes to the archive, whatever a crash left of an earlier move and whoever took its path meanwhile.</summary>
public sealed class FileMoverTests : IAsyncLifetime
{
    readonly TempHome _home = new();
    SqliteLedger _ledger = null!;

    public async Task InitializeAsync() => _ledger = await SqliteLedger.OpenAsync(_home.PathOf("ledger.db"));

    public async Task DisposeAsync()
    {
        await _ledger.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task Archive_SettledFile_LiesInTheArchiveUnderItsName()
    {
        var entry = await SettledAsync("1");

        (await Mover(ArchiveFolder).ArchiveAsync(entry)).ShouldBeTrue();

        FilesIn(ArchiveFolder).ShouldBe(["a.csv: 1"]);
        FilesIn(DataFolder).ShouldBeEmpty();
        (await _ledger.FindAsync(entry.Key))!.MovedTo.ShouldBe(Directory.GetFiles(ArchiveFolder, "*", SearchOption.AllDirectories).Single());
    }

    [SkippableFact]
    public async Task Archive_OnAnotherDevice_TheFileIsCopiedThere()
    {
        Skip.IfNot(Directory.Exists("/dev/shm"), "a second file system (/dev/shm) is needed");
        using var other = new TempHome("/dev/shm");
        Skip.If(FileLook.At(other.Root).Stamp.Device == FileLook.At(_home.Root).Stamp.Device, "/dev/shm is on the same device as the folder for temporary files");
        var entry = await SettledAsync("1");

        (await Mover(other.Root).ArchiveAsync(entry)).ShouldBeTrue();

        FilesIn(other.Root).ShouldBe(["a.csv: 1"]);
        FilesIn(DataFolder).ShouldBeEmpty();
    }

    // Killed while it was on its way to another device.
    [Fact]
    public async Task Archive_LeftAsideAndAnotherFileAtItsPath_TheFirstIsArchivedAndTheOtherStays()
    {
        var entry = await SettledAsync("1");
        File.Move(entry.Path, Path.Join(DataFolder, $".pipeline-moving-{entry.Key}"));
        _home.Write("data/a.csv", "another");

        (await Mover(ArchiveFolder).ArchiveAsync(entry)).ShouldBeTrue();

        FilesIn(ArchiveFolder).ShouldBe(["a.csv: 1"]);
        FilesIn(DataFolder).ShouldBe(["a.csv: another"]);
    }

    // Killed between the rename and the commit.
    [Fact]
    public async Task Archive_MovedAlreadyAndAnotherFileAtItsPath_IsFoundInTheArchive()
    {
        var entry = await SettledAsync("1");
        Directory.CreateDirectory(FolderOf(entry));
        File.Move(entry.Path, Path.Join(FolderOf(entry), "a.csv"));
        _home.Write("data/a.csv", "another");

        (await Mover(ArchiveFolder, startedLater: true).ArchiveAsync(entry)).ShouldBeTrue();

        FilesIn(ArchiveFolder).ShouldBe(["a.csv: 1"]);
        FilesIn(DataFolder).ShouldBe(["a.csv: another"]);
        (await _ledger.FindAsync(entry.Key))!.MovedTo.ShouldBe(Path.Join(FolderOf(entry), "a.csv"));
    }

    // Killed between the rename of a file that had just replaced the entry's own, and the look at it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Archive_AnotherFileUnderItsNameInTheArchive_IsGivenBackWhereNoEntryKnowsIt(bool isKnown)
    {
        var known = await SettledAsync("known");
        (await Mover(ArchiveFolder).ArchiveAsync(known)).ShouldBeTrue();
        var entry = await SettledAsync("1");
        File.Delete(entry.Path);
        if (!isKnown)
        {
            File.WriteAllText(Path.Join(FolderOf(entry), "a (2).csv"), "another");
        }

        (await Mover(ArchiveFolder, startedLater: true).ArchiveAsync(entry)).ShouldBeTrue();

        FilesIn(ArchiveFolder).ShouldBe(["a.csv: known"]);
        FilesIn(DataFolder).ShouldBe(isKnown ? [] : ["a.csv: another"]);
        (await _ledger.FindAsync(entry.Key))!.MovedTo.ShouldBeNull();
    }

    [Fact]
    public async Task Archive_GoneInThisRun_LeavesTheArchiveAlone()
    {
        var entry = await SettledAsync("1");
        File.Delete(entry.Path);
        Directory.CreateDirectory(FolderOf(entry));
        File.WriteAllText(Path.Join(FolderOf(entry), "a.csv"), "of another file of the same group, whose commit is on its way");

        (await Mover(ArchiveFolder).ArchiveAsync(entry)).ShouldBeTrue();

        FilesIn(ArchiveFolder).ShouldHaveSingleItem();
        FilesIn(DataFolder).ShouldBeEmpty();
    }

    [Fact]
    public async Task Archive_AnotherVersionAtItsPath_StaysThere()
    {
        var entry = await SettledAsync("1");
        _home.Write("data/a.csv", "another");

        (await Mover(ArchiveFolder).ArchiveAsync(entry)).ShouldBeTrue();

        FilesIn(ArchiveFolder).ShouldBeEmpty();
        FilesIn(DataFolder).ShouldBe(["a.csv: another"]);
    }

    string FolderOf(LedgerEntry entry) => Path.Join(ArchiveFolder, "a", $"{entry.SeenAt:yyyy-MM-dd}");

    string DataFolder => _home.PathOf("data");

    string ArchiveFolder => _home.PathOf("archive");

    FileMover Mover(string archiveFolder, bool startedLater = false) => new(
        _ledger, new FileArchive(archiveFolder), new QuarantineStore(_home.PathOf("quarantine"), DataFolder, TimeProvider.System, NullLogger.Instance), Faults.None,
        new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddHours(startedLater ? 1 : -1)), NullLogger<FileMover>.Instance);

    async Task<LedgerEntry> SettledAsync(string text)
    {
        var path = _home.Write("data/a.csv", text);
        var stamp = FileStamp.TryRead(path)!.Value;
        var entry = await _ledger.TakeAsync(path, "a", stamp.Bytes, stamp.ModifiedAt, AfterLoad.Move, "test");
        await _ledger.EmptyAsync(entry.Key, SomeLedger.Content(text));
        return (await _ledger.FindAsync(entry.Key))!;
    }

    static string[] FilesIn(string folder) => !Directory.Exists(folder) ? []
        : [.. Directory.GetFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(p => $"{Path.GetFileName(p)}: {File.ReadAllText(p)}").Order(StringComparer.Ordinal)];
}
