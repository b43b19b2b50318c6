namespace Pipeline.TestKit.Formats;

/// <summary>
/// A stream whose every read completes later, with a length from a seeded sequence. Cancels a source after some reads, if asked.
/// </summary>
public sealed class SlowStream(
    byte[] content, int seed, CancellationTokenSource? cancel = null, int cancelAfterReads = int.MaxValue)
    : FiveByteStream(content, int.MaxValue)
{
    readonly Random _random = new(seed);
    int _reads;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        if (++_reads > cancelAfterReads && cancel is not null)
        {
            await cancel.CancelAsync();
        }

        cancellationToken.ThrowIfCancellationRequested();
        return Read(buffer.Span[..Math.Min(buffer.Length, _random.Next(1, 200))]);
    }
}
