using Microsoft.Win32.SafeHandles;

namespace Pipeline.Formats.Parts;

/// <summary>
/// Brings a file to the disk while it is written, on a worker of the pool, so that little is left to wait for at its end. A sync that failed is the last one: the next
/// would succeed without having written anything (fsync(2) reports a fault once). One task writes; it does not own the file.
/// </summary>
sealed class SyncBehind(SafeFileHandle file)
{
    /// <summary>Bytes that are worth a sync: 5 to 30 ms of a disk.</summary>
    const int StepBytes = 8 << 20;

    Task _syncing = Task.CompletedTask;
    Task? _ended;
    long _length;
    long _asked;
    long _onDisk;

    /// <summary>Bytes that were written and that the disk does not have yet.</summary>
    public long LeftBytes => _length - Volatile.Read(ref _onDisk);

    /// <param name="length">Bytes of the file that are written.</param>
    public void Wrote(long length)
    {
        _length = length;
        if (length - _asked >= StepBytes && _syncing.IsCompletedSuccessfully)
        {
            _syncing = SyncAsync();
        }
    }

    /// <summary>Nothing more is written. Completes when the disk has all of it; may be asked again.</summary>
    /// <exception cref="IOException">The disk did not take it, now or before.</exception>
    public Task EndAsync() => _ended ??= SyncRestAsync();

    async Task SyncRestAsync()
    {
        await _syncing;
        await SyncAsync();
    }

    Task SyncAsync()
    {
        var length = _asked = _length;
        return Task.Run(() =>
        {
            RandomAccess.FlushToDisk(file);
            Volatile.Write(ref _onDisk, length);
        });
    }
}
