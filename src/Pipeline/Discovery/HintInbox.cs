using System.Threading.Channels;

namespace Pipeline.Discovery;

/// <summary>
/// What other threads tell the loop of <see cref="FileDiscovery"/>: paths with events, files settled or released, and that it should wake.
/// Bounded: too many hints become one wish for a full scan, which finds the same. Any thread may call it; the loop empties it.
/// </summary>
sealed class HintInbox
{
    const int MaxHints = 10_000;

    static readonly Dictionary<string, Arrival> s_noHints = [];
    static readonly List<(string Path, TimeSpan? RetryAfter)> s_noAnswers = [];

    // One waiting wake-up is as good as many.
    readonly Channel<bool> _wakeUps = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    readonly Lock _lock = new();

    // Guarded by _lock.
    Dictionary<string, Arrival> _hints = new(StringComparer.Ordinal);
    List<(string Path, TimeSpan? RetryAfter)> _answers = [];
    bool _rescan;

    public void Hint(string path, Arrival arrival)
    {
        lock (_lock)
        {
            if (_hints.Count >= MaxHints)
            {
                _hints.Clear();
                _rescan = true;
            }

            if (!_rescan)
            {
                ref var known = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_hints, path, out _);
                known = arrival > known ? arrival : known;
            }
        }

        Wake();
    }

    public void Rescan()
    {
        lock (_lock)
        {
            _rescan = true;
        }

        Wake();
    }

    /// <param name="path">As it was offered.</param>
    /// <param name="retryAfter">Null: settled.</param>
    public void Answer(string path, TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            _answers.Add((path, retryAfter));
        }

        Wake();
    }

    public void Wake() => _wakeUps.Writer.TryWrite(true);

    /// <summary>Completes when there is, or was, a reason to wake; clears it.</summary>
    public async Task WokenAsync(CancellationToken cancellationToken) => await _wakeUps.Reader.ReadAsync(cancellationToken);

    public (IReadOnlyDictionary<string, Arrival> Hints, IReadOnlyList<(string Path, TimeSpan? RetryAfter)> Answers, bool Rescan) Take()
    {
        lock (_lock)
        {
            // What is handed out is never written to again: an empty collection stays here, and nothing is handed out in its place.
            var taken = (_hints.Count > 0 ? _hints : s_noHints, _answers.Count > 0 ? _answers : s_noAnswers, _rescan);
            if (_hints.Count > 0)
            {
                _hints = new Dictionary<string, Arrival>(StringComparer.Ordinal);
            }

            if (_answers.Count > 0)
            {
                _answers = [];
            }

            _rescan = false;
            return taken;
        }
    }
}
