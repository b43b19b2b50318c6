using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Compression.Archives;

/// <summary>A file inside an archive.</summary>
/// <param name="Name">Its path with forward slashes: relative, without <c>..</c>, without control characters.</param>
/// <param name="Bytes">Its size as the archive gives it; reading it to the end proves it.</param>
/// <param name="Content">
/// Its bytes, forward only, checked against the limits and (zip) its checksum. Belongs to the reader and ends with the next
/// <see cref="ArchiveReader.ReadNext"/>.
/// </param>
public sealed record ArchiveMember(string Name, long Bytes, Stream Content);

/// <summary>A member that is not taken, and why: links, devices, names that lead out of the archive, encrypted members.</summary>
public sealed record RefusedMember(string Name, RejectCode Code, string Message);

/// <summary>
/// Reads the files of a zip or tar archive one after the other, in the order they have there. Folders are passed over; what no
/// honest
/// archive of data holds is refused by name in <see cref="Refused"/> and the others are still read. Nothing is ever written
/// anywhere.
/// </summary>
public abstract class ArchiveReader : IDisposable
{
    readonly List<RefusedMember> _refused = [];
    readonly HashSet<string> _names = new(StringComparer.Ordinal);
    int _members;

    /// <summary>Members that were passed over so far.</summary>
    public IReadOnlyList<RefusedMember> Refused => _refused;

    /// <summary>Opens an archive. Disposing the reader leaves the stream to the caller.</summary>
    /// <param name="content">
    /// The decompressed content; a zip needs a stream that can seek, because its index is at the end.
    /// </param>
    /// <exception cref="BadFileException">It cannot be read: corrupt, truncated, unsupported, or above a limit.</exception>
    public static ArchiveReader Open(Stream content, ArchiveKind kind, ArchiveLimits limits) => kind switch
    {
        ArchiveKind.Zip => ArchiveErrors.Guard("zip", () => new ZipMembers(content, limits)),
        ArchiveKind.Tar => new TarMembers(content, limits),
        ArchiveKind.SevenZip or ArchiveKind.Rar => throw new BadFileException(RejectCode.UnsupportedFormat,
            $"{(kind == ArchiveKind.Rar ? "RAR" : "7-Zip")} archives cannot be read: unpack it, or " +
            "pack the files as zip or tar."),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>Goes to the next file; null at the end.</summary>
    /// <exception cref="BadFileException">The archive is corrupt, truncated, or above a limit.</exception>
    public abstract ArchiveMember? ReadNext();

    public abstract void Dispose();

    /// <summary>Checks the name of a member; null, with a refusal, when it is not safe.</summary>
    private protected string? SafeName(string name, int maxMembers)
    {
        if (++_members > maxMembers)
        {
            throw new BadFileException(RejectCode.LimitExceeded,
                $"The archive has more members than the limit of {maxMembers:N0}; raise " +
                "limits.max_archive_members if that is meant.");
        }

        var path = name.Replace('\\', '/');
        while (path.StartsWith("./", StringComparison.Ordinal))
        {
            path = path[2..];
        }

        var problem = path.Length == 0 ? "it has no name"
            : path.StartsWith('/') || (path.Length > 1 && path[1] == ':' && char.IsAsciiLetter(path[0]))
                ? "its name is an absolute path"
            : path.Split('/').Contains("..") ? "its name leads out of the archive"
            : path.Any(char.IsControl) ? "its name has control characters"
            : path.Length > 1024 ? "its name is longer than 1,024 characters"
            : null;
        if (problem is not null)
        {
            Refuse(name, RejectCode.UnsupportedFormat, problem);
            return null;
        }

        return path;
    }

    /// <summary>Says that a member is not taken.</summary>
    private protected void Refuse(string name, RejectCode code, string problem)
    {
        var shown = string.Concat(name.Take(200).Select(c => char.IsControl(c) ? '?' : c));
        _refused.Add(new RefusedMember(shown, code, $"The member '{shown}' is not taken: {problem}."));
    }

    /// <summary>False, with a refusal, for the second file of a name: one of the two would hide the other.</summary>
    private protected bool IsFirst(string name)
    {
        if (_names.Add(name))
        {
            return true;
        }

        Refuse(name, RejectCode.CorruptFile, "the archive has another file of this name before it");
        return false;
    }
}

/// <summary>What exceptions of the archive readers mean for a file.</summary>
static class ArchiveErrors
{
    public static T Guard<T>(string kind, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (NotSupportedException e)
        {
            throw new BadFileException(RejectCode.UnsupportedFormat,
                $"The {kind} archive holds something that cannot be read ({e.Message.TrimEnd('.')}); pack its files anew, and no sparse ones.");
        }
        catch (Exception e) when (
            e is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or OverflowException)
        {
            throw new BadFileException(RejectCode.CorruptFile, $"The {kind} archive is damaged or truncated " +
                $"({(e is InvalidDataException ? e.Message.TrimEnd('.') : "its structure does not fit together")}); " +
                "copy or download it again.");
        }
    }
}

/// <summary>The files of a zip, from its central directory.</summary>
sealed class ZipMembers : ArchiveReader
{
    // Upper half of the external attributes when made on Unix: file type bits, of which 0xA000 is a link and 0x8000 a file.
    const int UnixTypeMask = 0xF000;
    const int UnixFile = 0x8000;
    const int UnixFolder = 0x4000;

    readonly ZipArchive _zip;
    readonly ArchiveLimits _limits;
    readonly IEnumerator<ZipArchiveEntry> _entries;
    MemberStream? _current;
    long _budget;

    public ZipMembers(Stream content, ArchiveLimits limits)
    {
        _zip = ZipDirectory.Open(content, MemberNames.Encoding, limits.MaxMembers, "limits.max_archive_members");
        _entries = _zip.Entries.GetEnumerator();
        _limits = limits;
        _budget = limits.Compression.MaxDecompressedBytes;
    }

    public override ArchiveMember? ReadNext()
    {
        _budget -= _current?.BytesRead ?? 0;
        _current?.Dispose();
        _current = null;
        while (ArchiveErrors.Guard("zip", _entries.MoveNext))
        {
            var entry = _entries.Current;
            var name = SafeName(entry.FullName, _limits.MaxMembers);
            if (name is null || name.EndsWith('/'))
            {
                continue;
            }

            var type = (entry.ExternalAttributes >> 16) & UnixTypeMask;
            if (type is not (0 or UnixFile or UnixFolder))
            {
                Refuse(name, RejectCode.UnsupportedFormat, "it is a link or a device");
            }
            else if (entry.IsEncrypted)
            {
                Refuse(name, RejectCode.EncryptedFile, "it is encrypted; unpack it with its password");
            }
            else if (IsFirst(name))
            {
                if (OpenEntry(entry, name) is { } data)
                {
                    _current = new MemberStream(data, name, _limits.Compression, _budget, entry.CompressedLength, entry.Length,
                        entry.Crc32);
                    return new ArchiveMember(name, entry.Length, _current);
                }
            }
        }

        return null;
    }

    Stream? OpenEntry(ZipArchiveEntry entry, string name)
    {
        try
        {
            return entry.Open();
        }
        catch (InvalidDataException)
        {
            Refuse(name, RejectCode.UnsupportedFormat, "its header is damaged or its compression method is not deflate");
            return null;
        }
    }

    public override void Dispose()
    {
        _current?.Dispose();
        _entries.Dispose();
        _zip.Dispose();
    }
}

/// <summary>
/// The files of a tar, as they come; the stream need not seek. A tar ends with blocks of zeros: one that stops at a member's end
/// without
/// them is truncated, which the framework's reader does not tell.
/// </summary>
sealed class TarMembers : ArchiveReader
{
    readonly ArchiveLimits _limits;
    readonly BlockWatch _content;
    readonly TarReader _tar;
    MemberStream? _current;
    long _budget;

    public TarMembers(Stream content, ArchiveLimits limits)
    {
        _limits = limits;
        _content = new BlockWatch(content);
        _tar = new TarReader(_content, leaveOpen: true);
        _budget = limits.Compression.MaxDecompressedBytes;
    }

    public override ArchiveMember? ReadNext()
    {
        _budget -= _current?.BytesRead ?? 0;
        _current = null;
        while (NextEntry() is { } entry)
        {
            var name = SafeName(entry.Name, _limits.MaxMembers);
            if (name is null || entry.EntryType is TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes)
            {
                continue;
            }

            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile))
            {
                Refuse(name, RejectCode.UnsupportedFormat, "it is a link, a device or another thing that is no file");
            }
            else if (entry is PaxTarEntry pax && pax.ExtendedAttributes.Keys.Any(k => k.StartsWith("GNU.sparse.", StringComparison.Ordinal)))
            {
                Refuse(name, RejectCode.UnsupportedFormat, "it is stored as a sparse file, with its holes left out; pack it without --sparse");
            }
            else if (IsFirst(name))
            {
                // What a tar holds is not compressed, so only the sum of bytes is judged here.
                _current = new MemberStream(entry.DataStream ?? Stream.Null, name, _limits.Compression, _budget, long.MaxValue,
                    entry.Length, null);
                return new ArchiveMember(name, entry.Length, _current);
            }
        }

        return _content.EndsInZeros
            ? null
            : throw new BadFileException(RejectCode.CorruptFile,
                "The tar archive ends without its end mark: it is truncated, copy or download it again.");
    }

    public override void Dispose() => _tar.Dispose();

    TarEntry? NextEntry()
    {
        _content.IsBetweenMembers = true;
        try
        {
            return ArchiveErrors.Guard("tar", () => _tar.GetNextEntry());
        }
        finally
        {
            _content.IsBetweenMembers = false;
        }
    }

    /// <summary>
    /// Remembers whether what was read last is a block of zeros, and refuses names and attributes that are longer than any: the
    /// framework's reader takes the memory for them before it has them.
    /// </summary>
    sealed class BlockWatch(Stream content) : ForwardStream
    {
        const int BlockBytes = 512;
        const int MaxHeaderBytes = 1 << 20;

        long _zeros;

        public bool IsBetweenMembers { get; set; }

        public bool EndsInZeros => _zeros >= BlockBytes;

        public override int Read(Span<byte> buffer)
        {
            var read = IsBetweenMembers
                ? content.ReadAtLeast(buffer, Math.Min(buffer.Length, BlockBytes), throwOnEndOfStream: false)
                : content.Read(buffer);
            if (IsBetweenMembers && read == BlockBytes && buffer[156] is (byte)'L' or (byte)'K' or (byte)'x' or (byte)'g')
            {
                CheckNames(buffer[..read]);
            }

            var data = buffer[..read];
            var last = data.LastIndexOfAnyExcept((byte)0);
            _zeros = last < 0 ? _zeros + read : read - last - 1;
            return read;
        }

        // Sizes are octal, or binary behind a byte above 0x7F.
        static void CheckNames(ReadOnlySpan<byte> header)
        {
            var size = header.Slice(124, 12);
            var isBinary = (size[0] & 0x80) != 0;
            var digits = Encoding.ASCII.GetString(size).Trim('\0', ' ');
            if (ArchiveDetection.IsTarHeader(header) && (isBinary || (digits.Length > 0 && digits.All(c => c is >= '0' and <= '7')
                && Convert.ToInt64(digits, 8) > MaxHeaderBytes)))
            {
                throw new BadFileException(RejectCode.LimitExceeded,
                    $"The tar archive has a name or attributes of more than {MaxHeaderBytes:N0} bytes; pack its files anew.");
            }
        }
    }
}
