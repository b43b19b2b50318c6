using System.Runtime.InteropServices;

namespace Pipeline.Daemon.Hosting;

/// <summary>
/// SIGINT and SIGTERM as two wishes: the first asks for a soft stop (finish open files), the second for a hard one (abandon them). The
/// third gets the system's own treatment.
/// </summary>
sealed class StopSignals : IDisposable
{
    readonly CancellationTokenSource _soft = new();
    readonly CancellationTokenSource _hard = new();
    readonly List<PosixSignalRegistration> _registrations = [];
    readonly Action<int> _onSignal;
    int _count;

    /// <param name="onSignal">Told the number of the wish, 1 or 2, before its token is cancelled.</param>
    public StopSignals(Action<int> onSignal)
    {
        _onSignal = onSignal;
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
        var count = Interlocked.Increment(ref _count);
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
