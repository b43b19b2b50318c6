using System.Buffers;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Compression;

/// <summary>
/// A block-wise decoder: bytes in, bytes out, whatever fits. Errors of the data are <see cref="InvalidDataException"/>.
/// </summary>
interface IDecoder : IDisposable
{
    /// <summary>True between frames: the content may end here.</summary>
    bool AtFrameEnd { get; }

    /// <summary>
    /// Decodes as much as fits. Without progress (0, 0) it needs more input, or more output when it holds some back.
    /// </summary>
    /// <param name="input">Compressed bytes; empty is fine.</param>
    /// <param name="output">Room for decompressed bytes; not empty.</param>
    /// <param name="lastInput">No input follows after this.</param>
    (int Consumed, int Written) Decode(ReadOnlySpan<byte> input, Span<byte> output, bool lastInput);
}

/// <summary>Pumps a decoder. Owns the decoder and one pooled buffer of 64 KiB, not the source.</summary>
sealed class DecoderStream(SourceStream source, IDecoder decoder, string name) : ForwardStream
{
    byte[]? _buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
    int _start;
    int _end;
    bool _sourceEnded;

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_buffer is null, this);
        if (buffer.IsEmpty)
        {
            return 0;
        }

        while (true)
        {
            if (_start == _end && !_sourceEnded)
            {
                _start = 0;
                _end = source.Read(_buffer);
                _sourceEnded = _end == 0;
            }

            var (consumed, written) = decoder.Decode(_buffer.AsSpan(_start, _end - _start), buffer, _sourceEnded);
            _start += consumed;
            if (written > 0)
            {
                return written;
            }

            if (_start == _end && _sourceEnded)
            {
                return decoder.AtFrameEnd
                    ? 0
                    : throw new BadFileException(RejectCode.CorruptFile,
                        $"The {name} data is truncated; copy or download the file again");
            }

            if (consumed == 0 && _start < _end)
            {
                throw new InvalidDataException("the decoder makes no progress");
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
            decoder.Dispose();
        }

        base.Dispose(disposing);
    }
}
