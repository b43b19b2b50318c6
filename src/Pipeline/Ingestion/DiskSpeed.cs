namespace Pipeline.Ingestion;

/// <summary>
/// How fast the disk of a folder takes bytes for good, measured when it is first asked for. A few MiB go into memory that is at hand and a disk that is idle; many
/// are slower, on some machines four times: so both are measured. Any task.
/// </summary>
/// <param name="folder">A file is written there, and removed.</param>
/// <param name="time">The clock.</param>
/// <param name="known">Bytes a second where they are known; null: they are measured.</param>
sealed class DiskSpeed(string folder, TimeProvider time, double? known = null)
{
    /// <summary>
    /// Loads of more bytes than this are judged by many MiB. One of 400 MB took as long compressed as not on a disk that takes 940 MB/s of few and 270 MB/s of many;
    /// one of 1.1 GB took 5.8 s where it was not compressed, and 5.0 s where it was.
    /// </summary>
    public const long LargeBytes = 512L << 20;

    const int ChunkBytes = 1 << 20;
    const int FewChunks = 8;
    const int ManyChunks = 64;

    // No more chunks are written after this time: a slow disk is known by fewer.
    static readonly TimeSpan s_most = TimeSpan.FromMilliseconds(300);

    readonly Lazy<double> _few = new(() => known ?? Measure(folder, time, FewChunks));
    readonly Lazy<double> _many = new(() => known ?? Measure(folder, time, ManyChunks));

    /// <summary>Bytes a second, written and flushed, of a load of so many bytes; 0 where nothing can be written.</summary>
    public double BytesPerSecond(long loadBytes) => loadBytes > LargeBytes ? _many.Value : _few.Value;

    static double Measure(string folder, TimeProvider time, int chunks)
    {
        var bytes = new byte[ChunkBytes];

        // Disks that compress would be fast for zeros.
        new Random(1).NextBytes(bytes);
        try
        {
            using var file = File.OpenHandle(
                Path.Combine(folder, Guid.NewGuid().ToString("N") + BlockSpool.Suffix), FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose);
            var started = time.GetTimestamp();
            var written = 0L;
            for (var i = 0; i < chunks && time.GetElapsedTime(started) < s_most; i++)
            {
                RandomAccess.Write(file, bytes, written);
                written += ChunkBytes;
            }

            RandomAccess.FlushToDisk(file);
            return written / Math.Max(time.GetElapsedTime(started).TotalSeconds, 1e-6);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever has something to write there meets the fault, and says it.
            return 0;
        }
    }
}
