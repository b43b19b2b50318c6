using Pipeline.Discovery;
using Pipeline.Formats.Compression.Archives;

namespace Pipeline.Ingestion.Containers;

/// <summary>
/// A file inside another file: a member of an archive, a sheet of a workbook. It goes through the pipeline as any file does, under a path
/// that no file system has: that of its container, <c>!/</c>, and its name in there.
/// </summary>
/// <param name="container">The file that holds it; not owned.</param>
/// <param name="path">See <see cref="ContainerPath"/>.</param>
/// <param name="name">Its name in the container.</param>
/// <param name="bytes">Its size as the container gives it.</param>
/// <param name="open">Opens its bytes anew, from the container.</param>
sealed class ContainerMember(RawFile container, string path, string name, long bytes, Func<CancellationToken, Task<FileContent>> open)
{
    RawFile? _held;

    public string Path => path;

    public string Name => name;

    /// <summary>Dataset that it belongs to whatever its name says; null: as if it lay unpacked beside its container.</summary>
    public string? Dataset { get; init; }

    /// <summary>Sheet of the workbook that this is; null for members of archives.</summary>
    public string? Sheet { get; init; }

    /// <summary>The container was written, replaced or removed since it was opened: what it holds is to be looked up again.</summary>
    public bool IsStale => container.HasChanged;

    /// <summary>Size of the member, time of the container.</summary>
    public FileStamp Stamp => new(bytes, container.SourceStamp.ModifiedAt, null, null);

    /// <summary>Bytes that were met while the container was read, for the first <see cref="OpenAsync"/>: owned from here on.</summary>
    public RawFile? Held
    {
        init => _held = value;
    }

    /// <summary>The content; the caller disposes it.</summary>
    /// <exception cref="Formats.Records.BadFileException">The member cannot be read.</exception>
    public Task<FileContent> OpenAsync(Func<RawFile, Task<FileContent>> openHeld, CancellationToken cancellationToken) =>
        Interlocked.Exchange(ref _held, null) is { } held ? openHeld(held) : open(cancellationToken);

    /// <summary>Lets go of held bytes that nobody opened.</summary>
    public void Release() => Interlocked.Exchange(ref _held, null)?.Dispose();
}

/// <summary>What a container shows of its next file: a member, or one that is not taken.</summary>
sealed record FoundMember(ContainerMember? Member, RefusedMember? Refused);

/// <summary>A file that holds files.</summary>
abstract class Container
{
    /// <summary>Short name, also a metric label.</summary>
    public abstract string Format { get; }

    /// <summary>Its files in their order, each to be taken before the next is asked for.</summary>
    /// <exception cref="Formats.Records.BadFileException">The container is damaged or above a limit; the files before that were good.</exception>
    public abstract IAsyncEnumerable<FoundMember> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>Paths of files inside files: <c>data/archive.zip!/orders.csv</c>.</summary>
static class ContainerPath
{
    /// <summary>Longest name of a file on any file system: rejected rows are kept under the member's.</summary>
    public const int MaxNameBytes = 255;

    public const string Separator = "!/";

    public static string Of(string container, string member) => container + Separator + member;

    /// <summary>Any text as the last part of a path.</summary>
    public static string Plain(string name)
    {
        var plain = string.Concat(name.Select(c => char.IsControl(c) || c is '/' or '\\' || char.IsSurrogate(c) ? '_' : c).Take(60));
        return plain is "" or "." or ".." ? "_" : plain;
    }
}
