using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Pipeline.Ingestion;

/// <summary>
/// Batches on their way from the workers to the inserters, bounded by their bytes: two large ones fill it as well as a thousand small ones. It also
/// knows whether small files are being read, whose batches are worth waiting for. Any task.
/// </summary>
sealed class BatchQueue(long maxBytes)
{
    /// <summary>Batches at most, so that the smallest ones are bounded too.</summary>
    const int MaxBatches = 4096;

    readonly Channel<LoadBatch> _channel = Channel.CreateBounded<LoadBatch>(MaxBatches);
    readonly Budget _bytes = new(maxBytes);
    readonly Lock _lock = new();

    // Of the lock.
    int _expected;
    TaskCompletionSource _nothingExpected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Count => _channel.Reader.Count;

    /// <summary>Whether a batch of so many bytes could be put in without waiting; another writer may be faster.</summary>
    public bool HasRoomFor(long bytes) => _bytes.Has(bytes);

    /// <summary>Puts a batch in, once there is room for it. Cancelled, the batch is not in.</summary>
    public async ValueTask WriteAsync(LoadBatch batch, CancellationToken cancellationToken)
    {
        await _bytes.TakeAsync(batch.Rows.Bytes, cancellationToken);
        await _channel.Writer.WriteAsync(batch, cancellationToken);
    }

    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => _channel.Reader.WaitToReadAsync(cancellationToken);

    public bool TryRead([MaybeNullWhen(false)] out LoadBatch batch)
    {
        if (!_channel.Reader.TryRead(out batch))
        {
            return false;
        }

        _bytes.Return(batch.Rows.Bytes);
        return true;
    }

    /// <summary>A small file is being read: a batch of it may come soon. Answered by <see cref="Expected"/>, whether it came or not.</summary>
    public void Expect()
    {
        lock (_lock)
        {
            if (_expected++ == 0)
            {
                _nothingExpected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    public void Expected()
    {
        lock (_lock)
        {
            if (--_expected == 0)
            {
                _nothingExpected.SetResult();
            }
        }
    }

    /// <summary>Waits for a further batch as long as one is expected, and no longer than <paramref name="patience"/>. False: there is none now.</summary>
    public async ValueTask<bool> WaitForExpectedAsync(Task patience, CancellationToken cancellationToken)
    {
        Task nothing;
        lock (_lock)
        {
            if (Count > 0 || _expected == 0)
            {
                return Count > 0;
            }

            nothing = _nothingExpected.Task;
        }

        await Task.WhenAny(_channel.Reader.WaitToReadAsync(cancellationToken).AsTask(), nothing, patience);
        return Count > 0;
    }

    public void Complete() => _channel.Writer.Complete();
}
