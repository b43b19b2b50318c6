using Pipeline.Formats.Compression;

namespace Pipeline.Ingestion.Containers;

/// <summary>A stream that is read forward and takes what it depends on with it when it is disposed.</summary>
sealed class OwningStream(Stream inner, params IDisposable[] owned) : ForwardStream
{
    public override int Read(Span<byte> buffer) => inner.Read(buffer);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            foreach (var thing in owned)
            {
                thing.Dispose();
            }
        }

        base.Dispose(disposing);
    }
}
