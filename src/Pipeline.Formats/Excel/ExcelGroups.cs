namespace Pipeline.Formats.Excel;

/// <summary>Labels in the upper of two header rows that stand over several columns: which label a column belongs to.</summary>
static class ExcelGroups
{
    /// <summary>A label stands over its column and those to the right, until the next label.</summary>
    public static Func<int, ExcelCell?> ToTheRight(ExcelRow upper) =>
        column => Label(upper.Cells.LastOrDefault(c => c.Column <= column));

    /// <summary>
    /// A label stands over the columns that it is merged over. Null when no label is, or when the merged cells are those of a title: one cell
    /// from the first column on, or over all columns.
    /// </summary>
    /// <param name="upper">The row with the labels.</param>
    /// <param name="lower">The row below it.</param>
    /// <param name="isHeader">
    /// The lower row is known to be a header. Otherwise it is one only if it has names where the upper one has groups or nothing: a record below
    /// one wide name has a value in every column.
    /// </param>
    /// <param name="merges">The merged cells of the sheet.</param>
    public static Func<int, ExcelCell?>? Over(ExcelRow upper, ExcelRow lower, bool isHeader, IReadOnlyList<ExcelMerge> merges)
    {
        var first = Math.Min(upper.Cells[0].Column, lower.Cells[0].Column);
        var last = Math.Max(upper.Cells[^1].Column, lower.Cells[^1].Column);
        var groups = merges.Where(m => m.FirstRow == upper.Number && m.LastRow == upper.Number && m.LastColumn > m.FirstColumn
            && upper.Cells.Any(c => c.Column == m.FirstColumn)
            && lower.Cells.Count(c => c.Column >= m.FirstColumn && c.Column <= m.LastColumn) > 1).ToList();
        if (!isHeader && lower.Cells.Any(c => upper.Cells.Any(u => u.Column == c.Column) && !groups.Exists(g => g.FirstColumn == c.Column)))
        {
            return null;
        }

        if (groups.Count == 0 || groups.Exists(g => g.FirstColumn <= first && (g.LastColumn >= last || upper.Cells.Length == 1)))
        {
            return null;
        }

        return column =>
        {
            var from = groups.Find(g => column >= g.FirstColumn && column <= g.LastColumn) is { LastColumn: > 0 } group ? group.FirstColumn : column;
            return Label(upper.Cells.FirstOrDefault(c => c.Column == from));
        };
    }

    static ExcelCell? Label(ExcelCell found) => found is { Kind: ExcelCellKind.Text, Text.Length: 0 } ? null : found;
}
