using System.Text;
using Pipeline.Discovery;
using Pipeline.Quarantine;
using Pipeline.TestKit.Files;
using Pipeline.Tests.Discovery;

namespace Pipeline.Tests.Quarantine;

public sealed class FileArchiveTests : IDisposable
{
    static readonly DateOnly s_day = new(2026, 3, 14);

    readonly TempHome _home = new();
    readonly FileArchive _archive;

    public FileArchiveTests() => _archive = new FileArchive(_home.Archive);

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Move_File_LiesByDatasetAndDayWithItsTime()
    {
        var source = _home.Write("data/orders.csv", "id\n1\n");
        var modified = new DateTime(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(source, modified);

        var target = await _archive.MoveAsync(source, "orders", s_day);

        target.ShouldBe(_home.PathOf("archive/orders/2026-03-14/orders.csv"));
        File.ReadAllText(target).ShouldBe("id\n1\n");
        File.GetLastWriteTimeUtc(target).ShouldBe(modified);
        File.Exists(source).ShouldBeFalse();
    }

    [Fact]
    public async Task Move_NameTaken_NumbersItBeforeTheExtension()
    {
        var targets = new List<string>();
        foreach (var text in new[] { "one", "two", "three" })
        {
            targets.Add(await _archive.MoveAsync(_home.Write("data/a.csv.gz", text), "a", s_day));
        }

        targets.Select(Path.GetFileName).ShouldBe(["a.csv.gz", "a (2).csv.gz", "a (3).csv.gz"]);
        targets.Select(File.ReadAllText).ShouldBe(["one", "two", "three"]);
    }

    [Fact]
    public async Task Move_ManyAtOnceUnderOneName_NoneIsLost()
    {
        var sources = Enumerable.Range(0, 40).Select(i => _home.Write($"data/{i}/same.csv", $"{i}")).ToList();

        var targets = await Task.WhenAll(sources.Select(s => Task.Run(() => _archive.MoveAsync(s, "same", s_day))));

        targets.Distinct().Count().ShouldBe(40);
        targets.Select(File.ReadAllText).Order(StringComparer.Ordinal).ShouldBe(Enumerable.Range(0, 40).Select(i => $"{i}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("n", ".csv")]
    [InlineData("数", ".csv.gz")]
    [InlineData("🐘", ".csv")]
    public async Task Move_NameOf255BytesTaken_StillFits(string letter, string extension)
    {
        var size = Encoding.UTF8.GetByteCount(letter);
        var name = string.Concat(Enumerable.Repeat(letter, (255 - extension.Length) / size)) + extension;
        var first = await _archive.MoveAsync(_home.Write("data/" + name, "1"), "x", s_day);
        var second = await _archive.MoveAsync(_home.Write("data/" + name, "2"), "x", s_day);

        Path.GetFileName(first).ShouldBe(name);
        Path.GetFileName(second).ShouldEndWith(" (2)" + extension);
        Path.GetFileName(second).ShouldNotContain('\uFFFD');
        Encoding.UTF8.GetByteCount(Path.GetFileName(second)).ShouldBeLessThanOrEqualTo(255);
    }

    [Theory]
    [InlineData("with space 'and' \"quote\"\n.csv")]
    [InlineData("🐘 naïve.csv")]
    [InlineData("back\\slash.csv")]
    [InlineData("no extension")]
    [InlineData("trailing.")]
    public async Task Move_OddName_Survives(string name) =>
        Path.GetFileName(await _archive.MoveAsync(_home.Write("data/" + name, "1"), "x", s_day)).ShouldBe(name);

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("../up")]
    [InlineData("nul\0l")]
    public async Task Move_DatasetThatIsNoPlainName_IsRefusedAndTheFileStays(string dataset)
    {
        var source = _home.Write("data/a.csv", "1");

        await Should.ThrowAsync<ArgumentException>(() => _archive.MoveAsync(source, dataset, s_day));
        File.Exists(source).ShouldBeTrue();
    }

    [Fact]
    public async Task Move_RepeatedAfterItWasDone_FindsTheArchivedFile()
    {
        await _archive.MoveAsync(_home.Write("data/a.csv", "other"), "a", s_day);
        var source = _home.Write("data/a.csv", "this");
        var stamp = FileStamp.TryRead(source);
        var target = await _archive.MoveAsync(source, "a", s_day, stamp);

        (await _archive.MoveAsync(source, "a", s_day, stamp)).ShouldBe(target);
        await Should.ThrowAsync<FileNotFoundException>(() => _archive.MoveAsync(source, "a", s_day));
    }

    [SkippableFact]
    public async Task Move_AcrossDevices_CopiesKeepsTheTimeAndDeletes()
    {
        using var other = OtherDevice();
        var source = other.Write("data/a.csv", new string('x', 3_000_000));
        var modified = new DateTime(2020, 2, 3, 4, 5, 6, 789, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(source, modified);
        _home.Write("archive/a/2026-03-14/a.csv", "taken");

        var target = await _archive.MoveAsync(source, "a", s_day);

        Path.GetFileName(target).ShouldBe("a (2).csv");
        new FileInfo(target).Length.ShouldBe(3_000_000);
        File.GetLastWriteTimeUtc(target).ShouldBe(modified);
        File.Exists(source).ShouldBeFalse();
        Directory.EnumerateFiles(Path.GetDirectoryName(target)!).Count().ShouldBe(2);
    }

    [SkippableFact]
    public async Task Move_AcrossDevicesCutBeforeTheDelete_DoesNotCopyTwice()
    {
        using var other = OtherDevice();
        var source = other.Write("data/a.csv", "same");
        var copy = _home.Write("archive/a/2026-03-14/a.csv", "same");
        File.SetLastWriteTimeUtc(copy, File.GetLastWriteTimeUtc(source));

        (await _archive.MoveAsync(source, "a", s_day)).ShouldBe(copy);
        File.Exists(source).ShouldBeFalse();
    }

    [SkippableFact]
    public async Task Move_LinkedButNotUnlinked_IsFinished()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        var source = _home.Write("data/a.csv", "1");
        var target = _home.PathOf("archive/a/2026-03-14/a.csv");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        Posix.Link(source, target);

        (await _archive.MoveAsync(source, "a", s_day)).ShouldBe(target);
        File.Exists(source).ShouldBeFalse();
        File.ReadAllText(target).ShouldBe("1");
    }

    TempHome OtherDevice()
    {
        Skip.IfNot(Directory.Exists("/dev/shm"), "a second file system (/dev/shm) is needed");
        var other = new TempHome("/dev/shm");
        if (FileLook.At(other.Root).Stamp.Device == FileLook.At(_home.Root).Stamp.Device)
        {
            other.Dispose();
            Skip.If(true, "/dev/shm is on the same device as the folder for temporary files");
        }

        return other;
    }
}
