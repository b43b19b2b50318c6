namespace Pipeline.Formats.Delimited;

/// <summary>
/// Where the table stands among the records of a head: what precedes it (titles, comments) and follows it (totals, remarks) is no part of
/// it.
/// </summary>
/// <param name="Records">The records of the table, its header among them.</param>
/// <param name="Columns">Fields of most records.</param>
/// <param name="Passed">Records before and behind it.</param>
/// <param name="Comment">What starts the lines in it that are comments.</param>
sealed record TableShape(List<SampleRecords.Record> Records, int Columns, int Passed, string? Comment)
{
    /// <summary>Titles of more lines than this are no titles.</summary>
    const int MaxPreambleRecords = 100;

    static readonly string[] s_comments = ["#", "//", "--", "%", ";", "!"];

    public static TableShape Find(List<SampleRecords.Record> records, string delimiter, bool? hasHeader)
    {
        var columns = ColumnsOf(records);
        var comment = FindComment(records, delimiter, columns);
        var kept = comment is null
            ? records
            : records.Where(r => (r.Fields.Length == columns && columns > 1) || !StartsWith(r, comment)).ToList();
        if (comment is not null && columns == 1)
        {
            columns = ColumnsOf(kept);
        }

        var first = FirstOfTable(kept, columns, hasHeader);
        var last = LastOfTable(kept, columns, first);
        return new TableShape(kept.GetRange(first, last - first), columns, kept.Count - (last - first), comment);
    }

    /// <summary>The usual number of fields; one only where nothing else occurs twice.</summary>
    static int ColumnsOf(List<SampleRecords.Record> records)
    {
        var groups = records.GroupBy(r => r.Fields.Length).Select(g => (Width: g.Key, Count: g.Count())).ToList();
        if (groups.Count == 0)
        {
            return 1;
        }

        var most = groups.OrderByDescending(g => g.Count).ThenByDescending(g => g.Width).First();
        var wide = groups.Where(g => g.Width > 1).OrderByDescending(g => g.Count).ThenByDescending(g => g.Width).FirstOrDefault();
        return most.Width == 1 && wide.Count >= 2 && wide.Count * 4 >= most.Count ? wide.Width : most.Width;
    }

    static string? FindComment(List<SampleRecords.Record> records, string delimiter, int columns)
    {
        foreach (var mark in s_comments)
        {
            if (mark == delimiter)
            {
                continue;
            }

            var marked = records.Where(r => StartsWith(r, mark)).ToList();
            var odd = marked.Where(r => r.Fields.Length != columns).ToList();
            if (columns == 1)
            {
                odd = marked.Where(r => IsRemark(r, mark)).ToList();
            }

            var strong = mark is "#" or "//" || odd.TrueForAll(r => IsRemark(r, mark));
            if (odd.Count > 0 && strong && marked.Count * 2 <= records.Count + 8 && marked.Count - odd.Count <= Math.Max(1, odd.Count))
            {
                return marked.Count == records.Count ? null : mark;
            }
        }

        return null;
    }

    static bool StartsWith(SampleRecords.Record record, string mark) =>
        record.Fields.Length > 0 && !record.Quoted[0] && record.Fields[0].StartsWith(mark, StringComparison.Ordinal);

    static bool IsRemark(SampleRecords.Record record, string mark) =>
        record.Fields[0].Length == mark.Length || record.Fields[0][mark.Length] is ' ' or '\t' || record.Fields[0][mark.Length] == mark[0];

    /// <summary>The header, or the first record where there is none.</summary>
    static int FirstOfTable(List<SampleRecords.Record> records, int columns, bool? hasHeader)
    {
        if (columns < 2)
        {
            return 0;
        }

        var full = records.FindIndex(r => r.Fields.Length >= columns);
        if (full < 0 || full > MaxPreambleRecords)
        {
            return 0;
        }

        // Row names have no name above them: such a header is one field short.
        if (full > 0 && columns > 2 && records[full - 1].Fields.Length == columns - 1 && !HeaderDetector.HasHeader(records[full..]))
        {
            full--;
        }

        // Records as wide as the table with one thing in them are titles too: spreadsheets pad them.
        if (columns > 2 && hasHeader != false)
        {
            for (var i = full; i < Math.Min(records.Count - 1, full + MaxPreambleRecords); i++)
            {
                if (records[i].Filled > 1 || records[i].Filled * 3 > columns)
                {
                    if (i > full && records[i].Filled * 10 >= columns * 7 && HeaderDetector.HasHeader(records[i..]))
                    {
                        full = i;
                    }

                    break;
                }
            }
        }

        if (full == 0)
        {
            return 0;
        }

        var titles = records.Take(full).All(r => r.Filled <= 1 || r.Fields.Length < columns);
        var onlyTexts = records.Take(full).All(r => r.Filled <= 1);
        return titles && (onlyTexts || HeaderDetector.HasHeader(records[full..])) ? full : 0;
    }

    static int LastOfTable(List<SampleRecords.Record> records, int columns, int first)
    {
        var last = records.Count;
        while (columns > 1 && last > first + 2 && records[last - 1].Fields.Length == 1)
        {
            last--;
        }

        return last;
    }
}
