using ICSharpCode.SharpZipLib.BZip2;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Compression;

/// <summary>
/// bzip2, also several streams one after the other as parallel compressors write them. The library's decoder reads its source
/// byte by
/// byte, so where one stream ends is known exactly.
/// </summary>
sealed class Bzip2Stream : ForwardStream
{
    readonly BufferedStream _source;
    BZip2InputStream? _member;
    bool _any;

    public Bzip2Stream(SourceStream source) => _source = new BufferedStream(new NonOwningStream(source), 64 << 10);

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            if (_member is null && !OpenNext())
            {
                return 0;
            }

            int read;
            try
            {
                read = _member!.Read(buffer);
            }
            catch (EndOfStreamException)
            {
                throw Truncated();
            }
            catch (BZip2Exception e) when (e.Message.Contains("EOF", StringComparison.OrdinalIgnoreCase))
            {
                throw Truncated();
            }

            if (read > 0)
            {
                return read;
            }

            _member = null;
        }
    }

    bool OpenNext()
    {
        Span<byte> first = stackalloc byte[1];
        if (_source.Read(first) == 0)
        {
            return !_any ? throw Truncated() : false;
        }

        if (first[0] != (byte)'B')
        {
            throw new InvalidDataException("bytes follow after the end of a bzip2 stream that are not another one");
        }

        _any = true;
        _member = new BZip2InputStream(new PrefixedStream(first[0], _source)) { IsStreamOwner = false };
        return true;
    }

    static BadFileException Truncated() =>
        new(RejectCode.CorruptFile, "The bzip2 data is truncated; copy or download the file again");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    sealed class NonOwningStream(SourceStream source) : ForwardStream
    {
        public override int Read(Span<byte> buffer) => source.Read(buffer);
    }

    sealed class PrefixedStream(byte first, Stream rest) : ForwardStream
    {
        bool _firstGiven;

        public override int ReadByte()
        {
            if (_firstGiven)
            {
                return rest.ReadByte();
            }

            _firstGiven = true;
            return first;
        }

        public override int Read(Span<byte> buffer)
        {
            if (_firstGiven || buffer.IsEmpty)
            {
                return rest.Read(buffer);
            }

            _firstGiven = true;
            buffer[0] = first;
            return 1;
        }
    }
}
