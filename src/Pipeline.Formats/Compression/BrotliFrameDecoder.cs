using System.Buffers;
using System.IO.Compression;

namespace Pipeline.Formats.Compression;

/// <summary>Brotli by the framework's decoder, which (unlike its stream) tells a finished stream from a truncated one.</summary>
sealed class BrotliFrameDecoder : IDecoder
{
    BrotliDecoder _decoder;

    public bool AtFrameEnd { get; private set; }

    public (int Consumed, int Written) Decode(ReadOnlySpan<byte> input, Span<byte> output, bool lastInput)
    {
        if (AtFrameEnd)
        {
            return input.IsEmpty ? (0, 0) : throw new InvalidDataException("bytes follow after the end of the brotli stream");
        }

        var status = _decoder.Decompress(input, output, out var consumed, out var written);
        AtFrameEnd = status == OperationStatus.Done;
        return status == OperationStatus.InvalidData
            ? throw new InvalidDataException("not a valid brotli stream")
            : (consumed, written);
    }

    public void Dispose() => _decoder.Dispose();
}
