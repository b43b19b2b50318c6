using Pipeline.Ledger;

namespace Pipeline.Ingestion;

/// <summary>
/// The hash of one content, by the cheaper of two ways: a pass of its own on another core while the rows are read; or, where each pass must
/// decompress, along with the first pass that reads to the end. One task asks; disposing it waits until nothing is read any more.
/// </summary>
sealed class ContentHashing : IAsyncDisposable
{
    readonly FileContent _content;
    readonly CancellationTokenSource _stop;
    Task<ContentHash>? _ownPass;

    /// <param name="isAlong">Along with the reading; the caller reads on without asking for the hash as long as it can.</param>
    public ContentHashing(FileContent content, bool isAlong, CancellationToken cancellationToken)
    {
        _content = content;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (isAlong)
        {
            content.HashAlong();
        }
        else
        {
            _ownPass = StartOwnPass();
        }
    }

    /// <summary>Whether asking for it takes no time.</summary>
    public bool IsKnown => (_ownPass ?? _content.HashedAlong).IsCompleted;

    /// <summary>The hash. Where no pass has come to the end yet, one is made for it.</summary>
    /// <exception cref="Formats.Records.BadFileException">The content cannot be read to its end.</exception>
    public Task<ContentHash> GetAsync() => _content.HashedAlong is { IsCompleted: true } along ? along : _ownPass ??= StartOwnPass();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_ownPass is not null)
        {
            // Whoever needed it has had its fault.
            await ((Task)_ownPass).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stop.Dispose();
    }

    // Of what is in memory it takes no longer than asking another core to. Otherwise it is on a thread of its own, which it does not leave before the end: seconds for a
    // large file, in which the threads of the pool have other things to do.
    Task<ContentHash> StartOwnPass() => _content.IsInMemory
        ? _content.HashAsync(_stop.Token)
        : Task.Factory.StartNew(() => _content.HashAsync(_stop.Token), _stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
}
