using System.Globalization;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Compression;

/// <summary>
/// Decompressed content under its limits; the one place that turns a decoder's exception into a <see cref="BadFileException"/>.
/// </summary>
sealed class LimitedStream(Stream decoded, SourceStream source, CompressionKind kind, CompressionLimits limits) : ForwardStream
{
    BadFileException? _failure;

    /// <summary>Decompressed bytes handed out so far.</summary>
    public long BytesRead { get; private set; }

    public override long Position
    {
        get => BytesRead;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_failure is not null)
        {
            // A reader that asks again must not take the end of the good part for the end of the file.
            throw Copy(_failure);
        }

        if (buffer.IsEmpty)
        {
            return 0;
        }

        int read;
        try
        {
            read = decoded.Read(buffer);
        }
        catch (Exception e) when (e is not BadFileException and not OutOfMemoryException && source.Failure is null)
        {
            throw Fail(RejectCode.CorruptFile, $"The {Name} data is damaged ({Reason(e)})");
        }
        catch (BadFileException e)
        {
            throw Fail(e.Code, e.Message);
        }

        BytesRead += read;
        if (BytesRead > limits.MaxDecompressedBytes)
        {
            throw Fail(RejectCode.LimitExceeded,
                $"The {Name} data grows beyond the limit of {Count(limits.MaxDecompressedBytes)} bytes " +
                "decompressed; raise limits.max_decompressed_bytes if that is its true size");
        }

        // Decoders read ahead, so the ratio of what was handed out is never above the true one.
        if (BytesRead > limits.RatioFreeBytes && BytesRead / limits.MaxRatio > source.BytesRead)
        {
            throw Fail(RejectCode.LimitExceeded,
                $"The {Name} data grows more than {limits.MaxRatio}-fold, as decompression bombs do; " +
                "raise limits.max_compression_ratio if the file is known to be good");
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            decoded.Dispose();
            source.Dispose();
        }

        base.Dispose(disposing);
    }

    string Name => ContentCompression.Name(kind);

    BadFileException Fail(RejectCode code, string what)
    {
        var message = $"{what}: at compressed byte {Count(source.BytesRead)} at the latest, " +
            $"after {Count(BytesRead)} good decompressed bytes.";
        _failure = new BadFileException(code, message, byteOffset: BytesRead);
        return _failure;
    }

    static BadFileException Copy(BadFileException e) => new(e.Code, e.Message, e.Line, e.Column, e.ByteOffset);

    static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    // Messages of decoders are facts about the format; an index out of range in a decoder says nothing to a person.
    static string Reason(Exception e) => e is InvalidDataException or ICSharpCode.SharpZipLib.SharpZipBaseException
        ? e.Message.TrimEnd('.') : "the decoder stopped";
}
