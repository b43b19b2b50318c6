namespace Pipeline.TestKit.Formats;

/// <summary>A disk that fails: the bytes up to an offset, then an <see cref="IOException"/>.</summary>
public sealed class ThrowAtOffsetStream(byte[] content, int offset) : FiveByteStream(content[..offset], most: 64)
{
    public const string Message = "The disk failed.";

    public override int Read(Span<byte> buffer)
    {
        var read = base.Read(buffer);
        return read > 0 || buffer.Length == 0 ? read : throw new IOException(Message);
    }
}
