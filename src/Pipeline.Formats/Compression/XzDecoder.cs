using System.Runtime.InteropServices;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Compression;

/// <summary>xz by the system's liblzma: concatenated streams and padding as the format allows, every check verified.</summary>
sealed unsafe partial class XzDecoder : IDecoder
{
    // lzma_ret and lzma_action of the library's stable interface (lzma/base.h), and two flags of lzma/container.h.
    const int Ok = 0;
    const int StreamEnd = 1;
    const int MemoryError = 5;
    const int MemoryLimitError = 6;
    const int FormatError = 7;
    const int OptionsError = 8;
    const int BufferError = 10;
    const int ActionRun = 0;
    const int ActionFinish = 3;
    const uint FlagConcatenated = 0x08;

    LzmaStream* _stream;

    /// <param name="maxWindowBytes">Memory that the decoder may use; <c>xz -9</c> needs 65 MiB.</param>
    public XzDecoder(int maxWindowBytes)
    {
        NativeLibraries.Require(NativeLibraries.Lzma);
        _stream = (LzmaStream*)NativeMemory.AllocZeroed((nuint)sizeof(LzmaStream));
        var result = lzma_stream_decoder(_stream, (ulong)maxWindowBytes, FlagConcatenated);
        if (result != Ok)
        {
            Dispose();
            throw new BadFileException(RejectCode.LimitExceeded, $"liblzma could not create a decoder (code {result}).");
        }
    }

    public bool AtFrameEnd { get; private set; }

    public (int Consumed, int Written) Decode(ReadOnlySpan<byte> input, Span<byte> output, bool lastInput)
    {
        ObjectDisposedException.ThrowIf(_stream is null, this);
        if (AtFrameEnd)
        {
            return (0, 0);
        }

        fixed (byte* source = input)
        fixed (byte* target = output)
        {
            _stream->NextIn = source;
            _stream->AvailIn = (nuint)input.Length;
            _stream->NextOut = target;
            _stream->AvailOut = (nuint)output.Length;
            var result = lzma_code(_stream, lastInput ? ActionFinish : ActionRun);
            var consumed = input.Length - (int)_stream->AvailIn;
            var written = output.Length - (int)_stream->AvailOut;
            switch (result)
            {
                case Ok:
                    break;
                case StreamEnd:
                    AtFrameEnd = true;
                    break;
                case BufferError:
                    // No progress was possible; harmless, and at the last input it means that the data is truncated.
                    break;
                case MemoryLimitError:
                    throw new BadFileException(RejectCode.LimitExceeded,
                        "The xz data needs more memory than a decoder may have; write it " +
                        "again with a smaller dictionary (xz -6)");
                case MemoryError:
                    throw new BadFileException(RejectCode.LimitExceeded, "There is no memory for the xz decoder.");
                case FormatError:
                    throw new InvalidDataException("bytes that are no xz stream");
                case OptionsError:
                    throw new InvalidDataException("it uses options that this liblzma does not know");
                default:
                    throw new InvalidDataException("a checksum or structure is wrong");
            }

            return (consumed, written);
        }
    }

    public void Dispose()
    {
        if (_stream is not null)
        {
            lzma_end(_stream);
            NativeMemory.Free(_stream);
            _stream = null;
        }
    }

    /// <summary>lzma_stream: the library keeps pointers to it, so it lives in native memory.</summary>
    [StructLayout(LayoutKind.Sequential)]
    struct LzmaStream
    {
        public byte* NextIn;
        public nuint AvailIn;
        public ulong TotalIn;
        public byte* NextOut;
        public nuint AvailOut;
        public ulong TotalOut;
        public nint Allocator;
        public nint Internal;
        public fixed ulong Reserved[10];
    }

    [LibraryImport(NativeLibraries.Lzma)]
    private static partial int lzma_stream_decoder(LzmaStream* stream, ulong memoryLimit, uint flags);

    [LibraryImport(NativeLibraries.Lzma)]
    private static partial int lzma_code(LzmaStream* stream, int action);

    [LibraryImport(NativeLibraries.Lzma)]
    private static partial void lzma_end(LzmaStream* stream);
}
