using System.Globalization;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>
/// Two tables beside each other make rows that belong to nobody: an empty column between them, names on both sides, and the same names or sides of
/// different length. A single table may be written with a gap for its looks, so this is said and not refused.
/// </summary>
static class ExcelNeighbours
{
    /// <param name="table">Where the table is.</param>
    /// <param name="sample">The first rows.</param>
    /// <param name="columns">Columns of the sheet that hold something, rising.</param>
    public static FormatWarning? Find(ExcelTable table, List<ExcelRow> sample, int[] columns)
    {
        var body = sample.Skip(table.Preamble + table.HeaderRows).ToList();
        for (var i = 1; i < columns.Length && table.HeaderRows > 0 && body.Count > 1; i++)
        {
            if (columns[i] > columns[i - 1] + 1 && AreTables(table, body, columns[i]))
            {
                return new FormatWarning("tables_side_by_side", string.Create(
                    CultureInfo.InvariantCulture,
                    $"Two tables seem to stand side by side: the empty column {Letters(columns[i] - 1)} divides them. Their rows are loaded as if they were one; save each on a sheet of its own."),
                    sample[table.Preamble].Number);
            }
        }

        return null;
    }

    /// <summary>
    /// A second table below the first: behind blank rows another header, texts over numbers, in a column where only numbers stand above.
    /// </summary>
    /// <param name="table">Where the first table is.</param>
    /// <param name="sample">The first rows.</param>
    public static FormatWarning? FindBelow(ExcelTable table, List<ExcelRow> sample)
    {
        var start = table.Preamble + table.HeaderRows;
        for (var i = start + 1; i + 1 < sample.Count && table.HeaderRows > 0; i++)
        {
            var (row, next) = (sample[i], sample[i + 1]);
            if (row.Number > sample[i - 1].Number + 1 && next.Number == row.Number + 1 && row.Cells.Length > 1
                && Array.TrueForAll(row.Cells, c => c.Kind == ExcelCellKind.Text)
                && Array.Exists(row.Cells, c => KindAt(next, c.Column) is not (null or ExcelCellKind.Text))
                && Array.Exists(row.Cells, c => IsNeverText(sample, start, i, c.Column)))
            {
                return new FormatWarning("tables_below_each_other", string.Create(
                    CultureInfo.InvariantCulture,
                    $"A second table seems to begin in row {row.Number:N0}, below a blank row. Its rows are loaded as rows of the first one; save each on a sheet of its own."),
                    row.Number);
            }
        }

        return null;
    }

    static ExcelCellKind? KindAt(ExcelRow row, int column) =>
        Array.FindIndex(row.Cells, c => c.Column == column) is >= 0 and var at ? row.Cells[at].Kind : null;

    static bool IsNeverText(List<ExcelRow> sample, int from, int to, int column)
    {
        var others = 0;
        for (var i = from; i < to; i++)
        {
            switch (KindAt(sample[i], column))
            {
                case ExcelCellKind.Text:
                    return false;
                case not null:
                    others++;
                    break;
            }
        }

        return others > 0;
    }

    static bool AreTables(ExcelTable table, List<ExcelRow> body, int firstRight)
    {
        var left = table.Names.Where(n => n.Key < firstRight && n.Value.Length > 0).Select(n => n.Value).ToList();
        var right = table.Names.Where(n => n.Key >= firstRight && n.Value.Length > 0).Select(n => n.Value).ToList();
        var leftRows = body.FindLastIndex(r => r.Cells[0].Column < firstRight);
        var rightRows = body.FindLastIndex(r => r.Cells[^1].Column >= firstRight);
        return left.Count > 1 && right.Count > 1 && leftRows >= 0 && rightRows >= 0
            && (right.TrueForAll(left.Contains) || Math.Abs(leftRows - rightRows) > 1);
    }

    static string Letters(int column) => column < 26 ? $"{(char)('A' + column)}" : Letters((column / 26) - 1) + (char)('A' + (column % 26));
}
