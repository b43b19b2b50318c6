using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>What a workbook has inside, for callers that take each sheet as a file of its own.</summary>
public static class ExcelWorkbook
{
    /// <summary>
    /// The sheets with cells or room for them, in the order of their tabs. The stream stays the caller's; its position moves.
    /// </summary>
    /// <exception cref="BadFileException">The workbook is damaged, encrypted, or none.</exception>
    public static async ValueTask<IReadOnlyList<ExcelSheet>> ReadSheetsAsync(Stream content, FormatLimits limits,
        CancellationToken cancellationToken)
    {
        var (stream, buffered) = await SeekableAsync(content, limits, cancellationToken);
        using (buffered)
        {
            using var workbook = Open(stream, limits);
            return [.. workbook.Sheets];
        }
    }

    /// <summary>
    /// The sheets to load when none is named: the visible ones that have a cell. A sheet that cannot be opened counts too, so that whoever reads it says
    /// why. Where at most one sheet is visible there is nothing to look for: the answer is empty.
    /// </summary>
    /// <exception cref="BadFileException">The workbook is damaged, encrypted, or none.</exception>
    public static async ValueTask<IReadOnlyList<ExcelSheet>> ReadDataSheetsAsync(Stream content, FormatLimits limits, CancellationToken cancellationToken)
    {
        var (stream, buffered) = await SeekableAsync(content, limits, cancellationToken);
        using (buffered)
        {
            using var workbook = Open(stream, limits);
            var sheets = workbook.Sheets.Select((sheet, index) => (Sheet: sheet, Index: index)).Where(s => !s.Sheet.IsHidden).ToList();
            return sheets.Count <= 1 ? [] : [.. sheets.Where(s => HasCells(workbook, s.Index)).Select(s => s.Sheet)];
        }
    }

    static bool HasCells(Workbook workbook, int sheet)
    {
        try
        {
            using var rows = ExcelErrors.Guard(w => w.OpenRows(sheet), workbook);
            return ExcelErrors.Guard(r => r.Read(), rows);
        }
        catch (BadFileException)
        {
            return true;
        }
    }

    internal static Workbook Open(Stream stream, FormatLimits limits)
    {
        var head = new byte[ExcelSignatures.HeadBytes];
        stream.Position = 0;
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        return ExcelSignatures.Of(head.AsSpan(0, length), named: true) switch
        {
            // The head need not show a part's name; the package tells for sure.
            ExcelSignature.Ooxml or ExcelSignature.OpenDocument or ExcelSignature.OtherZip =>
                ExcelErrors.Guard(s => OpenPackage(new OoxmlPackage(s, limits), limits), stream),
            ExcelSignature.Compound or ExcelSignature.Biff => ExcelErrors.Guard<Stream, Workbook>(s => new XlsWorkbook(s, limits),
                stream),
            ExcelSignature.FlatOpenDocument => ExcelErrors.Guard<Stream, Workbook>(s => new OdsWorkbook(s, limits), stream),
            ExcelSignature.Markup => throw new BadFileException(RejectCode.UnsupportedFormat,
                $"This is {ExcelSignatures.NameOfMarkup(head.AsSpan(0, length))}: open it in Excel and save it as .xlsx or as CSV."),
            _ => throw new BadFileException(RejectCode.CorruptFile,
                "The file does not start as a workbook does: it is damaged, or no Excel file."),
        };
    }

    static Workbook OpenPackage(OoxmlPackage package, FormatLimits limits)
    {
        try
        {
            return OoxmlWorkbook.MainPart(package) is { } main ? new OoxmlWorkbook(package, main, limits)
                : package.Has(OdsWorkbook.Content) ? new OdsWorkbook(package, limits)
                : throw new BadFileException(RejectCode.CorruptFile, "The zip file has no workbook inside: it is damaged, or no Excel file.");
        }
        catch
        {
            package.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The stream itself when it can seek, else its bytes in memory. The second value is what the callee must dispose.
    /// </summary>
    internal static async ValueTask<(Stream Stream, IDisposable? Owned)> SeekableAsync(
        Stream content, FormatLimits limits, CancellationToken cancellationToken)
    {
        if (content.CanSeek)
        {
            return (content, null);
        }

        var memory = new MemoryStream();
        var buffer = new byte[64 << 10];
        int read;
        while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (memory.Length + read > limits.MaxBufferedWorkbookBytes)
            {
                throw new BadFileException(RejectCode.LimitExceeded, "The workbook is larger than the limit of " +
                    $"{limits.MaxBufferedWorkbookBytes:N0} bytes that may be held in memory; " +
                    "decompress it first, or raise limits.max_buffered_workbook_bytes.");
            }

            memory.Write(buffer, 0, read);
        }

        return (memory, memory);
    }
}
