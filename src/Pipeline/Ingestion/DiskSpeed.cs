namespace Pipeline.Ingestion;

/// <summary>
/// How fast the disk of a folder takes bytes for good. A few MiB go into memory that is at hand and a disk that is idle; many are slower, on some machines four times:
/// so both are measured. Any task.
/// </summary>
/// <param name="folder">A file is written there, and removed.</param>
/// <param name="time">The clock.</param>
/// <param name="known">Bytes a second where they are known; null: they are measured.</param>
sealed class DiskSpeed(string folder, TimeProvider time, double? known = null)
{
    /// <summary>Loads of more bytes than this are judged by many MiB.</summary>
    public const long LargeBytes = 512L << 20;

    const int ProbeBytes = 8 << 20;
    const int WriteBytes = 1 << 20;
    const int ManyProbes = 8;

    // Enough to know a slow disk.
    static readonly TimeSpan s_most = TimeSpan.FromMilliseconds(200);

    readonly Lock _lock = new();

    // Of the lock: the last measurement of each kind.
    Task<double>? _few;
    Task<double>? _many;

    /// <summary>
    /// Bytes a second, written and flushed, of a load of so many bytes; 0 where nothing can be written. Each load asks anew, unless another is asking: a disk that
    /// is busy at the start of this process is not for ever, and a virtual one takes where it was written before at five times the rate
    /// (2.3 GB/s against 435 MB/s, docs/benchmarks.md).
    /// </summary>
    public Task<double> MeasureAsync(long loadBytes)
    {
        lock (_lock)
        {
            return loadBytes > LargeBytes ? Ask(ref _many, ManyProbes) : Ask(ref _few, 1);
        }
    }

    Task<double> Ask(ref Task<double>? last, int probes)
    {
        if (last is not { IsCompleted: false })
        {
            last = known is { } bytes ? Task.FromResult(bytes) : Task.Run(() => Measure(folder, time, probes));
        }

        return last;
    }

    static double Measure(string folder, TimeProvider time, int probes)
    {
        var bytes = new byte[WriteBytes];

        // Disks that compress would be fast for zeros.
        Random.Shared.NextBytes(bytes);
        try
        {
            using var file = File.OpenHandle(
                Path.Combine(folder, Guid.NewGuid().ToString("N") + BlockSpool.Suffix), FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose);
            var started = time.GetTimestamp();
            var written = 0L;
            for (var i = 0; i < probes && time.GetElapsedTime(started) < s_most; i++)
            {
                for (var end = written + ProbeBytes; written < end; written += bytes.Length)
                {
                    RandomAccess.Write(file, bytes, written);
                }

                RandomAccess.FlushToDisk(file);
            }

            return written / Math.Max(time.GetElapsedTime(started).TotalSeconds, 1e-6);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever has something to write there meets the fault, and says it.
            return 0;
        }
    }
}
