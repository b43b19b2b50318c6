using System.Text;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Compression;

public sealed class ContentCompressionTests
{
    public static TheoryData<CompressionKind> Kinds => Samples.Kinds;

    public static TheoryData<CompressionKind> Repeatable =>
        [CompressionKind.Gzip, CompressionKind.Zstd, CompressionKind.Bzip2, CompressionKind.Xz, CompressionKind.Lz4];

    [Theory, MemberData(nameof(Kinds))]
    public void Detect_FirstBytes_NameIsNotNeeded(CompressionKind kind) =>
        ContentCompression.Detect(Samples.Compressed(kind), kind == CompressionKind.Brotli ? "a.br" : "liar.txt").ShouldBe(kind);

    [Fact]
    public void Detect_SkippableFrameFirst_TheFrameBehindOrTheNameTells()
    {
        byte[] skippable = [0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 1, 2];

        ContentCompression.Detect([.. skippable, .. Samples.Compressed(CompressionKind.Lz4)], "a").ShouldBe(CompressionKind.Lz4);
        ContentCompression.Detect([.. skippable, .. Samples.Compressed(CompressionKind.Zstd)], "a.lz4").ShouldBe(CompressionKind.Zstd);
        ContentCompression.Detect(skippable, "a.lz4").ShouldBe(CompressionKind.Lz4);
        ContentCompression.Detect(skippable, "a").ShouldBe(CompressionKind.Zstd);
        Encoding.UTF8.GetString(Samples.Decompress([.. skippable, .. Samples.Compressed(CompressionKind.Lz4)], CompressionKind.Lz4)).ShouldBe(Samples.Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("id,name\n1,a\n")]
    [InlineData("x^2,y\n1,2\n")]
    [InlineData("BZh9 is how a line may start\n")]
    [InlineData("x\u009c,name\n")]
    public void Detect_Text_IsNotCompressed(string text) =>
        ContentCompression.Detect(Encoding.Latin1.GetBytes(text), "a.csv.gz").ShouldBe(CompressionKind.None);

    [Theory, MemberData(nameof(Kinds))]
    public void OpenRead_AnyReadSize_SameContent(CompressionKind kind)
    {
        foreach (var bytes in (int[])[1, 5, 4096])
        {
            Encoding.UTF8.GetString(Samples.Decompress(Samples.Compressed(kind), kind, readBytes: bytes)).ShouldBe(Samples.Text);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void OpenRead_TruncatedAtAnyByte_IsCorruptNeverShorter(CompressionKind kind)
    {
        var whole = Samples.Compressed(kind);
        for (var length = 0; length < whole.Length; length++)
        {
            var error = Should.Throw<BadFileException>(() => Samples.Decompress(whole[..length], kind),
                $"cut to {length} of {whole.Length}");
            error.Code.ShouldBe(RejectCode.CorruptFile, $"cut to {length}: {error.Message}");
            error.ByteOffset.ShouldNotBeNull();
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void OpenRead_AnyByteChanged_NeverOtherContentAndNoOtherException(CompressionKind kind)
    {
        var whole = Samples.Compressed(kind);
        for (var i = 0; i < whole.Length; i++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[i] ^= 0x55;
            try
            {
                var content = Encoding.UTF8.GetString(Samples.Decompress(damaged, kind));

                // Brotli has no checksum; the others must not let a changed byte through, except in fields that mean nothing
                // (time, system).
                if (kind != CompressionKind.Brotli)
                {
                    content.ShouldBe(Samples.Text, $"byte {i}");
                }
            }
            catch (BadFileException e)
            {
                e.Code.ShouldBeOneOf(RejectCode.CorruptFile, RejectCode.LimitExceeded);
            }
        }
    }

    [Theory, MemberData(nameof(Repeatable))]
    public void OpenRead_ConcatenatedMembers_AllAreRead(CompressionKind kind)
    {
        var one = Samples.Compressed(kind);
        byte[] three = [.. one, .. one, .. one];
        foreach (var bytes in (int[])[1, 7, 4096])
        {
            Encoding.UTF8.GetString(Samples.Decompress(three, kind, readBytes: bytes)).ShouldBe(Samples.Text + Samples.Text
                + Samples.Text);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void OpenRead_BytesAfterTheEnd_AreAnError(CompressionKind kind)
    {
        var error = Should.Throw<BadFileException>(() => Samples.Decompress([.. Samples.Compressed(kind), .. "rest,of,file\n"u8],
            kind));
        error.Code.ShouldBe(RejectCode.CorruptFile);
    }

    [Fact]
    public void Gzip_EmptyAndPaddedMembers_AreRead()
    {
        byte[] emptyWritten = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        var text = Samples.Compressed(CompressionKind.Gzip);
        Samples.Decompress(emptyWritten, CompressionKind.Gzip).ShouldBeEmpty();
        Encoding.UTF8.GetString(Samples.Decompress([.. emptyWritten, .. text, .. new byte[700], .. emptyWritten, .. text, 0],
            CompressionKind.Gzip))
            .ShouldBe(Samples.Text + Samples.Text);
    }

    [Fact]
    public void Gzip_HeaderWithEveryField_IsPassedOver()
    {
        var plain = Samples.Compressed(CompressionKind.Gzip);
        byte[] full = [0x1F, 0x8B, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 3, 0, 1, 2, 3, .. "a.csv\0"u8, .. "made\0"u8, 9, 9,
            .. plain[10..]];
        Encoding.UTF8.GetString(Samples.Decompress(full, CompressionKind.Gzip, readBytes: 1)).ShouldBe(Samples.Text);
    }

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zlib)]
    [InlineData(CompressionKind.Bzip2)]
    [InlineData(CompressionKind.Brotli)]
    public void OpenRead_MegabytesOfNoise_SameContent(CompressionKind kind)
    {
        var content = new byte[3_000_000];
        var random = new Random(7);
        for (var i = 0; i < content.Length; i++)
        {
            content[i] = (byte)"0123456789,\n"[random.Next(12)];
        }

        var compressed = Samples.Compress(kind, content);
        Samples.Decompress(compressed, kind, readBytes: 10_007).AsSpan().SequenceEqual(content).ShouldBeTrue();
        Should.Throw<BadFileException>(() => Samples.Decompress(compressed[..^5], kind)).Code.ShouldBe(RejectCode.CorruptFile);
    }

    [Fact]
    public void OpenRead_Bomb_EndsAtTheRatioAndAtTheSize()
    {
        var bomb = Samples.Compress(CompressionKind.Gzip, new byte[8 << 20]);
        var ratio = new CompressionLimits { RatioFreeBytes = 1 << 20, MaxRatio = 100 };
        Should.Throw<BadFileException>(() => Samples.Decompress(bomb, CompressionKind.Gzip,
            ratio)).Code.ShouldBe(RejectCode.LimitExceeded);
        var size = new CompressionLimits { MaxDecompressedBytes = 1 << 20 };
        Should.Throw<BadFileException>(() => Samples.Decompress(bomb, CompressionKind.Gzip,
            size)).Code.ShouldBe(RejectCode.LimitExceeded);
        Samples.Decompress(bomb, CompressionKind.Gzip).Length.ShouldBe(8 << 20);
    }

    [Fact]
    public void OpenRead_SourceFails_ItsOwnErrorComesThrough()
    {
        foreach (var kind in Enum.GetValues<CompressionKind>().Except([CompressionKind.None]))
        {
            using var stream = ContentCompression.OpenRead(new FailingStream(), kind, CompressionLimits.Default);
            Should.Throw<IOException>(() => stream.Read(new byte[10])).Message.ShouldBe("the disk is gone", kind.ToString());
        }
    }

    [Fact]
    public void OpenRead_ReadAgainAfterDamage_FailsAgain()
    {
        using var stream = ContentCompression.OpenRead(
            new MemoryStream(Samples.Compressed(CompressionKind.Gzip)[..^3]), CompressionKind.Gzip, CompressionLimits.Default);
        for (var i = 0; i < 3; i++)
        {
            Should.Throw<BadFileException>(() => stream.CopyTo(new MemoryStream()));
        }
    }

    [Theory]
    [InlineData("orders.csv.gz", CompressionKind.Gzip, "orders.csv")]
    [InlineData("orders.TGZ", CompressionKind.Gzip, "orders.tar")]
    [InlineData("orders.csv.gz", CompressionKind.Zstd, "orders.csv")]
    [InlineData("orders.csv.gz", CompressionKind.None, "orders.csv.gz")]
    [InlineData("orders", CompressionKind.Gzip, "orders")]
    [InlineData(".gz", CompressionKind.Gzip, ".gz")]
    public void InnerName_Suffix_IsTakenOff(string name, CompressionKind kind, string expected) =>
        ContentCompression.InnerName(name, kind).ShouldBe(expected);

    sealed class FailingStream : MemoryStream
    {
        public override int Read(Span<byte> buffer) => throw new IOException("the disk is gone");

        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("the disk is gone");
    }
}
