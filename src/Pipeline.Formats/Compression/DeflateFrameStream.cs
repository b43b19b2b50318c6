using System.Buffers;
using System.IO.Compression;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Compression;

/// <summary>What surrounds deflated data: a header, and a trailer with the checksum of the content.</summary>
interface IDeflateFrame
{
    string Name { get; }

    int TrailerLength { get; }

    /// <summary>True when another frame may follow (gzip members), with zeros between.</summary>
    bool MayRepeat { get; }

    /// <summary>Length of the header that starts here, 0 when more bytes are needed to know.</summary>
    /// <exception cref="InvalidDataException">These bytes are no header.</exception>
    int HeaderLength(ReadOnlySpan<byte> data);

    /// <summary>Starts the checksum anew.</summary>
    void Begin();

    /// <summary>Takes decompressed bytes into the checksum.</summary>
    void Append(ReadOnlySpan<byte> content);

    /// <summary>Writes the trailer that content with this checksum must have.</summary>
    void WriteTrailer(Span<byte> trailer);
}

/// <summary>
/// gzip and zlib, with the framing read here and only the deflated data by the framework (the fastest inflater there is for
/// .NET). The
/// framework's own streams take a truncated file for a shorter one and drop what follows after a member; here both are errors.
///
/// The framework's inflater reads ahead and does not tell where the deflated data ended. It is found by its trailer: the checksum
/// and
/// length that this class has computed must stand in the last chunk that the inflater was given, or right behind it. Chance finds
/// the
/// 64 bits of gzip elsewhere in a chunk of 8 KiB once in 10^15 members. A trailer that is not there means that data is damaged or
/// cut.
/// </summary>
sealed class DeflateFrameStream(SourceStream source, IDeflateFrame frame) : ForwardStream
{
    // At least a chunk, a header without its name and comment, and a trailer.
    const int BufferBytes = 64 << 10;

    readonly byte[] _trailer = new byte[8];
    byte[]? _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    DeflateStream? _inflater;

    // _buffer holds [chunkStart, start): the chunk given to the inflater last, and [start, end): bytes not given yet.
    int _chunkStart;
    int _start;
    int _end;
    bool _sourceEnded;
    bool _anyFrame;

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_buffer is null, this);
        if (buffer.IsEmpty)
        {
            return 0;
        }

        while (true)
        {
            if (_inflater is null && !OpenFrame())
            {
                return 0;
            }

            var read = _inflater!.Read(buffer);
            if (read > 0)
            {
                frame.Append(buffer[..read]);
                return read;
            }

            CloseFrame();
        }
    }

    bool OpenFrame()
    {
        if (_anyFrame)
        {
            if (!SkipPadding())
            {
                return false;
            }

            if (!frame.MayRepeat)
            {
                throw new InvalidDataException($"bytes follow after the end of the {frame.Name} stream");
            }
        }

        int length;
        while ((length = frame.HeaderLength(_buffer.AsSpan(_start, _end - _start))) == 0)
        {
            if (!Fill())
            {
                throw _sourceEnded ? Truncated() : new InvalidDataException("its header is longer than 64 KiB");
            }
        }

        _start += length;
        _chunkStart = _start;
        _anyFrame = true;
        frame.Begin();
        _inflater = new DeflateStream(new Chunks(this), CompressionMode.Decompress, leaveOpen: false);
        return true;
    }

    void CloseFrame()
    {
        _inflater!.Dispose();
        _inflater = null;
        while (_end - _start < frame.TrailerLength && Fill())
        {
        }

        var expected = _trailer.AsSpan(0, frame.TrailerLength);
        frame.WriteTrailer(expected);
        var searched = _buffer.AsSpan(_chunkStart, Math.Min(_end, _start + expected.Length) - _chunkStart);

        // A frame that may not repeat ends the file, so its trailer is the last thing in it.
        var at = frame.MayRepeat || !_sourceEnded ? searched.IndexOf(expected) : searched.LastIndexOf(expected);
        if (at < 0)
        {
            throw _sourceEnded && _start == _end
                ? Truncated()
                : new InvalidDataException(
                    $"the checksum or length at the end of the {frame.Name} data does not fit its content");
        }

        _start = _chunkStart + at + expected.Length;
        _chunkStart = _start;
    }

    /// <summary>Passes over zeros, which tapes and block devices leave after the data. False at the end of the content.</summary>
    bool SkipPadding()
    {
        while (true)
        {
            while (_start < _end && _buffer![_start] == 0)
            {
                _start++;
            }

            _chunkStart = _start;
            if (_start < _end)
            {
                return true;
            }

            if (!Fill())
            {
                return false;
            }
        }
    }

    /// <summary>
    /// Reads more bytes behind <see cref="_end"/>, keeping the last chunk. False at the end of the source or of the room.
    /// </summary>
    bool Fill()
    {
        if (_sourceEnded)
        {
            return false;
        }

        if (_chunkStart > 0)
        {
            _buffer.AsSpan(_chunkStart, _end - _chunkStart).CopyTo(_buffer);
            _start -= _chunkStart;
            _end -= _chunkStart;
            _chunkStart = 0;
        }

        if (_end == _buffer!.Length)
        {
            return false;
        }

        var read = source.Read(_buffer.AsSpan(_end));
        _end += read;
        _sourceEnded = read == 0;
        return read > 0;
    }

    int GiveChunk(Span<byte> buffer)
    {
        _chunkStart = _start;
        if (_start == _end && !Fill())
        {
            return 0;
        }

        var length = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, length).CopyTo(buffer);
        _start += length;
        return length;
    }

    BadFileException Truncated() =>
        new(RejectCode.CorruptFile,
            $"The {frame.Name} data is truncated or its checksum is wrong; copy or download the file again");

    protected override void Dispose(bool disposing)
    {
        if (disposing && _buffer is { } buffer)
        {
            _buffer = null;
            _inflater?.Dispose();
            ArrayPool<byte>.Shared.Return(buffer);
        }

        base.Dispose(disposing);
    }

    /// <summary>What the inflater reads from.</summary>
    sealed class Chunks(DeflateFrameStream owner) : ForwardStream
    {
        public override int Read(Span<byte> buffer) => owner.GiveChunk(buffer);
    }
}
