namespace Pipeline.Ingestion;

/// <summary>How fast the disk of a folder takes bytes for good: measured when it is first asked for, which takes 20 ms on a fast one. Any task.</summary>
/// <param name="folder">A file is written there, and removed.</param>
/// <param name="time">The clock.</param>
/// <param name="known">Bytes a second where they are known; null: they are measured.</param>
sealed class DiskSpeed(string folder, TimeProvider time, double? known = null)
{
    const int ProbeBytes = 8 << 20;

    readonly Lazy<double> _bytesPerSecond = new(() => known ?? Measure(folder, time));

    /// <summary>Bytes a second, written and flushed; 0 where nothing can be written.</summary>
    public double BytesPerSecond => _bytesPerSecond.Value;

    static double Measure(string folder, TimeProvider time)
    {
        var bytes = new byte[ProbeBytes];

        // Disks that compress would be fast for zeros.
        new Random(1).NextBytes(bytes);
        try
        {
            using var file = File.OpenHandle(
                Path.Combine(folder, Guid.NewGuid().ToString("N") + BlockSpool.Suffix), FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose);
            var started = time.GetTimestamp();
            RandomAccess.Write(file, bytes, 0);
            RandomAccess.FlushToDisk(file);
            return ProbeBytes / Math.Max(time.GetElapsedTime(started).TotalSeconds, 1e-6);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever has something to write there meets the fault, and says it.
            return 0;
        }
    }
}
