using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json;

namespace Pipeline.Telemetry;

/// <summary>The parts of a file's way whose time is measured.</summary>
public enum FileStage
{
    /// <summary>Opened, recognised, read, typed, and its batches handed on; hashing runs beside it.</summary>
    Read = 0,

    /// <summary>One insert, with its retries.</summary>
    Insert,

    /// <summary>Verified, rejected rows put away, made visible in the target.</summary>
    Publish,

    /// <summary>Moved to the archive.</summary>
    Archive,
}

/// <summary>
/// Everything that is measured, one method per occurrence. Instruments carry the names that Prometheus shows, so that a word of a
/// dashboard is found here. Labels are datasets, formats and words of fixed sets: never paths, never messages. Counters move when
/// the fact is durable, per file or per batch, never per row. Safe for any task.
/// </summary>
public sealed class PipelineMetrics
{
    public const string MeterName = "Pipeline";

    static readonly string[] s_stages = [.. Enum.GetNames<FileStage>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    readonly TimeProvider _time;
    readonly Counter<long> _files;
    readonly Counter<long> _rows;
    readonly Counter<long> _bytes;
    readonly Counter<long> _rejects;
    readonly Counter<long> _insertRetries;
    readonly Counter<long> _engineRestarts;
    readonly Histogram<double> _fileSeconds;
    readonly Histogram<double> _stageSeconds;
    readonly Histogram<double> _detectToLoaded;
    readonly Histogram<double> _insertRows;
    readonly Gauge<double> _lastLoaded;

    // Owned by whoever composes the parts: set once, before the first scrape that matters.
    readonly ConcurrentDictionary<string, Func<int>> _queueDepths = new(StringComparer.Ordinal);
    volatile Func<TimeSpan>? _oldestWaiting;
    volatile Func<bool?>? _isWatching;

    public PipelineMetrics(IMeterFactory factory, TimeProvider time)
    {
        _time = time;
        Meter = factory.Create(MeterName);
        _files = Counter("pipeline_files_total", "Files settled, by outcome.");
        _rows = Counter("pipeline_rows_total", "Rows of settled files: loaded, rejected or skipped; together the rows read.");
        _bytes = Counter("pipeline_bytes_total", "Bytes of settled files, as they lay there.");
        _rejects = Counter("pipeline_rejects_total", "Rejected rows, and refused files, by reason.");
        _insertRetries = Counter(
            "pipeline_insert_retries_total", "Inserts that were tried again, by ClickHouse error code or transport fault.");
        _engineRestarts = Counter("pipeline_engine_restarts_total", "Times the embedded engine was started again after it died.");

        // Buckets: a small file takes milliseconds, a file of gigabytes minutes.
        _fileSeconds = Histogram("pipeline_file_seconds", "Seconds from claiming a file to settling it.",
            0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800);
        _stageSeconds = Histogram("pipeline_stage_seconds", "Seconds that a file spent in one stage.",
            0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300);
        _detectToLoaded = Histogram(
            "pipeline_detect_to_loaded_seconds", "Seconds from first seeing a file to its rows being visible.",
            0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200);
        _insertRows = Histogram("pipeline_insert_rows", "Rows of one insert.",
            1, 10, 100, 1_000, 10_000, 50_000, 100_000, 262_144, 500_000, 1_000_000);
        _lastLoaded = Meter.CreateGauge<double>(
            "pipeline_last_loaded_timestamp_seconds", description: "Time of the last loaded file, in seconds since 1970.");
        Meter.CreateObservableGauge(
            "pipeline_watcher_up", ObserveWatcher,
            description: "1 for the way in which files are found now: watching events, or polling only.");
        Meter.CreateObservableGauge(
            "pipeline_queue_depth", ObserveQueues, description: "Entries waiting in a queue between two parts.");
        Meter.CreateObservableGauge(
            "pipeline_oldest_waiting_seconds", () => _oldestWaiting?.Invoke().TotalSeconds ?? 0,
            description: "Age of the oldest file that was found and is not settled; 0 when none waits.");
        var version = new KeyValuePair<string, object?>("version", ProductVersion.Text);
        Meter.CreateObservableGauge(
            "pipeline_build_info", () => new Measurement<int>(1, version), description: "1, with the version that runs.");
    }

    /// <summary>The meter of this instance: exporters listen to it, not to its name.</summary>
    public Meter Meter { get; }

    /// <summary>
    /// Makes the counters without labels exist at zero, so that a rate sees their first step. Call it when exporters listen.
    /// </summary>
    public void Begin()
    {
        _bytes.Add(0);
        _engineRestarts.Add(0);
    }

    /// <summary>A file's outcome is durable.</summary>
    /// <param name="format">Name of its format, or <c>unknown</c>.</param>
    /// <param name="outcome"><c>loaded, duplicate, empty</c> or <c>quarantined</c>.</param>
    /// <param name="bytes">Bytes of the file as it lay there.</param>
    /// <param name="seconds">From claim to settled.</param>
    /// <param name="secondsSinceSeen">From first seen to settled.</param>
    public void FileSettled(
        string dataset, string format, string outcome, long rowsLoaded, long rowsRejected, long rowsSkipped, long bytes,
        double seconds, double secondsSinceSeen)
    {
        var tag = Tag("dataset", dataset);
        _files.Add(1, tag, Tag("format", format), Tag("outcome", outcome));
        _bytes.Add(bytes);
        _fileSeconds.Record(seconds);
        AddRows(tag, "loaded", rowsLoaded);
        AddRows(tag, "rejected", rowsRejected);
        AddRows(tag, "skipped", rowsSkipped);
        if (outcome == "loaded")
        {
            _lastLoaded.Record(_time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0, tag);
            _detectToLoaded.Record(secondsSinceSeen);
        }
    }

    /// <summary>Rows, or a whole file, refused for one reason.</summary>
    /// <param name="code">A reject code in snake_case, see <c>RejectCode</c>.</param>
    public void Rejected(string dataset, string code, long count) =>
        _rejects.Add(count, Tag("dataset", dataset), Tag("code", code));

    public void StageTook(FileStage stage, TimeSpan elapsed) =>
        _stageSeconds.Record(elapsed.TotalSeconds, Tag("stage", s_stages[(int)stage]));

    /// <summary>An insert was acknowledged.</summary>
    public void Inserted(long rows) => _insertRows.Record(rows);

    /// <summary>
    /// An insert is tried again. <paramref name="code"/>: ClickHouse's name of the error, or a word for a fault on the way.
    /// </summary>
    public void InsertRetried(string code) => _insertRetries.Add(1, Tag("code", code));

    public void EngineRestarted() => _engineRestarts.Add(1);

    /// <summary>
    /// Tells how to read how files are found: by events besides the scan (true), by the scan alone (false), not at all (null).
    /// The function must be quick and safe for any task.
    /// </summary>
    public void ObserveWatcher(Func<bool?> isWatching) => _isWatching = isWatching;

    /// <summary>Tells how to read the depth of a queue. The function must be quick and safe for any task.</summary>
    public void ObserveQueue(string queue, Func<int> depth) => _queueDepths[queue] = depth;

    /// <summary>Tells how to read the age of the oldest waiting file. The function must be quick and safe for any task.</summary>
    public void ObserveOldestWaiting(Func<TimeSpan> age) => _oldestWaiting = age;

    void AddRows(KeyValuePair<string, object?> dataset, string outcome, long rows)
    {
        if (rows > 0)
        {
            _rows.Add(rows, dataset, Tag("outcome", outcome));
        }
    }

    Measurement<int>[] ObserveWatcher()
    {
        var isWatching = _isWatching?.Invoke();
        return
        [
            new Measurement<int>(isWatching == true ? 1 : 0, Tag("mode", "watch")),
            new Measurement<int>(isWatching == false ? 1 : 0, Tag("mode", "poll")),
        ];
    }

    IEnumerable<Measurement<int>> ObserveQueues() =>
        _queueDepths.Select(q => new Measurement<int>(q.Value(), Tag("queue", q.Key)));

    Counter<long> Counter(string name, string description) => Meter.CreateCounter<long>(name, description: description);

    Histogram<double> Histogram(string name, string description, params double[] buckets) => Meter.CreateHistogram(
        name, unit: null, description: description, tags: null,
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });

    static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
