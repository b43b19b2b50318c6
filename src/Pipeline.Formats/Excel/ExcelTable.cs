using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>A row of the sample, kept.</summary>
sealed record ExcelRow(long Number, ExcelCell[] Cells);

/// <summary>Where the table of a sheet is.</summary>
/// <param name="Preamble">Rows of the sample above the header (or above the data, without one).</param>
/// <param name="HeaderRows">Rows of the header: 0 to 3.</param>
/// <param name="Names">Names by sheet column, for columns that have one.</param>
/// <param name="Width">Cells that a usual row has.</param>
sealed record ExcelTable(int Preamble, int HeaderRows, IReadOnlyDictionary<int, string> Names, int Width)
{
    /// <summary>Rows looked at. Titles and notes above a header are a few lines.</summary>
    public const int SampleRows = 256;

    // A header has a name for most columns; a title or a note fills one or two cells.
    const double HeaderFill = 0.6;

    /// <summary>Finds the table in the first rows that have cells.</summary>
    /// <param name="sample">Those rows.</param>
    /// <param name="hasHeader">What is known about the header.</param>
    /// <param name="is1904">The system of dates.</param>
    /// <param name="readMerges">The merged cells; asked only where they decide, since they are not cheap to find.</param>
    public static ExcelTable Find(List<ExcelRow> sample, bool? hasHeader, bool is1904, Func<IReadOnlyList<ExcelMerge>> readMerges)
    {
        if (sample.Count == 0)
        {
            return new ExcelTable(0, 0, new Dictionary<int, string>(), 0);
        }

        var width = UsualWidth(sample);
        var first = sample.FindIndex(r => r.Cells.Length >= Math.Max(1, Math.Ceiling(width * HeaderFill)));
        var rows = sample.GetRange(first, sample.Count - first);
        if (hasHeader == false || !(hasHeader == true || IsHeader(rows)))
        {
            return new ExcelTable(first, 0, new Dictionary<int, string>(), width);
        }

        if (MayBeGroups(rows[0], rows.Count > 2 ? rows[1] : null) && ExcelGroups.Over(rows[0], rows[1], isHeader: false, readMerges()) is { } below)
        {
            var joined = Join(rows[0], rows[1], below, is1904);
            return first > 0 && MayBeGroups(sample[first - 1], rows[0])
                && ExcelGroups.Over(sample[first - 1], rows[0], isHeader: true, readMerges()) is { } highest
                ? new ExcelTable(first - 1, 3, joined.ToDictionary(n => n.Key, n => Under(highest(n.Key), n.Value, is1904)), width)
                : new ExcelTable(first, 2, joined, width);
        }

        if (first > 0 && MayBeGroups(sample[first - 1], rows[0]) && ExcelGroups.Over(sample[first - 1], rows[0], isHeader: true, readMerges()) is { } above)
        {
            return new ExcelTable(first - 1, 2, Join(sample[first - 1], rows[0], above, is1904), width);
        }

        var names = rows[0].Cells.ToDictionary(c => c.Column, c => Clean(c.ToText(is1904)));
        if (IsSecondHeaderRow(rows))
        {
            return new ExcelTable(first, 2, Join(rows[0], rows[1], ExcelGroups.ToTheRight(rows[0]), is1904), width);
        }

        // Group labels above a header with equal names: "2023" over "Q1", "Q2" and again.
        if (first > 0 && sample[first - 1].Number == rows[0].Number - 1 && sample[first - 1].Cells.Length > 1
            && names.Values.Distinct(StringComparer.Ordinal).Count() < names.Count)
        {
            return new ExcelTable(first - 1, 2, Join(sample[first - 1], rows[0], ExcelGroups.ToTheRight(sample[first - 1]), is1904), width);
        }

        return new ExcelTable(first, 1, names, width);
    }

    // The width that the upper fifth of the rows reaches, and at least two rows when there are as many: a single long note is no
    // table.
    static int UsualWidth(List<ExcelRow> sample)
    {
        var widths = sample.ConvertAll(r => r.Cells.Length);
        widths.Sort();
        return widths[widths.Count - 1 - Math.Max(widths.Count / 5, widths.Count > 3 ? 1 : 0)];
    }

    /// <summary>
    /// The first row names the columns: texts (or years and dates beside texts), none twice in a sheet of texts only; and below
    /// it a column
    /// is of another kind, or none of the texts comes again.
    /// </summary>
    static bool IsHeader(List<ExcelRow> rows)
    {
        var header = rows[0].Cells;
        var texts = header.Count(c => c.Kind == ExcelCellKind.Text);
        if ((CountsUp(rows[0]) && rows.Count > 1 && rows.FindIndex(1, CountsUp) < 0) || IsTimeline(rows))
        {
            return true;
        }

        if (texts == 0 || !header.All(IsName) || texts * 2 < header.Length)
        {
            return false;
        }

        var otherKind = false;
        var repeats = false;
        foreach (var name in header)
        {
            int below = 0, other = 0;
            for (var i = 1; i < rows.Count; i++)
            {
                var at = Array.FindIndex(rows[i].Cells, c => c.Column == name.Column);
                if (at >= 0)
                {
                    var cell = rows[i].Cells[at];
                    below++;
                    other += cell.Kind != ExcelCellKind.Text ? 1 : 0;
                    repeats |= name.Kind == ExcelCellKind.Text && cell.Kind == ExcelCellKind.Text
                        && cell.Text.Span.SequenceEqual(name.Text.Span);
                }
            }

            otherKind |= name.Kind == ExcelCellKind.Text && other * 2 > below;
        }

        return otherKind || (!repeats && texts == header.Length && header.DistinctBy(c =>
            Convert.ToHexString(c.Text.Span)).Count() == header.Length);
    }

    /// <summary>
    /// Texts, then 1, 2, 3, 4 … (or from 0) to the end: months, hours, questions. Only one row does that where it is the header.
    /// </summary>
    static bool CountsUp(ExcelRow row)
    {
        const int EnoughNumbers = 4;

        var cells = row.Cells;
        var first = Array.FindIndex(cells, c => c.Kind != ExcelCellKind.Text);
        if (first < 1 || cells.Length - first < EnoughNumbers || cells[first].Number is not (0 or 1))
        {
            return false;
        }

        for (var i = first; i < cells.Length; i++)
        {
            if (cells[i].Kind != ExcelCellKind.Number || cells[i].Moment != ExcelMoment.None || cells[i].Number != cells[first].Number + i - first)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Years or dates that follow each other, forwards or backwards, beside texts or right of a blank corner above texts: <c>Region, 2019, 2020, 2021</c>. Two and more, and
    /// most of what stands below them is something else; years are one step apart.
    /// </summary>
    static bool IsTimeline(List<ExcelRow> rows)
    {
        var cells = rows[0].Cells;
        var run = Array.FindAll(cells, c => c.Kind != ExcelCellKind.Text);
        if (run.Length < 2 || !cells.All(IsName) || !run.All(c => c.Moment == run[0].Moment)
            || !(cells[0].Kind == ExcelCellKind.Text || rows.Skip(1).All(r => r.Cells[0].Kind == ExcelCellKind.Text && r.Cells[0].Column < cells[0].Column)))
        {
            return false;
        }

        var step = run[1].Number - run[0].Number;
        for (var i = 1; i < run.Length; i++)
        {
            var difference = run[i].Number - run[i - 1].Number;
            if (step == 0 || (run[0].Moment == ExcelMoment.None ? difference != step : Math.Sign(difference) != Math.Sign(step)))
            {
                return false;
            }
        }

        var columns = run.Select(c => c.Column).ToHashSet();
        var below = rows.Skip(1).SelectMany(r => r.Cells).Where(c => columns.Contains(c.Column)).ToList();
        return below.Count > 0 && below.Count(c => c.Kind == ExcelCellKind.Number && c.Moment == run[0].Moment && (c.Moment != ExcelMoment.None || IsYear(c))) * 2 < below.Count;
    }

    static bool IsName(ExcelCell cell) =>
        (cell.Kind == ExcelCellKind.Text && cell.Text.Length <= ExcelCell.MaxNameBytes)
        || (cell.Kind == ExcelCellKind.Number && (cell.Moment != ExcelMoment.None || IsYear(cell)));

    static bool IsYear(ExcelCell cell) => cell.Number is >= 1900 and <= 2100 && cell.Number % 1 == 0;

    /// <summary>
    /// The second row is one too when it is all texts, names a column that the first does not, and numbers stand below.
    /// </summary>
    static bool IsSecondHeaderRow(List<ExcelRow> rows) =>
        rows.Count > 2 && rows[1].Number == rows[0].Number + 1 && rows[1].Cells.All(c => c.Kind == ExcelCellKind.Text)
        && rows[1].Cells.Any(c => !rows[0].Cells.Any(n => n.Column == c.Column))
        && rows[1].Cells.All(c => rows.Skip(2).Select(r => r.Cells.FirstOrDefault(d => d.Column == c.Column)).Any(d =>
            d.Kind != ExcelCellKind.Text))
        && rows[2].Cells.Any(c => c.Kind == ExcelCellKind.Number && rows[1].Cells.Any(n => n.Column == c.Column));

    /// <summary>The lower row has names where the upper one has none.</summary>
    static bool MayBeGroups(ExcelRow upper, ExcelRow? lower) =>
        lower is not null && lower.Number == upper.Number + 1 && upper.Cells.All(IsName) && lower.Cells.All(IsName)
        && lower.Cells.Any(c => !upper.Cells.Any(n => n.Column == c.Column));

    static Dictionary<int, string> Join(ExcelRow upper, ExcelRow lower, Func<int, ExcelCell?> groupOf, bool is1904)
    {
        var names = upper.Cells.ToDictionary(c => c.Column, c => Clean(c.ToText(is1904)));
        foreach (var cell in lower.Cells)
        {
            names[cell.Column] = Under(groupOf(cell.Column), Clean(cell.ToText(is1904)), is1904);
        }

        return names;
    }

    static string Under(ExcelCell? group, string name, bool is1904) => group is { } label ? $"{Clean(label.ToText(is1904))} {name}" : name;

    // A name that was wrapped in its cell is one line.
    static string Clean(string name) => string.Join(' ', name.Split(['\r', '\n', '\t'],
        StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}

/// <summary>The columns of a sheet that hold something, learned by reading it to the end.</summary>
sealed class ExcelColumns(int[] columns, IReadOnlyList<string> names) : LearnedColumns
{
    /// <summary>0-based columns of the sheet, rising.</summary>
    public int[] Columns { get; } = columns;

    public override IReadOnlyList<string> Names { get; } = names;

    /// <summary>Columns with a name or a cell, named by the header or by their place among them.</summary>
    public static ExcelColumns Of(ExcelTable table, IEnumerable<int> used, FormatLimits limits)
    {
        int[] columns = [.. table.Names.Keys.Concat(used).Distinct().Order()];
        if (columns.Length > limits.MaxColumns)
        {
            throw new BadFileException(RejectCode.TooManyColumns,
                $"The sheet has {columns.Length:N0} columns, more than the limit of " +
                $"{limits.MaxColumns:N0}; raise limits.max_columns if that is meant.");
        }

        return new ExcelColumns(columns, [.. columns.Select((c, i) => table.HeaderRows > 0 ? table.Names.GetValueOrDefault(c, "")
            : $"c{i + 1}")]);
    }
}
