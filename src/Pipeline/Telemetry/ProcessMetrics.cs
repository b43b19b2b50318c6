using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Pipeline.Telemetry;

/// <summary>
/// Process and runtime figures under the names that every Prometheus dashboard knows. Read at scrape time; they cost nothing in
/// between.
/// </summary>
public sealed class ProcessMetrics
{
    public const string MeterName = "Pipeline.Process";

    public ProcessMetrics(IMeterFactory factory)
    {
        Meter = factory.Create(MeterName);
        Gauge("process_resident_memory_bytes", "Resident memory of the daemon, without the engine.", () =>
            Environment.WorkingSet);
        Counter("process_cpu_seconds_total", "Processor time of the daemon, user and system.", () =>
            Environment.CpuUsage.TotalTime.TotalSeconds);
        using (var process = Process.GetCurrentProcess())
        {
            var started = new DateTimeOffset(
                process.StartTime.ToUniversalTime(), TimeSpan.Zero).ToUnixTimeMilliseconds() / 1000.0;
            Gauge("process_start_time_seconds", "Start of the daemon, in seconds since 1970.", () => started);
        }

        if (Directory.Exists("/proc/self/fd"))
        {
            Gauge("process_open_fds", "Open file descriptors.", () =>
                Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
        }

        Meter.CreateObservableCounter(
            "dotnet_gc_collections_total", Collections, description: "Garbage collections by generation.");
        Counter("dotnet_gc_pause_seconds_total", "Time that garbage collections paused the process.", () =>
            GC.GetTotalPauseDuration().TotalSeconds);
        Counter("dotnet_gc_allocated_bytes_total", "Bytes allocated on the managed heap.", () => GC.GetTotalAllocatedBytes());
        Gauge("dotnet_gc_heap_bytes", "Bytes in use on the managed heap.", () => GC.GetTotalMemory(forceFullCollection: false));
        Gauge("dotnet_threadpool_threads", "Threads of the pool.", () => ThreadPool.ThreadCount);
        Gauge("dotnet_threadpool_queue_length", "Work items that wait for a thread of the pool.", () =>
            ThreadPool.PendingWorkItemCount);
    }

    public Meter Meter { get; }

    static IEnumerable<Measurement<long>> Collections()
    {
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            yield return new Measurement<long>(
                GC.CollectionCount(generation),
                new KeyValuePair<string, object?>("generation", generation.ToString(CultureInfo.InvariantCulture)));
        }
    }

    void Gauge<T>(string name, string description, Func<T> observe)
        where T : struct => Meter.CreateObservableGauge(name, observe, description: description);

    void Counter<T>(string name, string description, Func<T> observe)
        where T : struct => Meter.CreateObservableCounter(name, observe, description: description);
}
