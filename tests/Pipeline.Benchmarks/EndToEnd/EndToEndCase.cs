namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>
/// A load that is measured in two ways on the same data: by us and by a reference. Both loads are checked after every run.
/// </summary>
abstract class EndToEndCase
{
    public abstract string Name { get; }

    public abstract string Description { get; }

    /// <summary>What <see cref="RunReferenceAsync"/> does, in a few words.</summary>
    public abstract string Reference { get; }

    public abstract long DefaultRows { get; }

    /// <summary>Our speed divided by the speed of the reference: below it the case fails.</summary>
    public abstract double Floor { get; }

    /// <summary>Writes the data, unmeasured, and learns what a right load looks like. Returns the bytes that both sides read.</summary>
    public abstract Task<long> PrepareAsync(Bench bench, long rows, CancellationToken cancellation);

    /// <summary>One load by us into a table of its own, checked.</summary>
    public abstract Task<Measurement> RunOursAsync(Bench bench, CancellationToken cancellation);

    /// <summary>One load by the reference into a table of its own, checked.</summary>
    public abstract Task<Measurement> RunReferenceAsync(Bench bench, CancellationToken cancellation);
}

/// <summary>A load ended with other rows than the data holds: no figure of such a run counts.</summary>
sealed class WrongLoadException(string message) : Exception(message);
