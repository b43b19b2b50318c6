using System.IO.Hashing;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Compression.Archives;

/// <summary>The bytes of a member under the limits; its length and checksum are compared at its end.</summary>
sealed class MemberStream(
    Stream inner, string name, CompressionLimits limits, long budget, long compressedLength, long length, uint? checksum)
        : ForwardStream
{
    readonly Crc32 _crc = new();

    /// <summary>Bytes handed out so far.</summary>
    public long BytesRead { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        int read;
        try
        {
            read = inner.Read(buffer);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Corrupt("its data is damaged or truncated");
        }

        if (read == 0)
        {
            return BytesRead != length ? throw Corrupt("it is truncated")
                : checksum is { } expected && _crc.GetCurrentHashAsUInt32() != expected ? throw Corrupt("its checksum is wrong")
                : 0;
        }

        BytesRead += read;
        if (checksum is not null)
        {
            _crc.Append(buffer[..read]);
        }

        if (BytesRead > budget)
        {
            throw Limit($"the archive's files together are larger than the limit of {limits.MaxDecompressedBytes:N0} bytes");
        }

        if (BytesRead > limits.RatioFreeBytes && BytesRead / limits.MaxRatio > compressedLength)
        {
            throw Limit($"it grows more than {limits.MaxRatio}-fold, as decompression bombs do");
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    BadFileException Corrupt(string what) => new(RejectCode.CorruptFile,
        $"The member '{name}' of the archive cannot be read: {what}.", byteOffset: BytesRead);

    BadFileException Limit(string what) => new(RejectCode.LimitExceeded,
        $"The member '{name}' of the archive is refused: {what}.", byteOffset: BytesRead);
}
