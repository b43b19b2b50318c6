using System.IO.Compression;
using System.Text;
using Pipeline.Formats;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Compression.Archives;
using Pipeline.Formats.Excel;
using Pipeline.Formats.Records;

namespace Pipeline.Ingestion.Containers;

/// <summary>What taking files apart is bound to.</summary>
sealed record ContainerOptions(FormatLimits Format, CompressionLimits Compression, int MaxMembers, string TemporaryFolder)
{
    /// <summary>What a killed process left in the folder for temporary files is known by this ending.</summary>
    public const string TemporarySuffix = ".member.tmp";

    public Task<FileContent> OpenAsync(RawFile raw, CancellationToken cancellationToken) =>
        FileContent.OpenAsync(raw, Format, Compression, cancellationToken);

    /// <summary>Removes what an earlier process left. For a start, when no file is being read.</summary>
    public static void RemoveLeftovers(string temporaryFolder)
    {
        foreach (var path in Directory.Exists(temporaryFolder) ? Directory.EnumerateFiles(temporaryFolder, "*" + TemporarySuffix) : [])
        {
            File.Delete(path);
        }
    }
}

/// <summary>Tells files that hold files from all others, by what is in them.</summary>
static class ContainerDetector
{
    // A zip with one of these is a document (a workbook, a program), not an archive that somebody packed.
    static readonly string[] s_documentParts = ["[Content_Types].xml", "mimetype", "META-INF/manifest.xml", "META-INF/MANIFEST.MF"];

    /// <summary>The container that a file is; null when it is one table, or nothing known.</summary>
    /// <param name="content">The file; a container that is returned reads from it as long as it is used.</param>
    /// <param name="dataset">Its dataset.</param>
    /// <param name="sheet">The sheet that was chosen: then a workbook is one table.</param>
    /// <param name="isMember">It lies in an archive itself.</param>
    /// <param name="options">Limits.</param>
    /// <param name="cancellationToken">Ends the look into a workbook.</param>
    /// <exception cref="BadFileException">An archive that is damaged, of an unsupported kind, or inside another one.</exception>
    public static async Task<Container?> TryOpenAsync(
        FileContent content, string dataset, string? sheet, bool isMember, ContainerOptions options,
        CancellationToken cancellationToken)
    {
        var kind = ArchiveDetection.Detect(content.Head.Span);
        if (kind != ArchiveKind.None && !(kind == ArchiveKind.Zip && await IsDocumentAsync(content, options)))
        {
            if (isMember)
            {
                throw new BadFileException(
                    RejectCode.UnsupportedFormat,
                    $"{content.InnerName} is an archive inside an archive: unpack it, and pack its files by themselves.");
            }

            if (kind == ArchiveKind.Zip && content.Compression != CompressionKind.None)
            {
                throw new BadFileException(
                    RejectCode.UnsupportedFormat,
                    $"{content.InnerName} is a zip archive that was compressed once more "
                        + $"({ContentCompression.Name(content.Compression)}): decompress it.");
            }

            return new ArchiveContainer(
                content, kind is ArchiveKind.Zip or ArchiveKind.Tar ? kind : throw Unsupported(kind),
                new ArchiveLimits { MaxMembers = options.MaxMembers, Compression = options.Compression }, options);
        }

        return sheet is null && IsWorkbook(content) ? await TryOpenWorkbookAsync(content, dataset, options, cancellationToken) : null;
    }

    static BadFileException Unsupported(ArchiveKind kind) => new(
        RejectCode.UnsupportedFormat,
        $"{(kind == ArchiveKind.Rar ? "RAR" : "7-Zip")} archives cannot be read: unpack it, or pack the files as zip or tar.");

    // The head of an archive may hold anything; the index at its end tells.
    static async Task<bool> IsDocumentAsync(FileContent content, ContainerOptions options)
    {
        await using var stream = content.OpenRead();
        if (!stream.CanSeek)
        {
            return IsWorkbook(content);
        }

        try
        {
            using var zip = ZipDirectory.Open(stream, Encoding.UTF8, Math.Max(options.MaxMembers, options.Format.MaxSheets * 10), "limits.max_archive_members");
            return s_documentParts.Any(part => zip.GetEntry(part) is not null);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ArgumentException or OverflowException or FormatException)
        {
            return IsWorkbook(content);
        }
    }

    static bool IsWorkbook(FileContent content)
    {
        var probe = new FormatProbe(content.InnerName, content.Head, content.HeadIsWhole);
        return new ExcelFormat().Detect(probe).Confidence > 0.5 && FormatDetector.Detect(probe).Format is ExcelFormat;
    }

    static async Task<Container?> TryOpenWorkbookAsync(
        FileContent content, string dataset, ContainerOptions options, CancellationToken cancellationToken)
    {
        IReadOnlyList<ExcelSheet> sheets;
        try
        {
            await using var stream = content.OpenRead();
            sheets = await ExcelWorkbook.ReadDataSheetsAsync(stream, options.Format, cancellationToken);
        }
        catch (BadFileException)
        {
            // Reading it as one table says what is wrong.
            return null;
        }

        return sheets.Count <= 1 ? null : new WorkbookContainer(content, sheets, dataset);
    }
}
