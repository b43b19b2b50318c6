using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Pipeline.Telemetry;

/// <summary>
/// Keeps what instruments report and writes it in Prometheus' text format 0.0.4. Listens to the given meters only, from
/// construction on. Each instrument keeps at most <see cref="MaxSeries"/> combinations of labels; what comes beyond is added up
/// in one series whose label values are all <c>other</c>, counted in <c>pipeline_metrics_folded_total</c>, and said once.
/// </summary>
public sealed class PrometheusExporter : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>1,000 datasets in one outcome each; beyond that a scrape takes megabytes and Prometheus suffers.</summary>
    public const int DefaultMaxSeries = 1000;

    /// <summary>Where an instrument gives no boundaries: Prometheus' own defaults.</summary>
    static readonly double[] s_defaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    readonly MeterListener _listener = new();
    readonly Lock _lock = new();

    // Guarded by _lock.
    readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    readonly Dictionary<string, long> _folded = new(StringComparer.Ordinal);

    readonly Action<string>? _onFolded;

    /// <param name="meters">The meters to listen to.</param>
    /// <param name="onFolded">Called once per instrument, with its name, when it has too many combinations of labels.</param>
    public PrometheusExporter(
        IReadOnlyCollection<Meter> meters, Action<string>? onFolded = null, int maxSeries = DefaultMaxSeries)
    {
        _onFolded = onFolded;
        MaxSeries = maxSeries;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (meters.Contains(instrument.Meter))
            {
                listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
            }
        };
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Record(value, tags, state));
        _listener.Start();
    }

    /// <summary>Combinations of labels kept per instrument.</summary>
    public int MaxSeries { get; }

    /// <summary>The state of all instruments now. Observable ones are read here.</summary>
    public string Export()
    {
        lock (_lock)
        {
            foreach (var family in _families.Values)
            {
                family.ForgetObserved();
            }
        }

        _listener.RecordObservableInstruments();

        var text = new StringBuilder(16 * 1024);
        lock (_lock)
        {
            foreach (var family in _families.Values)
            {
                family.Write(text);
            }

            WriteFolded(text);
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    MetricFamily FamilyOf(Instrument instrument)
    {
        var observable = instrument.IsObservable;
        var kind = instrument.GetType().Name switch
        {
            var n when n.StartsWith("Histogram", StringComparison.Ordinal) => MetricKind.Histogram,
            var n when n.StartsWith("Counter", StringComparison.Ordinal) => MetricKind.Counter,
            var n when n.StartsWith("ObservableCounter", StringComparison.Ordinal) => MetricKind.Counter,
            _ => MetricKind.Gauge,
        };
        var accumulates = !observable
            && (kind == MetricKind.Counter || instrument.GetType().Name.StartsWith("UpDown", StringComparison.Ordinal));
        var buckets = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray() ?? s_defaultBuckets;
        lock (_lock)
        {
            if (!_families.TryGetValue(instrument.Name, out var family))
            {
                family = new MetricFamily(instrument.Name, instrument.Description ?? "", kind, accumulates, observable, buckets);
                _families.Add(instrument.Name, family);
            }

            return family;
        }
    }

    void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var family = (MetricFamily)state!;
        var isFirstFold = false;
        lock (_lock)
        {
            if (!family.Record(value, MetricFamily.Labels(tags, fold: false), MaxSeries))
            {
                family.Record(value, MetricFamily.Labels(tags, fold: true), int.MaxValue);
                isFirstFold = !_folded.TryGetValue(family.Name, out var count);
                _folded[family.Name] = count + 1;
            }
        }

        if (isFirstFold)
        {
            _onFolded?.Invoke(family.Name);
        }
    }

    void WriteFolded(StringBuilder text)
    {
        text.Append("# HELP pipeline_metrics_folded_total Measurements counted as 'other' because their metric has too many series.\n");
        text.Append("# TYPE pipeline_metrics_folded_total counter\n");
        foreach (var (name, count) in _folded)
        {
            text.Append(CultureInfo.InvariantCulture, $"pipeline_metrics_folded_total{{metric=\"{name}\"}} {count}\n");
        }
    }
}
