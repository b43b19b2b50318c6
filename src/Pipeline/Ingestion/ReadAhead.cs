using System.Threading.Channels;
using Pipeline.Formats.Records;

namespace Pipeline.Ingestion;

/// <summary>
/// Reads blocks of records on another core (inline: when they are asked for) while those before them are typed. The blocks take turns: the one handed out is
/// valid until the next call. One task uses it; it owns the blocks, not the reader.
/// </summary>
sealed class ReadAhead : IAsyncDisposable
{
    readonly RecordReader _reader;
    readonly IReadOnlyList<FieldBlock> _blocks;
    readonly bool _isInline;
    readonly CancellationToken _cancellation;
    readonly Channel<FieldBlock> _free = NewChannel();
    readonly Channel<FieldBlock> _filled = NewChannel();
    FieldBlock? _handed;
    Task? _reading;
    volatile bool _isDisposed;

    /// <param name="reader">Used by nobody else until this is disposed.</param>
    /// <param name="blocks">Two at least; a third one lets either side be late without the other waiting for it.</param>
    /// <param name="isInline">On the task that asks.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public ReadAhead(RecordReader reader, IReadOnlyList<FieldBlock> blocks, bool isInline, CancellationToken cancellationToken)
    {
        (_reader, _blocks, _isInline, _cancellation) = (reader, blocks, isInline, cancellationToken);
        foreach (var block in blocks)
        {
            _free.Writer.TryWrite(block);
        }
    }

    /// <summary>The next block; null when there is none.</summary>
    public async ValueTask<FieldBlock?> NextAsync()
    {
        if (_handed is not null)
        {
            _free.Writer.TryWrite(_handed);
            _handed = null;
        }

        return await HasMoreAsync() && _filled.Reader.TryRead(out _handed) ? _handed : null;
    }

    /// <summary>Whether a block follows the one that was handed out.</summary>
    public async ValueTask<bool> HasMoreAsync()
    {
        if (!_isInline)
        {
            _reading ??= Task.Run(FillAllAsync);
        }
        else if (!_filled.Reader.TryPeek(out _) && !_filled.Reader.Completion.IsCompleted)
        {
            await FillAsync();
        }

        return await _filled.Reader.WaitToReadAsync();
    }

    /// <summary>Waits for the read under way: the reader may be disposed afterwards. A fault of a block that nobody asked for is of no consequence.</summary>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        _free.Writer.TryComplete();
        if (_reading is not null)
        {
            await _reading;
        }

        foreach (var block in _blocks)
        {
            block.Dispose();
        }
    }

    static Channel<FieldBlock> NewChannel() => Channel.CreateUnbounded<FieldBlock>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    async Task FillAllAsync()
    {
        while (await _free.Reader.WaitToReadAsync() && !_isDisposed && await FillAsync())
        {
        }
    }

    // False: no block follows. A fault is thrown where the block is asked for.
    async ValueTask<bool> FillAsync()
    {
        try
        {
            if (_free.Reader.TryRead(out var block) && await _reader.ReadAsync(block, _cancellation))
            {
                return _filled.Writer.TryWrite(block);
            }

            _filled.Writer.TryComplete();
        }
        catch (Exception e)
        {
            _filled.Writer.TryComplete(e);
        }

        return false;
    }
}
