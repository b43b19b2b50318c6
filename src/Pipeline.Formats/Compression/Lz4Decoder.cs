using System.Runtime.InteropServices;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Compression;

/// <summary>
/// lz4 frames by the system's liblz4, one after the other. The decoder holds at most one block (4 MiB) and 64 KiB of history.
/// </summary>
sealed unsafe partial class Lz4Decoder : IDecoder
{
    // LZ4F_VERSION: fixed since the frame library exists.
    const uint Version = 100;

    nint _context;

    public Lz4Decoder()
    {
        NativeLibraries.Require(NativeLibraries.Lz4);
        if (LZ4F_isError(LZ4F_createDecompressionContext(out _context, Version)) != 0)
        {
            throw new BadFileException(RejectCode.LimitExceeded, "There is no memory for an lz4 decoder.");
        }
    }

    public bool AtFrameEnd { get; private set; }

    public (int Consumed, int Written) Decode(ReadOnlySpan<byte> input, Span<byte> output, bool lastInput)
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        if (AtFrameEnd && input.IsEmpty)
        {
            return (0, 0);
        }

        fixed (byte* source = input)
        fixed (byte* target = output)
        {
            var consumed = (nuint)input.Length;
            var written = (nuint)output.Length;
            var result = LZ4F_decompress(_context, target, ref written, source, ref consumed, 0);
            if (LZ4F_isError(result) != 0)
            {
                throw new InvalidDataException(Marshal.PtrToStringUTF8(LZ4F_getErrorName(result)) ?? "not a valid lz4 frame");
            }

            AtFrameEnd = result == 0;
            return ((int)consumed, (int)written);
        }
    }

    public void Dispose()
    {
        if (_context != 0)
        {
            _ = LZ4F_freeDecompressionContext(_context);
            _context = 0;
        }
    }

    [LibraryImport(NativeLibraries.Lz4)]
    private static partial nuint LZ4F_createDecompressionContext(out nint context, uint version);

    [LibraryImport(NativeLibraries.Lz4)]
    private static partial nuint LZ4F_freeDecompressionContext(nint context);

    [LibraryImport(NativeLibraries.Lz4)]
    private static partial nuint LZ4F_decompress(
        nint context, byte* target, ref nuint targetSize, byte* source, ref nuint sourceSize, nint options);

    [LibraryImport(NativeLibraries.Lz4)]
    private static partial uint LZ4F_isError(nuint result);

    [LibraryImport(NativeLibraries.Lz4)]
    private static partial nint LZ4F_getErrorName(nuint result);
}
