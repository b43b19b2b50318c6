using System.Numerics;
using System.Runtime.InteropServices;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Compression;

/// <summary>
/// zstd by the system's libzstd: any number of frames, skippable ones included, each with its checksum when it has one.
/// </summary>
sealed unsafe partial class ZstdDecoder : IDecoder
{
    const int WindowLogMax = 100;
    const int ErrorWindowTooLarge = 16;

    nint _stream;

    /// <param name="maxWindowBytes">Frames that need a larger window are refused; 1 KiB to 2 GiB.</param>
    public ZstdDecoder(int maxWindowBytes)
    {
        NativeLibraries.Require(NativeLibraries.Zstd);
        _stream = ZSTD_createDStream();
        if (_stream == 0)
        {
            throw new BadFileException(RejectCode.LimitExceeded, "There is no memory for a zstd decoder.");
        }

        _ = ZSTD_DCtx_setParameter(_stream, WindowLogMax, Math.Clamp(BitOperations.Log2((uint)maxWindowBytes), 10, 31));
    }

    public bool AtFrameEnd { get; private set; }

    public (int Consumed, int Written) Decode(ReadOnlySpan<byte> input, Span<byte> output, bool lastInput)
    {
        ObjectDisposedException.ThrowIf(_stream == 0, this);
        if (AtFrameEnd && input.IsEmpty)
        {
            return (0, 0);
        }

        fixed (byte* source = input)
        fixed (byte* target = output)
        {
            var from = new Buffer { Data = source, Size = (nuint)input.Length };
            var to = new Buffer { Data = target, Size = (nuint)output.Length };
            var result = ZSTD_decompressStream(_stream, ref to, ref from);
            if (ZSTD_isError(result) != 0)
            {
                throw ZSTD_getErrorCode(result) == ErrorWindowTooLarge
                    ? new BadFileException(RejectCode.LimitExceeded, "The zstd data needs more memory than a decoder may have " +
                        "(it was written with --long or --ultra); write it again without that")
                    : new InvalidDataException(Marshal.PtrToStringUTF8(ZSTD_getErrorName(result)) ?? "not a valid zstd frame");
            }

            AtFrameEnd = result == 0;
            return ((int)from.Position, (int)to.Position);
        }
    }

    public void Dispose()
    {
        if (_stream != 0)
        {
            _ = ZSTD_freeDStream(_stream);
            _stream = 0;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    struct Buffer
    {
        public byte* Data;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(NativeLibraries.Zstd)]
    private static partial nint ZSTD_createDStream();

    [LibraryImport(NativeLibraries.Zstd)]
    private static partial nuint ZSTD_freeDStream(nint stream);

    [LibraryImport(NativeLibraries.Zstd)]
    private static partial nuint ZSTD_DCtx_setParameter(nint stream, int parameter, int value);

    [LibraryImport(NativeLibraries.Zstd)]
    private static partial nuint ZSTD_decompressStream(nint stream, ref Buffer output, ref Buffer input);

    [LibraryImport(NativeLibraries.Zstd)]
    private static partial uint ZSTD_isError(nuint result);

    [LibraryImport(NativeLibraries.Zstd)]
    private static partial int ZSTD_getErrorCode(nuint result);

    [LibraryImport(NativeLibraries.Zstd)]
    private static partial nint ZSTD_getErrorName(nuint result);
}
