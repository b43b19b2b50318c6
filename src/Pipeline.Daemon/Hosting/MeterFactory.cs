using System.Diagnostics.Metrics;

namespace Pipeline.Daemon.Hosting;

/// <summary>Makes the meters of one process and ends them with it.</summary>
sealed class MeterFactory : IMeterFactory
{
    // Guarded by itself.
    readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        lock (_meters)
        {
            _meters.Add(meter);
        }

        return meter;
    }

    public void Dispose()
    {
        lock (_meters)
        {
            _meters.ForEach(m => m.Dispose());
            _meters.Clear();
        }
    }
}
