using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Discovery;
using Pipeline.Ingestion;
using Pipeline.Ledger;
using Pipeline.Quarantine;
using Pipeline.TestKit.Files;

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

    // Killed between the two renames: in the archive's folder, or beside the path, where a move to another device starts.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Archive_LeftAsideAndAnotherFileAtItsPath_TheFirstIsArchivedAndTheOtherStays(bool inArchive)
    {
        var entry = await SettledAsync("1");
        var folder = inArchive ? Path.Join(ArchiveFolder, "a", $"{entry.SeenAt:yyyy-MM-dd}") : DataFolder;
        Directory.CreateDirectory(folder);
        File.Move(entry.Path, Path.Join(folder, $".pipeline-moving-{entry.Key}"));
        _home.Write("data/a.csv", "another");

        (await Mover(ArchiveFolder).ArchiveAsync(entry)).ShouldBeTrue();

        FilesIn(ArchiveFolder).ShouldBe(["a.csv: 1"]);
        FilesIn(DataFolder).ShouldBe(["a.csv: another"]);
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

    string DataFolder => _home.PathOf("data");

    string ArchiveFolder => _home.PathOf("archive");

    FileMover Mover(string archiveFolder) => new(
        _ledger, new FileArchive(archiveFolder), new QuarantineStore(_home.PathOf("quarantine"), DataFolder, TimeProvider.System, NullLogger.Instance), Faults.None,
        NullLogger<FileMover>.Instance);

    async Task<LedgerEntry> SettledAsync(string text)
    {
        var path = _home.Write("data/a.csv", text);
        var stamp = FileStamp.TryRead(path)!.Value;
        var entry = await _ledger.TakeAsync(path, "a", stamp.Bytes, stamp.ModifiedAt, AfterLoad.Move, "test");
        await _ledger.EmptyAsync(entry.Key, new ContentHash(new string('0', 64)));
        return (await _ledger.FindAsync(entry.Key))!;
    }

    static string[] FilesIn(string folder) => !Directory.Exists(folder) ? []
        : [.. Directory.GetFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(p => $"{Path.GetFileName(p)}: {File.ReadAllText(p)}").Order(StringComparer.Ordinal)];
}
