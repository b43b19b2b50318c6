using System.IO.Pipelines;
using Pipeline.Formats.Compression;

namespace Pipeline.Ingestion;

/// <summary>Reads a stream on another core, ahead of whoever reads this one; a fault of the stream is thrown where it is read here. Owns the stream.</summary>
sealed class ReadAheadStream : ForwardStream
{
    /// <summary>One read of the stream: large against the cost of waking another task, small against a cache.</summary>
    const int ChunkBytes = 128 << 10;

    /// <summary>How far it is ahead at most.</summary>
    const int AheadBytes = 1 << 20;

    readonly Stream _inner;
    readonly Pipe _pipe = new(new PipeOptions(
        pauseWriterThreshold: AheadBytes, resumeWriterThreshold: AheadBytes / 2, minimumSegmentSize: ChunkBytes, useSynchronizationContext: false));

    readonly Stream _ahead;
    readonly CancellationTokenSource _stop = new();
    readonly Task _reading;
    bool _isDisposed;

    public ReadAheadStream(Stream inner)
    {
        _inner = inner;
        _ahead = _pipe.Reader.AsStream();
        _reading = Task.Run(FillAsync);
    }

    public override int Read(Span<byte> buffer) => _ahead.Read(buffer);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _ahead.ReadAsync(buffer, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pipe.Reader.CompleteAsync();
        await _reading;
        await _inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _stop.Cancel();
            _pipe.Reader.Complete();
            _reading.GetAwaiter().GetResult();
            _inner.Dispose();
            _stop.Dispose();
        }

        base.Dispose(disposing);
    }

    async Task FillAsync()
    {
        Exception? fault = null;
        try
        {
            while (await _inner.ReadAsync(_pipe.Writer.GetMemory(ChunkBytes), _stop.Token) is var read and > 0)
            {
                _pipe.Writer.Advance(read);
                if ((await _pipe.Writer.FlushAsync(_stop.Token)).IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception e)
        {
            fault = e;
        }

        await _pipe.Writer.CompleteAsync(fault);
    }
}
