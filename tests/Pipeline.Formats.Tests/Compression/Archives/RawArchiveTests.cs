using System.Formats.Tar;
using System.Text;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Compression.Archives;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Compression.Archives;

/// <summary>What other programs put into zip and tar files, byte for byte.</summary>
public sealed class RawArchiveTests
{
    static readonly byte[] s_rows = "id,name\n1,Ann\n2,Bob\n"u8.ToArray();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Zip_DescriptorsAnd64Bits_AreRead(bool descriptor, bool is64)
    {
        var zip = new RawZip { Is64 = is64 }.Add("a.csv"u8.ToArray(), s_rows, descriptor).Add("b.csv"u8.ToArray(), [], descriptor).ToArray();

        var (files, refused) = ReadAll(zip, ArchiveKind.Zip);

        files.ShouldBe([("a.csv", Encoding.UTF8.GetString(s_rows)), ("b.csv", "")]);
        refused.ShouldBeEmpty();
    }

    [Fact]
    public void Zip_NamesOfOldPrograms_AreRead()
    {
        var zip = new RawZip()
            .Add([(byte)'g', 0x81, (byte)'n', 0x94, (byte)'.', (byte)'c', (byte)'s', (byte)'v'], s_rows)
            .Add("müller.csv"u8.ToArray(), s_rows)
            .Add("größe.csv"u8.ToArray(), s_rows, flags: 0x800).ToArray();

        ReadAll(zip, ArchiveKind.Zip).Files.Select(f => f.Name).ShouldBe(["günö.csv", "müller.csv", "größe.csv"]);
    }

    [Fact]
    public void Zip_DataCutButDirectoryWhole_TheMemberIsDamagedAndTheOthersAreRead()
    {
        var zip = new RawZip().Add("a.csv"u8.ToArray(), Noise(2000), cut: 40).ToArray();

        Should.Throw<BadFileException>(() => ReadAll(zip, ArchiveKind.Zip)).Code.ShouldBe(RejectCode.CorruptFile);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Zip_ChecksumOfAMemberWrong_IsSaid(bool descriptor)
    {
        var zip = new RawZip().Add("a.csv"u8.ToArray(), s_rows, descriptor, crc: 1).ToArray();

        var bad = Should.Throw<BadFileException>(() => ReadAll(zip, ArchiveKind.Zip));

        (bad.Code, bad.Message.Contains("a.csv", StringComparison.Ordinal), bad.Message.Contains("checksum", StringComparison.Ordinal))
            .ShouldBe((RejectCode.CorruptFile, true, true));
    }

    [Fact]
    public void Zip_EncryptedMember_IsRefusedAndTheOthersAreRead()
    {
        var zip = new RawZip().Add("a.csv"u8.ToArray(), s_rows, flags: 1).Add("b.csv"u8.ToArray(), s_rows).ToArray();

        var (files, refused) = ReadAll(zip, ArchiveKind.Zip);

        files.Select(f => f.Name).ShouldBe(["b.csv"]);
        refused.ShouldHaveSingleItem().Code.ShouldBe(RejectCode.EncryptedFile);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Zip_MoreMembersThanItsEndSays_AreCountedBeforeTheyAreHeld(bool is64)
    {
        var raw = new RawZip { Is64 = is64, Claimed = 1 };
        for (var i = 0; i < 11; i++)
        {
            raw.Add(Encoding.ASCII.GetBytes($"{i}.csv"), []);
        }

        var bad = Should.Throw<BadFileException>(() => ReadAll(raw.ToArray(), ArchiveKind.Zip, new ArchiveLimits { MaxMembers = 10 }));

        (bad.Code, bad.Message.Contains("limits.max_archive_members", StringComparison.Ordinal)).ShouldBe((RejectCode.LimitExceeded, true));
    }

    [Fact]
    public void Zip_AsManyMembersAsTheLimit_IsRead()
    {
        var raw = new RawZip();
        for (var i = 0; i < 10; i++)
        {
            raw.Add(Encoding.ASCII.GetBytes($"{i}.csv"), []);
        }

        ReadAll(raw.ToArray(), ArchiveKind.Zip, new ArchiveLimits { MaxMembers = 10 }).Files.Count.ShouldBe(10);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(500, false)]
    public void Zip_MembersThatLieOverEachOther_AreRefused(int members, bool sameStart)
    {
        var raw = new RawZip { Overlap = sameStart ? 0 : 1 };
        var content = new byte[2000];
        new Random(1).NextBytes(content);
        for (var i = 0; i < members; i++)
        {
            raw.Add(Encoding.ASCII.GetBytes($"{i}.csv"), content);
        }

        var bad = Should.Throw<BadFileException>(() => ReadAll(raw.ToArray(), ArchiveKind.Zip));

        (bad.Code, bad.Message.Contains("lie over each other", StringComparison.Ordinal)).ShouldBe((RejectCode.CorruptFile, true));
    }

    [Theory]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Pax)]
    public void Tar_NamesLongerThanAHeader_AreReadWhole(TarEntryFormat format)
    {
        var name = string.Join('/', Enumerable.Repeat("a-rather-long-folder-name", 12)) + "/größe.csv";
        var target = new MemoryStream();
        using (var tar = new TarWriter(target, format, leaveOpen: true))
        {
            TarEntry entry = format == TarEntryFormat.Gnu ? new GnuTarEntry(TarEntryType.RegularFile, name) : new PaxTarEntry(TarEntryType.RegularFile, name);
            entry.DataStream = new MemoryStream(s_rows);
            tar.WriteEntry(entry);
        }

        ReadAll(target.ToArray(), ArchiveKind.Tar).Files.ShouldBe([(name, Encoding.UTF8.GetString(s_rows))]);
    }

    [Theory]
    [InlineData('L')]
    [InlineData('K')]
    [InlineData('x')]
    [InlineData('g')]
    public void Tar_LongNameOfGigabytes_IsRefusedBeforeItIsHeld(char type)
    {
        byte[] tar = [.. Header("././@LongLink", 2_000_000_000, type), .. new byte[4096]];

        var before = GC.GetAllocatedBytesForCurrentThread();
        var bad = Should.Throw<BadFileException>(() => ReadAll(tar, ArchiveKind.Tar));

        bad.Code.ShouldBe(RejectCode.LimitExceeded);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(16 << 20);
    }

    [Fact]
    public void Tar_SparseFileOfOldGnu_EndsTheArchiveWithThatReason()
    {
        byte[] tar = [.. Header("a.csv", s_rows.Length, '0'), .. s_rows, .. new byte[512 - s_rows.Length], .. Header("sparse.csv", 512, 'S'), .. new byte[1536]];
        using var reader = ArchiveReader.Open(new MemoryStream(tar), ArchiveKind.Tar, ArchiveLimits.Default);
        reader.ReadNext()!.Name.ShouldBe("a.csv");

        var bad = Should.Throw<BadFileException>(reader.ReadNext);

        (bad.Code, bad.Message.Contains("sparse", StringComparison.Ordinal)).ShouldBe((RejectCode.UnsupportedFormat, true));
    }

    [Fact]
    public void Tar_SparseFileOfPax_IsRefusedAndTheOthersAreRead()
    {
        // Its map stands before its data: taken as it lies there it would have rows that the file never had.
        var target = new MemoryStream();
        using (var tar = new TarWriter(target, leaveOpen: true))
        {
            var attributes = new Dictionary<string, string>
            {
                ["GNU.sparse.major"] = "1",
                ["GNU.sparse.minor"] = "0",
                ["GNU.sparse.name"] = "a.csv",
                ["GNU.sparse.realsize"] = "1048576",
            };
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "GNUSparseFile.0/a.csv", attributes) { DataStream = new MemoryStream("1\n0\n20\n"u8.ToArray()) });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "b.csv") { DataStream = new MemoryStream(s_rows) });
        }

        var (files, refused) = ReadAll(target.ToArray(), ArchiveKind.Tar);

        files.Select(f => f.Name).ShouldBe(["b.csv"]);
        refused.ShouldHaveSingleItem().Message.ShouldContain("sparse");
    }

    static byte[] Noise(int bytes)
    {
        var noise = new byte[bytes];
        new Random(1).NextBytes(noise);
        return noise;
    }

    static byte[] Header(string name, long size, char type)
    {
        var header = new byte[512];
        Encoding.ASCII.GetBytes(name, header);
        Octal(header, 100, 8, 420);
        Octal(header, 108, 8, 0);
        Octal(header, 116, 8, 0);
        Octal(header, 124, 12, size);
        Octal(header, 136, 12, 0);
        header[156] = (byte)type;
        "ustar  \0"u8.CopyTo(header.AsSpan(257));
        Sign(header);
        return header;
    }

    static void Octal(byte[] header, int at, int length, long value) =>
        Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(length - 1, '0')).CopyTo(header, at);

    static void Sign(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        Octal(header, 148, 7, header.Sum(b => b));
        header[154] = 0;
    }

    static (List<(string Name, string Text)> Files, IReadOnlyList<RefusedMember> Refused) ReadAll(byte[] archive, ArchiveKind kind, ArchiveLimits? limits = null)
    {
        using var reader = ArchiveReader.Open(new MemoryStream(archive), kind, limits ?? ArchiveLimits.Default);
        var files = new List<(string, string)>();
        while (reader.ReadNext() is { } member)
        {
            files.Add((member.Name, new StreamReader(member.Content).ReadToEnd()));
        }

        return (files, [.. reader.Refused]);
    }
}
