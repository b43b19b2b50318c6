using Pipeline.Discovery;

namespace Pipeline.Ingestion;

/// <summary>
/// Where the bytes of a file come from, as they lie there: a file on disk, or a member of one. Any task may open it, several times.
/// </summary>
sealed record RawFile : IDisposable
{
    /// <summary>As it is shown to people and kept in the ledger.</summary>
    public required string Path { get; init; }

    /// <summary>File name, for detection and naming.</summary>
    public required string Name { get; init; }

    public required long Bytes { get; init; }

    /// <summary>The file in the file system that all this comes from; its stamp tells whether that was touched meanwhile.</summary>
    public required string SourcePath { get; init; }

    public required FileStamp SourceStamp { get; init; }

    /// <summary>Opens the bytes from their start. Not called when <see cref="Whole"/> is there.</summary>
    public required Func<Stream> Open { get; init; }

    /// <summary>All bytes, when they are few.</summary>
    public byte[]? Whole { get; init; }

    /// <summary>A file on disk with exactly these bytes; null when there is none.</summary>
    public string? FilePath { get; init; }

    /// <summary>Tells parts of the same bytes apart; null for the whole.</summary>
    public string? Part { get; init; }

    /// <summary>A file of our own with the bytes, deleted with this object.</summary>
    public string? TemporaryFile { get; init; }

    public bool HasChanged => FileStamp.TryRead(SourcePath) != SourceStamp;

    public static RawFile OnDisk(string path, FileStamp stamp, byte[]? whole, Func<Stream> open) => new()
    {
        Path = path,
        Name = System.IO.Path.GetFileName(path),
        Bytes = stamp.Bytes,
        SourcePath = path,
        SourceStamp = stamp,
        Open = open,
        Whole = whole,
        FilePath = System.IO.Path.GetFullPath(path),
    };

    public Stream OpenRead() => Whole is null ? Open() : new MemoryStream(Whole, 0, Whole.Length, writable: false, publiclyVisible: true);

    public void Dispose()
    {
        if (TemporaryFile is not null)
        {
            File.Delete(TemporaryFile);
        }
    }
}
