using System.Globalization;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>A sheet of cells.</summary>
/// <param name="Name">As the tab shows it.</param>
/// <param name="IsHidden">The tab is not shown.</param>
public sealed record ExcelSheet(string Name, bool IsHidden);

/// <summary>Cells shown as one: rows are 1-based, columns 0-based, both ends belong to it.</summary>
readonly record struct ExcelMerge(long FirstRow, long LastRow, int FirstColumn, int LastColumn);

/// <summary>An open workbook. Owns what it opened, not the content stream.</summary>
abstract class Workbook : IDisposable
{
    public abstract IReadOnlyList<ExcelSheet> Sheets { get; }

    /// <summary>Names of the sheets that are no tables: charts, dialogs, macros.</summary>
    public virtual IReadOnlyList<string> OtherTabs => [];

    /// <summary>Dates count from 1904-01-01.</summary>
    public abstract bool Is1904 { get; }

    /// <summary>Opens the rows of a sheet; one at a time.</summary>
    /// <exception cref="BadFileException">The sheet is damaged.</exception>
    public abstract SheetRows OpenRows(int sheet);

    /// <summary>The merged cells of the sheet whose rows were opened last; none where finding them would take too long.</summary>
    public abstract IReadOnlyList<ExcelMerge> ReadMerges(int sheet);

    public abstract void Dispose();

    /// <exception cref="BadFileException">They are more than the limit.</exception>
    protected static void CheckSheets(int sheets, FormatLimits limits)
    {
        if (sheets > limits.MaxSheets)
        {
            throw new BadFileException(RejectCode.LimitExceeded, string.Create(
                CultureInfo.InvariantCulture, $"The workbook has more sheets than the limit of {limits.MaxSheets:N0}; raise limits.max_sheets if that is meant."));
        }
    }
}

/// <summary>The rows of a sheet, forward only. Rows without any cell are left out.</summary>
abstract class SheetRows : IDisposable
{
    /// <summary>1-based number of the row in the sheet.</summary>
    public long RowNumber { get; protected set; }

    /// <summary>The cells of the row that are not blank, by rising column. Refilled by <see cref="Read"/>.</summary>
    public List<ExcelCell> Cells { get; } = [];

    /// <summary>Formulas so far whose value the file does not have: the program that wrote it never calculated them.</summary>
    public long UncalculatedFormulas { get; protected set; }

    /// <summary>Goes to the next row. False at the end.</summary>
    /// <exception cref="BadFileException">The sheet is damaged.</exception>
    public abstract bool Read();

    public abstract void Dispose();
}
