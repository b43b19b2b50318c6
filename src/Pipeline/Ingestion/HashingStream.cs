using System.Security.Cryptography;
using Pipeline.Formats.Compression;

namespace Pipeline.Ingestion;

/// <summary>Passes on what it reads and hashes it on the way. Owns the stream below it. Forward only.</summary>
/// <param name="ended">Told the SHA-256 of all bytes when the end was read; not told when reading stops before it.</param>
sealed class HashingStream(Stream inner, Action<byte[]> ended) : ForwardStream
{
    readonly IncrementalHash _sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    bool _hasEnded;

    public override int Read(Span<byte> buffer)
    {
        var read = inner.Read(buffer);
        Observe(buffer[..read], buffer.Length);
        return read;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Observe(buffer.Span[..read], buffer.Length);
        return read;
    }

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            _sha.Dispose();
        }

        base.Dispose(disposing);
    }

    void Observe(ReadOnlySpan<byte> read, int asked)
    {
        if (read.Length > 0)
        {
            _sha.AppendData(read);
        }
        else if (asked > 0 && !_hasEnded)
        {
            _hasEnded = true;
            ended(_sha.GetHashAndReset());
        }
    }
}
