using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Pipeline.Ingestion;

/// <summary>
/// Files that were read and whose end is not known yet: each goes to the settler when it is. They wait here without a worker, so many at the most: else a backlog
/// that is settled more slowly than it is read would be in memory as a whole. Any task.
/// </summary>
/// <param name="settled">Where the settler takes them from.</param>
/// <param name="most">How many wait.</param>
sealed class SettlingQueue(ChannelWriter<SettledFile> settled, int most)
{
    readonly ConcurrentDictionary<Task, byte> _waiting = new();
    readonly Budget _room = new(most);

    /// <summary>Completes when the file has its place: it goes on by itself.</summary>
    /// <param name="end">What becomes of the file.</param>
    /// <param name="cancellationToken">Ends the wait for a place.</param>
    public async ValueTask AddAsync(Task<SettledFile> end, CancellationToken cancellationToken)
    {
        await _room.TakeAsync(1, cancellationToken);
        var forward = ForwardAsync(end);
        _waiting.TryAdd(forward, 0);
        _ = forward.ContinueWith(done => done.IsCompletedSuccessfully && _waiting.TryRemove(done, out _), TaskScheduler.Default);
    }

    /// <summary>Completes when every file that was added is with the settler. For the time when none is added any more.</summary>
    public Task AllForwardedAsync() => Task.WhenAll(_waiting.Keys);

    async Task ForwardAsync(Task<SettledFile> end)
    {
        // Off the worker's own stack: the rest runs on whichever task answers last.
        await Task.Yield();
        try
        {
            await settled.WriteAsync(await end);
        }
        finally
        {
            _room.Return(1);
        }
    }
}
