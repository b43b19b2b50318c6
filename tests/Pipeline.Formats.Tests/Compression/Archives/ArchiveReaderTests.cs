using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Compression.Archives;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Compression.Archives;

public sealed class ArchiveReaderTests
{
    public static TheoryData<ArchiveKind> Kinds => [ArchiveKind.Zip, ArchiveKind.Tar];

    [Theory, MemberData(nameof(Kinds))]
    public void ReadNext_FilesInFolders_AreAllRead(ArchiveKind kind)
    {
        var archive = Pack(kind, ("a.csv", "id\n1\n"), ("sub/", ""), ("sub/b ä.csv", "id\n2\n"), ("./empty.csv", ""));
        ArchiveDetection.Detect(archive.AsSpan(0, Math.Min(archive.Length, 512))).ShouldBe(kind);
        var (files, refused) = ReadAll(archive, kind);
        files.ShouldBe([("a.csv", "id\n1\n"), ("sub/b ä.csv", "id\n2\n"), ("empty.csv", "")]);
        refused.ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Kinds))]
    public void ReadNext_NamesThatLeadOut_AreRefusedAndTheOthersRead(ArchiveKind kind)
    {
        var archive = Pack(kind, ("../up.csv", "1"), ("/root.csv", "1"), ("a/../../b.csv", "1"), ("C:\\x.csv", "1"),
            ("..\\w.csv", "1"), ("ok.csv", "2"));
        var (files, refused) = ReadAll(archive, kind);
        files.ShouldBe([("ok.csv", "2")]);
        refused.Count.ShouldBe(5);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void ReadNext_SecondFileOfAName_IsRefused(ArchiveKind kind)
    {
        var (files, refused) = ReadAll(Pack(kind, ("a.csv", "1"), ("a.csv", "2")), kind);
        files.ShouldBe([("a.csv", "1")]);
        refused.ShouldHaveSingleItem().Code.ShouldBe(RejectCode.CorruptFile);
    }

    [Fact]
    public void ReadNext_LinksAndDevices_AreRefused()
    {
        var target = new MemoryStream();
        using (var tar = new TarWriter(target, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "link.csv") { LinkName = "/etc/passwd" });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "hard.csv") { LinkName = "ok.csv" });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.CharacterDevice, "null") { DeviceMajor = 1, DeviceMinor = 3 });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile,
                "ok.csv")
            { DataStream = new MemoryStream("1"u8.ToArray()) });
        }

        var (files, refused) = ReadAll(target.ToArray(), ArchiveKind.Tar);
        files.ShouldBe([("ok.csv", "1")]);
        refused.Count.ShouldBe(3);

        var zipTarget = new MemoryStream();
        using (var zip = new ZipArchive(zipTarget, ZipArchiveMode.Create, leaveOpen: true))
        {
            var link = zip.CreateEntry("link.csv");
            link.ExternalAttributes = 0xA1FF << 16;
            using var data = link.Open();
            data.Write("/etc/passwd"u8);
        }

        ReadAll(zipTarget.ToArray(), ArchiveKind.Zip).Refused.ShouldHaveSingleItem();
    }

    [Theory, MemberData(nameof(Kinds))]
    public void ReadNext_TruncatedAnywhere_IsCorruptNeverFewerFiles(ArchiveKind kind)
    {
        var archive = Pack(kind, ("a.csv", "id\n1\n"), ("b.csv", "id\n2\n"));
        if (kind == ArchiveKind.Tar)
        {
            // The last data ends here; what follows is zeros, of which one block is enough.
            archive = archive[..(archive.AsSpan().LastIndexOfAnyExcept((byte)0) / 512 * 512 + 512 + 512)];
        }

        for (var length = 0; length < archive.Length; length += kind == ArchiveKind.Tar && length % 512 is > 3 and < 500 ? 31 : 1)
        {
            Should.Throw<BadFileException>(() => ReadAll(archive[..length], kind),
                $"at {length}").Code.ShouldBe(RejectCode.CorruptFile);
        }
    }

    [Fact]
    public void ReadNext_ZipByteChanged_EndsCleanlyAndNeverWithOtherContent()
    {
        var archive = Pack(ArchiveKind.Zip, ("a.csv", "id,name\n1,Ann\n2,Bob\n"));
        for (var i = 0; i < archive.Length; i++)
        {
            var damaged = (byte[])archive.Clone();
            damaged[i] ^= 0x21;
            try
            {
                foreach (var (_, text) in ReadAll(damaged, ArchiveKind.Zip).Files)
                {
                    text.ShouldBe("id,name\n1,Ann\n2,Bob\n", $"byte {i}");
                }
            }
            catch (BadFileException)
            {
                // Refused: right.
            }
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void ReadNext_AboveALimit_IsRefused(ArchiveKind kind)
    {
        var archive = Pack(kind, ("a.csv", new string('a', 5000)), ("b.csv", new string('b', 5000)));
        var members = new ArchiveLimits { MaxMembers = 1 };
        Should.Throw<BadFileException>(() => ReadAll(archive, kind, members)).Code.ShouldBe(RejectCode.LimitExceeded);
        var bytes = new ArchiveLimits { Compression = new CompressionLimits { MaxDecompressedBytes = 8000 } };
        Should.Throw<BadFileException>(() => ReadAll(archive, kind, bytes)).Code.ShouldBe(RejectCode.LimitExceeded);
    }

    [Fact]
    public void ReadNext_ZipBomb_IsRefused()
    {
        var archive = Pack(ArchiveKind.Zip, ("a.csv", new string('a', 2 << 20)));
        var limits = new ArchiveLimits { Compression = new CompressionLimits { RatioFreeBytes = 1 << 20, MaxRatio = 100 } };
        Should.Throw<BadFileException>(() => ReadAll(archive, ArchiveKind.Zip, limits)).Code.ShouldBe(RejectCode.LimitExceeded);
    }

    [Theory]
    [InlineData(ArchiveKind.SevenZip)]
    [InlineData(ArchiveKind.Rar)]
    public void Open_UnsupportedKind_SaysWhatToDo(ArchiveKind kind) =>
        Should.Throw<BadFileException>(() => ArchiveReader.Open(new MemoryStream(), kind,
            ArchiveLimits.Default)).Code.ShouldBe(RejectCode.UnsupportedFormat);

    [Theory]
    [InlineData("id,name\n")]
    [InlineData("")]
    public void Detect_Text_IsNoArchive(string text) => ArchiveDetection.Detect(Encoding.UTF8.GetBytes(text.PadRight(600,
        'x'))).ShouldBe(ArchiveKind.None);

    static (List<(string Name, string Text)> Files, IReadOnlyList<RefusedMember> Refused) ReadAll(byte[] archive,
        ArchiveKind kind, ArchiveLimits? limits = null)
    {
        var files = new List<(string, string)>();
        using var reader = ArchiveReader.Open(new MemoryStream(archive), kind, limits ?? ArchiveLimits.Default);
        while (reader.ReadNext() is { } member)
        {
            using var text = new StreamReader(member.Content, Encoding.UTF8, false, 7, leaveOpen: true);
            files.Add((member.Name, text.ReadToEnd()));
        }

        return (files, [.. reader.Refused]);
    }

    static byte[] Pack(ArchiveKind kind, params (string Name, string Text)[] files)
    {
        var target = new MemoryStream();
        if (kind == ArchiveKind.Tar)
        {
            using var tar = new TarWriter(target, TarEntryFormat.Pax, leaveOpen: true);
            foreach (var (name, text) in files)
            {
                tar.WriteEntry(name.EndsWith('/')
                    ? new PaxTarEntry(TarEntryType.Directory, name)
                    : new PaxTarEntry(TarEntryType.RegularFile,
                        name)
                    { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
            }
        }
        else
        {
            using var zip = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true);
            foreach (var (name, text) in files)
            {
                using var data = zip.CreateEntry(name).Open();
                data.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return target.ToArray();
    }
}
