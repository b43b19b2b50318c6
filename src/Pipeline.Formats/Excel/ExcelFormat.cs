using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>
/// Workbooks: <c>.xlsx</c>, <c>.xlsm</c>, <c>.xlsb</c>, <c>.xls</c>, <c>.ods</c> and <c>.fods</c>. One sheet is one table; <see
/// cref="ExcelWorkbook.ReadSheetsAsync"/> lists the sheets, <see cref="FormatOptions.Sheet"/> chooses. The header is looked for below titles.
/// </summary>
public sealed class ExcelFormat : IFormat
{
    static readonly string[] s_extensions = [".XLSX", ".XLSM", ".XLSB", ".XLS", ".XLTX", ".XLTM", ".XLT", ".ODS", ".OTS", ".FODS"];

    /// <summary>Texts of the sample at most: it is held in memory, and rows of long texts show as much as many short ones.</summary>
    const int MaxSampleBytes = 16 << 20;

    public string Name => "excel";

    public FormatGuess Detect(FormatProbe probe)
    {
        var named = s_extensions.Contains(Path.GetExtension(probe.FileName).ToUpperInvariant());
        return ExcelSignatures.Of(probe.Head.Span, named) switch
        {
            ExcelSignature.Ooxml => new FormatGuess(0.99, "a zip file with the parts of a workbook"),
            ExcelSignature.Compound => new FormatGuess(named ? 0.99 : 0.9, "a compound file, as old or encrypted workbooks are"),
            ExcelSignature.Biff => new FormatGuess(named ? 0.95 : 0.7, "starts as a workbook of Excel 2 to 5 does"),
            ExcelSignature.OpenDocument or ExcelSignature.FlatOpenDocument => new FormatGuess(0.95, "an OpenDocument spreadsheet"),
            ExcelSignature.Markup => new FormatGuess(0.7, "a page or XML file, as some programs write for Excel"),
            ExcelSignature.OtherZip when named => new FormatGuess(0.6, "a zip file under a workbook's name"),
            _ => new FormatGuess(0, "no workbook"),
        };
    }

    public async ValueTask<RecordReader> OpenAsync(Stream content, FormatOptions options, CancellationToken cancellationToken)
    {
        var (stream, buffered) = await ExcelWorkbook.SeekableAsync(content, options.Limits, cancellationToken);
        Workbook? workbook = null;
        SheetRows? rows = null;
        try
        {
            workbook = ExcelWorkbook.Open(stream, options.Limits);
            (rows, var sheet, var sample, var warnings) = OpenSheet(workbook, options.Sheet);
            var table = ExcelErrors.Guard(w => ExcelTable.Find(sample, options.HasHeader, w.Is1904, () => w.ReadMerges(sheet)), workbook);
            var reader = new ExcelRecordReader(workbook, rows, buffered, table, sample, warnings, options);
            (workbook, rows, buffered) = (null, null, null);
            return reader;
        }
        finally
        {
            rows?.Dispose();
            workbook?.Dispose();
            buffered?.Dispose();
        }
    }

    /// <summary>
    /// The named sheet, or the first visible one that has cells (else the first hidden one), with its first rows.
    /// </summary>
    static (SheetRows Rows, int Sheet, List<ExcelRow> Sample, List<FormatWarning> Warnings) OpenSheet(Workbook workbook, string? name)
    {
        var sheets = workbook.Sheets;
        if (name is not null)
        {
            var at = sheets.ToList().FindIndex(s => s.Name == name);
            at = at >= 0 ? at : sheets.ToList().FindIndex(s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            var (named, sample) = at >= 0 ? Sample(workbook, at) : throw new BadFileException(RejectCode.NotATable,
                $"The workbook has no sheet named '{name}'; it has: {string.Join(", ", sheets.Select(s => $"'{s.Name}'"))}.");
            return (named, at, sample, at == FirstVisible(sheets) ? [.. OtherTabs(workbook, at)] : []);
        }

        var order = sheets.Select((s, i) => (s, i)).OrderBy(p => p.s.IsHidden).Select(p => p.i).ToList();
        foreach (var sheet in order)
        {
            var (rows, sample) = Sample(workbook, sheet);
            if (sample.Count > 0 || sheet == order[^1])
            {
                return (rows, sheet, sample, [.. OtherSheets(sheets, sheet), .. OtherTabs(workbook, sheet)]);
            }

            rows.Dispose();
        }

        throw new BadFileException(RejectCode.NotATable, "The workbook has no sheet of cells.");
    }

    static (SheetRows Rows, List<ExcelRow> Sample) Sample(Workbook workbook, int sheet)
    {
        var rows = ExcelErrors.Guard(w => w.OpenRows(sheet), workbook);
        try
        {
            var sample = new List<ExcelRow>();
            var bytes = 0L;
            while (sample.Count < ExcelTable.SampleRows && bytes < MaxSampleBytes && ExcelErrors.Guard(r => r.Read(), rows))
            {
                sample.Add(new ExcelRow(rows.RowNumber, [.. rows.Cells]));
                bytes += rows.Cells.Sum(c => (long)c.MaxLength);
            }

            return (rows, sample);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    static int FirstVisible(IReadOnlyList<ExcelSheet> sheets) => sheets.Select((s, i) => (s, i)).FirstOrDefault(p => !p.s.IsHidden).i;

    /// <summary>What a workbook has beside its visible sheets: said once, with the first of them.</summary>
    static IEnumerable<FormatWarning> OtherTabs(Workbook workbook, int chosen)
    {
        var hidden = workbook.Sheets.Where((s, i) => s.IsHidden && i != chosen).Select(s => $"'{s.Name}'").ToList();
        if (hidden.Count > 0)
        {
            yield return new FormatWarning("hidden_sheets",
                $"Hidden sheets are not loaded: {string.Join(", ", hidden)}. Name one as the sheet of its dataset, or show it in Excel.", null);
        }

        if (workbook.OtherTabs.Count > 0)
        {
            yield return new FormatWarning("tabs_without_cells",
                $"Charts, dialogs and macros are no tables: {string.Join(", ", workbook.OtherTabs.Select(t => $"'{t}'"))}.", null);
        }
    }

    static List<FormatWarning> OtherSheets(IReadOnlyList<ExcelSheet> sheets, int chosen)
    {
        var others = sheets.Where((s, i) => i != chosen && !s.IsHidden).Select(s => $"'{s.Name}'").ToList();
        return others.Count == 0
            ? []
            : [new FormatWarning("other_sheets",
                $"This is the sheet '{sheets[chosen].Name}'; the workbook also has: {string.Join(", ", others)}.", null)];
    }
}
