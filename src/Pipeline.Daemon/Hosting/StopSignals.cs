using System.Runtime.InteropServices;

namespace Pipeline.Daemon.Hosting;

/// <summary>
/// SIGINT and SIGTERM as two wishes: the first asks for a soft stop (finish open files), the second for a hard one (abandon
/// them). The third gets the system's own treatment.
/// </summary>
sealed class StopSignals : IDisposable
{
    /// <summary>
    /// Signals closer together than this are one wish: timeout(1), dotnet run and init systems signal the process and then its
    /// group.
    /// </summary>
    internal static readonly TimeSpan EchoInterval = TimeSpan.FromMilliseconds(300);

    readonly CancellationTokenSource _soft = new();
    readonly CancellationTokenSource _hard = new();
    readonly List<PosixSignalRegistration> _registrations = [];
    readonly Action<int> _onSignal;
    readonly TimeProvider _time;
    readonly Lock _lock = new();

    // Guarded by _lock.
    int _count;
    long _lastWish;

    /// <param name="onSignal">Told the number of the wish, 1 or 2, before its token is cancelled.</param>
    public StopSignals(Action<int> onSignal, TimeProvider time)
    {
        _onSignal = onSignal;
        _time = time;
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context => context.Cancel = Wish()));
        }
    }

    public CancellationToken Soft => _soft.Token;

    public CancellationToken Hard => _hard.Token;

    /// <summary>One more wish to stop. False when there is nothing left to wish for.</summary>
    internal bool Wish()
    {
        int count;
        lock (_lock)
        {
            if (_count > 0 && _time.GetElapsedTime(_lastWish) < EchoInterval)
            {
                return true;
            }

            _lastWish = _time.GetTimestamp();
            count = ++_count;
        }

        if (count > 2)
        {
            return false;
        }

        _onSignal(count);
        (count == 1 ? _soft : _hard).Cancel();
        return true;
    }

    public void Dispose()
    {
        _registrations.ForEach(r => r.Dispose());
        _soft.Dispose();
        _hard.Dispose();
    }
}
