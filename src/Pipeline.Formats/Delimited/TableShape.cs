using System.Globalization;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Where the table stands among the records of a head: what precedes it (titles, comments) and follows it (totals, remarks) is no part of
/// it.
/// </summary>
/// <param name="Records">The records of the table, its header among them.</param>
/// <param name="Columns">Fields of most records.</param>
/// <param name="Passed">Records before and behind it, but for comments above it.</param>
/// <param name="Comment">What starts the lines in it that are comments.</param>
sealed record TableShape(List<SampleRecords.Record> Records, int Columns, int Passed, string? Comment)
{
    /// <summary>Titles of more lines than this are no titles.</summary>
    const int MaxPreambleRecords = 100;

    /// <summary>Titles that a blank line sets apart are fewer than this.</summary>
    const int MaxTitlesApart = 8;

    /// <summary>So many records of one width show the width of the table.</summary>
    const int LeastSettled = 5;

    const string FrameMark = "+-";

    /// <summary>What lines of remarks start with.</summary>
    public static readonly string[] RemarkMarks = ["#", "//", "--", "%", ";", "!", "'", "*"];

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
        var passed = first + kept.Count - last - Math.Clamp(kept.FindIndex(r => !StartsWith(r, "#")), 0, first);
        var table = kept.GetRange(first, FirstPadded(kept, first, last) - first);
        if (hasHeader != false && CommentedHeader.Find(records, table, columns, delimiter) is { } header)
        {
            columns = header.Fields.Length;
            comment ??= records.Exists(r => r.Start > header.Start && r.Start < table[0].Start) ? "#" : null;
            table.Insert(0, header);
        }

        return new TableShape(table, columns, passed, comment);
    }

    /// <summary>The usual number of fields; one only where nothing else occurs twice.</summary>
    static int ColumnsOf(List<SampleRecords.Record> records)
    {
        var remarks = records.FindIndex(r => !StartsWith(r, "#"));
        var groups = records.Skip(remarks > records.Count - 2 ? 0 : remarks).GroupBy(r => r.Fields.Length).Select(g => (Width: g.Key, Count: g.Count())).ToList();
        if (groups.Count == 0)
        {
            return 1;
        }

        var most = groups.OrderByDescending(g => g.Count).ThenByDescending(g => g.Width).First();
        var first = records.TakeWhile(r => r.Fields.Length == records[0].Fields.Length).Count();
        if (first >= Math.Max(LeastSettled, most.Count) && records[0].Fields.Length > 1)
        {
            return records[0].Fields.Length; // Of two tables with as many records the first is read.
        }

        var wide = groups.Where(g => g.Width > 1).OrderByDescending(g => g.Count).ThenByDescending(g => g.Width).FirstOrDefault();
        return most.Width == 1 && wide.Count >= 2 && wide.Count * 4 >= most.Count ? wide.Width : most.Width;
    }

    static string? FindComment(List<SampleRecords.Record> records, string delimiter, int columns)
    {
        // The lines of a frame, as database clients print one: +----+----+.
        if (delimiter == "|" && columns > 1 && records.Count(r => r.Fields.Length == 1 && IsFrame(r.Fields[0])) > 1)
        {
            return FrameMark;
        }

        foreach (var mark in RemarkMarks)
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

    static bool IsFrame(string text) => text.StartsWith(FrameMark, StringComparison.Ordinal) && text.AsSpan().IndexOfAnyExcept("+-") < 0;

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

        var remarks = BehindRemarks(records);
        if (remarks > 0)
        {
            return remarks + FirstOfTable(records[remarks..], columns, hasHeader);
        }

        if (hasHeader != false && IsCount(records, columns))
        {
            return 1;
        }

        if (BehindBlankLine(records, columns) is > 0 and var apart)
        {
            return apart;
        }

        var full = records.FindIndex(r => r.Fields.Length >= columns);
        if (full < 0 || full > MaxPreambleRecords)
        {
            return 0;
        }

        // Row names have no name above them: such a header is one field short.
        if (full > 0 && !records[full].FollowsBlankLine && records[full - 1].Fields.Length == columns - 1 && (columns > 2 || IsName(records[full - 1], records[full]))
            && !HeaderDetector.IsNamed(records[full..])
            && !(Array.Exists(records[full].Fields, HeaderWords.IsUsual) && HeaderDetector.HasHeader(records[full..])))
        {
            full--;
        }

        if (BehindSentences(records, columns, full) is > 0 and var named)
        {
            return named;
        }

        full = BehindPaddedTitles(records, columns, full, hasHeader);
        if (full == 0)
        {
            // Titles may be wider than the table.
            var exact = records.FindIndex(r => r.Fields.Length == columns);
            return exact is > 0 and <= MaxPreambleRecords && records[0].Fields.Length > columns
                && (HeaderDetector.IsNamed(records[exact..]) || HeaderReader.IsNamedInLines(records[exact..])) ? exact : 0;
        }

        var titles = records.Take(full).All(r => r.Filled <= 1 || r.Fields.Length < columns);
        var onlyTexts = records.Take(full).All(r => r.Filled <= 1);
        return titles && (onlyTexts || IsSettled(records, columns, full) || HeaderDetector.HasHeader(records[full..])) ? full : 0;
    }

    /// <summary>
    /// Whether nearly all records from one on agree on their width, and what stands above them does not name most of it: a line of counts, or of
    /// another kind of record, or lines of different width behind which a blank one stands. Of few records it must be a blank line that sets nothing
    /// but texts apart.
    /// </summary>
    static bool IsSettled(List<SampleRecords.Record> records, int columns, int full)
    {
        var body = records.Count - full;
        var above = records[full - 1];
        var least = records[full].FollowsBlankLine && records.Take(full).All(r => HeaderDetector.IsAllText(r.Fields)) ? 2 : LeastSettled;
        return body >= least && full <= MaxTitlesApart && records.Skip(full).Count(r => r.Fields.Length == columns) >= body * 0.95
            && (above.Filled * 2 <= columns || !HeaderDetector.IsAllText(above.Fields)
                || (records[full].FollowsBlankLine && records.Take(full).Any(r => r.Fields.Length != above.Fields.Length)));
    }

    /// <summary>
    /// Titles of any number of words above a table laid out by blanks: the first line as wide as the table names the columns beyond doubt, and nearly
    /// all below it are as wide. 0: it is not so.
    /// </summary>
    static int BehindSentences(List<SampleRecords.Record> records, int columns, int full)
    {
        var exact = records.FindIndex(r => r.Fields.Length == columns);
        var body = records.Count - exact;
        return exact > full && exact <= MaxPreambleRecords && body >= LeastSettled
            && (records.Skip(exact).Count(r => r.Fields.Length == columns) * 10 >= body * 9 || HeaderReader.HasShortUnits(records[exact..]))
            && HeaderDetector.IsNamed(records[exact..]) ? exact : 0;
    }

    /// <summary>A line of few numbers above the names: how many rows and columns there are.</summary>
    static bool IsCount(List<SampleRecords.Record> records, int columns) =>
        records.Count > 3 && records[0].Filled <= 3 && records[0].Fields.TakeWhile(f => f.Length > 0).Count() == records[0].Filled
        && records[0].Fields.Where(f => f.Length > 0).All(f => long.TryParse(f, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        && records[1].Fields.Length == columns && records[1].Filled == columns && HeaderDetector.IsAllText(records[1].Fields)
        && HeaderDetector.IsNamed(records[1..]);

    /// <summary>One word directly above the records, as statistics programs write the name of a single column beside row names.</summary>
    static bool IsName(SampleRecords.Record record, SampleRecords.Record next) =>
        !next.FollowsBlankLine && record.Fields[0].Length > 0 && char.IsLetter(record.Fields[0][0])
        && record.Fields[0].All(c => char.IsLetterOrDigit(c) || c is '_' or '.');

    /// <summary>
    /// Lines of the start that begin with #, whatever else is in them; with another mark and a blank, where the line below them names the columns
    /// beyond doubt.
    /// </summary>
    static int BehindRemarks(List<SampleRecords.Record> records)
    {
        var count = records.FindIndex(r => !StartsWith(r, "#"));
        if (count > 0)
        {
            return count <= MaxPreambleRecords && !records.Skip(count).Any(r => StartsWith(r, "#") && r.Fields.Length == records[count].Fields.Length) ? count : 0;
        }

        var mark = Array.Find(RemarkMarks, m => StartsWith(records[0], m) && IsRemark(records[0], m));
        count = mark is null ? 0 : records.FindIndex(r => !StartsWith(r, mark) || !IsRemark(r, mark));
        return count is > 0 and <= MaxPreambleRecords && HeaderDetector.IsNamed(records[count..]) ? count : 0;
    }

    /// <summary>Few lines, a blank line, and then a header with most of the file below it.</summary>
    static int BehindBlankLine(List<SampleRecords.Record> records, int columns)
    {
        var first = records.FindIndex(1, Math.Min(records.Count, MaxTitlesApart + 2) - 1, r => r.FollowsBlankLine);
        return first > 0 && records.Count - first > first && records[first].Fields.Length == columns && !HeaderDetector.IsNamed(records[..first])
            && HeaderDetector.HasHeader(records[first..]) && !records.Skip(first + 1).Any(r => r.FollowsBlankLine && r.Fields.Length == columns)
            ? first : 0;
    }

    /// <summary>Records as wide as the table with one thing in them are titles too: spreadsheets pad them.</summary>
    static int BehindPaddedTitles(List<SampleRecords.Record> records, int columns, int full, bool? hasHeader)
    {
        if (columns > 2 && hasHeader != false)
        {
            for (var i = full; i < Math.Min(records.Count - 1, full + MaxPreambleRecords); i++)
            {
                if (records[i].Filled > 1 || records[i].Filled * 3 > columns)
                {
                    return i > full && ((records[i].Filled * 10 >= CountUsed(records, i + 1, columns) * 7 && HeaderDetector.HasHeader(records[i..])) || HeaderReader.AreGroups(records[i..]))
                        ? i : full;
                }
            }
        }

        return full;
    }

    /// <summary>Columns that hold something in half of the records from one on.</summary>
    static int CountUsed(List<SampleRecords.Record> records, int from, int columns) =>
        Enumerable.Range(0, columns).Count(
            c => records.Skip(from).Count(r => c < r.Fields.Length && !string.IsNullOrWhiteSpace(r.Fields[c])) * 2 >= records.Count - from);

    /// <summary>Records at the end that hold nothing, or something in the first field only, show nothing about the others.</summary>
    static int FirstPadded(List<SampleRecords.Record> records, int first, int last)
    {
        while (last > first + 2 && TableEnd.IsPadded(records[last - 1]))
        {
            last--;
        }

        return last;
    }

    static int LastOfTable(List<SampleRecords.Record> records, int columns, int first)
    {
        var last = records.Count;
        while (columns > 1 && last > first + 2 && (records[last - 1].Fields.Length == 1 || (records[last - 1].FollowsBlankLine && records[last - 1].Fields[0] is ['(', ..])))
        {
            last--;
        }

        return last;
    }
}
