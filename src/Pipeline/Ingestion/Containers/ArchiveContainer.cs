using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using Pipeline.Discovery;
using Pipeline.Formats;
using Pipeline.Formats.Compression.Archives;
using Pipeline.Formats.Records;

namespace Pipeline.Ingestion.Containers;

/// <summary>
/// A zip or tar archive as files of their own. It is read once from front to back: a small member is held in memory until it is taken; a
/// larger one of a zip is opened again in its place; a larger one of a tar, which has no index, is unpacked into the folder for temporary
/// files until it is read.
/// </summary>
sealed class ArchiveContainer(FileContent content, ArchiveKind kind, ArchiveLimits limits, ContainerOptions options) : Container
{
    const int CopyBytes = 1 << 18;

    public override string Format => kind == ArchiveKind.Zip ? "zip" : "tar";

    public override async IAsyncEnumerable<FoundMember> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = content.OpenRead();
        using var reader = ArchiveReader.Open(stream, kind, limits);
        var refused = 0;
        for (var index = 0; ; index++)
        {
            var member = reader.ReadNext();
            for (; refused < reader.Refused.Count; refused++)
            {
                yield return new FoundMember(null, reader.Refused[refused]);
            }

            if (member is null)
            {
                yield break;
            }

            if (IsIgnored(member.Name))
            {
                continue;
            }

            if (member.Name.Split('/').Any(part => Encoding.UTF8.GetByteCount(part) > ContainerPath.MaxNameBytes))
            {
                yield return new FoundMember(null, new RefusedMember(
                    member.Name, RejectCode.UnsupportedFormat,
                    $"The member '{member.Name}' is not taken: a part of its name is longer than {ContainerPath.MaxNameBytes} bytes."));
                continue;
            }

            yield return new FoundMember(await MemberAsync(member, index, cancellationToken), null);
        }
    }

    // What is passed over in a folder is passed over here, and what macOS adds to its archives.
    static bool IsIgnored(string name)
    {
        var parts = name.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts.Any(part => FileNameRules.IsIgnoredName(part)) || parts[0] == "__MACOSX";
    }

    async Task<ContainerMember> MemberAsync(ArchiveMember member, int index, CancellationToken cancellationToken)
    {
        var (name, bytes) = (member.Name, member.Bytes);
        var path = ContainerPath.Of(content.Path, name);
        try
        {
            return new ContainerMember(content.Raw, path, name, bytes, token => ReopenAsync(index, token))
            {
                Held = await HoldAsync(member, path, index, cancellationToken),
            };
        }
        catch (BadFileException e)
        {
            return new ContainerMember(content.Raw, path, name, bytes, _ => Task.FromException<FileContent>(e));
        }
    }

    async Task<RawFile> HoldAsync(ArchiveMember member, string path, int index, CancellationToken cancellationToken)
    {
        var raw = new RawFile
        {
            Path = path,
            Name = System.IO.Path.GetFileName(member.Name),
            Bytes = member.Bytes,
            SourcePath = content.Raw.SourcePath,
            SourceStamp = content.Raw.SourceStamp,
            Open = () => OpenMember(index),
        };
        var buffer = ArrayPool<byte>.Shared.Rent(FileContent.WholeFileBytes + 1);
        try
        {
            var read = await member.Content.ReadAtLeastAsync(
                buffer.AsMemory(0, FileContent.WholeFileBytes + 1), FileContent.WholeFileBytes + 1, throwOnEndOfStream: false, cancellationToken);
            return read <= FileContent.WholeFileBytes ? raw with { Whole = buffer[..read] }
                : kind == ArchiveKind.Zip ? raw
                : await UnpackAsync(raw, buffer.AsMemory(0, read), member.Content, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    async Task<RawFile> UnpackAsync(RawFile raw, ReadOnlyMemory<byte> start, Stream rest, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.TemporaryFolder);
        var file = System.IO.Path.Join(options.TemporaryFolder, Guid.NewGuid().ToString("N") + ContainerOptions.TemporarySuffix);
        try
        {
            await using var output = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            await output.WriteAsync(start, cancellationToken);
            await rest.CopyToAsync(output, CopyBytes, cancellationToken);
        }
        catch
        {
            File.Delete(file);
            throw;
        }

        return raw with { Open = () => File.OpenRead(file), FilePath = file, TemporaryFile = file };
    }

    // A member that was let go and is wanted again: the archive is read up to it.
    async Task<FileContent> ReopenAsync(int index, CancellationToken cancellationToken)
    {
        await using var stream = content.OpenRead();
        using var reader = ArchiveReader.Open(stream, kind, limits);
        var member = Find(reader, index);
        return await options.OpenAsync(
            await HoldAsync(member, ContainerPath.Of(content.Path, member.Name), index, cancellationToken), cancellationToken);
    }

    Stream OpenMember(int index)
    {
        var stream = content.OpenRead();
        ArchiveReader? reader = null;
        try
        {
            reader = ArchiveReader.Open(stream, kind, limits);
            return new OwningStream(Find(reader, index).Content, reader, stream);
        }
        catch
        {
            reader?.Dispose();
            stream.Dispose();
            throw;
        }
    }

    ArchiveMember Find(ArchiveReader reader, int index)
    {
        for (var i = 0; ; i++)
        {
            var member = reader.ReadNext() ?? throw new BadFileException(RejectCode.FileChanged, $"{content.Path} changed while it was read.");
            if (i == index)
            {
                return member;
            }
        }
    }
}
