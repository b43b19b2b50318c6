namespace Pipeline.Formats.Compression;

/// <summary>
/// The compressed bytes: counts them, and remembers an error of the world so that no decoder can pass it off as bad data.
/// </summary>
sealed class SourceStream(Stream raw) : ForwardStream
{
    /// <summary>Compressed bytes handed out so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>The error that reading the raw stream ended in.</summary>
    public Exception? Failure { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            var read = raw.Read(buffer);
            BytesRead += read;
            return read;
        }
        catch (Exception e)
        {
            Failure = e;
            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            raw.Dispose();
        }

        base.Dispose(disposing);
    }
}
