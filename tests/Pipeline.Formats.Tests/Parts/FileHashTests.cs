using Pipeline.Formats.Parts;

namespace Pipeline.Formats.Tests.Parts;

/// <summary>That the hashes are ClickHouse's is the engine's to say: it checks parts that have them.</summary>
public sealed class FileHashTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(100_000)]
    public void Append_InPiecesOfAnySize_IsTheSame(int bytes)
    {
        var random = new Random(bytes);
        var data = new byte[bytes];
        random.NextBytes(data);
        var whole = new FileHash();
        whole.Append(data);

        for (var round = 0; round < 20; round++)
        {
            var pieces = new FileHash();
            for (var at = 0; at < bytes;)
            {
                var take = Math.Min(random.Next(5000), bytes - at);
                pieces.Append(data.AsSpan(at, take));
                at += take;
            }

            pieces.Value.ShouldBe(whole.Value);
            pieces.Bytes.ShouldBe(bytes);
        }
    }

    [Fact]
    public void Append_OneBitMore_IsAnother()
    {
        var hashes = new HashSet<Hash128>();
        for (var length = 0; length < 5000; length += 7)
        {
            var data = new byte[length];
            hashes.Add(HashOf(data)).ShouldBeTrue();
            if (length > 0)
            {
                data[length / 2] ^= 1;
                hashes.Add(HashOf(data)).ShouldBeTrue();
            }
        }
    }

    static Hash128 HashOf(byte[] data)
    {
        var hash = new FileHash();
        hash.Append(data);
        return hash.Value;
    }
}
