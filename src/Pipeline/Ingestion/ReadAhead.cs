using Pipeline.Formats.Records;

namespace Pipeline.Ingestion;

/// <summary>
/// Reads the next block of records on another core (inline: when it is asked for) while the last one is typed. Two blocks take turns: the one handed out is valid until the next
/// call. One task uses it; it owns the blocks, not the reader.
/// </summary>
sealed class ReadAhead(RecordReader reader, FieldBlock front, FieldBlock back, bool isInline, CancellationToken cancellationToken) : IAsyncDisposable
{
    FieldBlock _handed = front;
    FieldBlock _filling = back;
    Task<bool>? _pending;

    /// <summary>The next block; null when there is none.</summary>
    public async ValueTask<FieldBlock?> NextAsync()
    {
        _pending ??= Read(_filling);
        if (!await _pending)
        {
            return null;
        }

        (_handed, _filling) = (_filling, _handed);
        _pending = Read(_filling);
        return _handed;
    }

    /// <summary>Whether a block follows the one that was handed out.</summary>
    public Task<bool> HasMoreAsync() => _pending ??= Read(_filling);

    /// <summary>Waits for the read under way: the reader may be disposed afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_pending is not null)
        {
            // Its fault, if any, was thrown where its block was asked for; one that nobody asked for is of no consequence.
            await ((Task)_pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _handed.Dispose();
        _filling.Dispose();
    }

    Task<bool> Read(FieldBlock block) => isInline
        ? reader.ReadAsync(block, cancellationToken).AsTask()
        : Task.Run(() => reader.ReadAsync(block, cancellationToken).AsTask(), cancellationToken);
}
