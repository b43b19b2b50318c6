using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Pipeline.Formats.Native;

namespace Pipeline.ClickHouse;

/// <summary>A request body that is written while it is sent: nothing of it is kept.</summary>
sealed class StreamedContent : HttpContent
{
    readonly Func<Stream, CancellationToken, Task> _write;
    readonly bool _gzip;
    readonly long? _length;
    readonly CancellationToken _cancellation;

    /// <param name="length">Bytes that are written, before compression; null: not known. A receiver passes on a body of known length without
    /// looking for the ends of chunks.</param>
    /// <param name="cancellation">Of the caller: <see cref="HttpClient"/> itself passes its own only to some overloads.</param>
    public StreamedContent(Func<Stream, CancellationToken, Task> write, long? length, bool gzip, CancellationToken cancellation)
    {
        _write = write;
        _gzip = gzip;
        _length = gzip ? null : length;
        _cancellation = cancellation;
        if (gzip)
        {
            Headers.ContentEncoding.Add("gzip");
        }
    }

    /// <summary>
    /// The fault of the writer itself (not of the connection), so that it is not taken for one of the transport.
    /// </summary>
    public Exception? WriterFault { get; private set; }

    /// <summary>The body has been asked for: the server may have seen the request.</summary>
    public bool Started { get; private set; }

    /// <summary>Bytes that <see cref="Blocks"/> writes.</summary>
    public static long BytesOf(string? statement, IReadOnlyList<IReadOnlyList<NamedColumn>> blocks) =>
        (statement is null ? 0 : Encoding.UTF8.GetByteCount(statement) + 1) + blocks.Sum(NativeBlockWriter.BytesOf);

    /// <summary>A body of an optional text (the statement) and blocks.</summary>
    public static Func<Stream, CancellationToken,
        Task> Blocks(string? statement, IReadOnlyList<IReadOnlyList<NamedColumn>> blocks) =>
        async (stream, cancellation) =>
        {
            const int SegmentBytes = 128 * 1024;

            var pipe = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: SegmentBytes, leaveOpen: true));
            try
            {
                if (statement is not null)
                {
                    Encoding.UTF8.GetBytes(statement, pipe);
                    pipe.Write("\n"u8);
                }

                foreach (var block in blocks)
                {
                    await NativeBlockWriter.WriteAsync(pipe, block, cancellation);
                }
            }
            finally
            {
                await pipe.CompleteAsync();
            }
        };

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, _cancellation);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context,
        CancellationToken cancellationToken)
    {
        Started = true;
        var guarded = new FaultMarkingStream(stream);
        try
        {
            if (_gzip)
            {
                await using var gzip = new GZipStream(guarded, CompressionLevel.Fastest, leaveOpen: true);
                await _write(gzip, cancellationToken);
            }
            else
            {
                await _write(guarded, cancellationToken);
            }
        }
        catch (Exception e) when (!guarded.HasFailed && e is not OperationCanceledException)
        {
            WriterFault = e;
            throw;
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length ?? 0;
        return _length is not null;
    }

    /// <summary>Remembers that the connection failed under a write.</summary>
    sealed class FaultMarkingStream(Stream inner) : Stream
    {
        public bool HasFailed { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                await inner.WriteAsync(buffer, cancellationToken);
            }
            catch
            {
                HasFailed = true;
                throw;
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        // The connection flushes itself at the end of the body; flushing each slice would send small packets.
        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush()
        {
        }

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException("Bodies are written asynchronously.");

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
