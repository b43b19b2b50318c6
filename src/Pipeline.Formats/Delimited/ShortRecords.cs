using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Records that end before the columns do. Alone they are damaged; where many do, programs leave out what is empty at the end of a record, or the
/// last columns hold nothing at all.
/// </summary>
static class ShortRecords
{
    /// <summary>So many records that are too short alike are no accident.</summary>
    const int LeastShort = 3;

    /// <summary>
    /// The fewest fields that a whole record of a table has; 0 where each has all of them, or those that have not are damaged: less than half of the
    /// columns is.
    /// </summary>
    public static int LeastFields(int columns, IReadOnlyList<SampleRecords.Record> body, List<FormatWarning> warnings)
    {
        if (body.Count < LeastShort || columns < 2 || body.All(r => r.Fields.Length == columns))
        {
            return 0;
        }

        var usual = body.GroupBy(r => r.Fields.Length).MaxBy(g => g.Count())!.Key;
        var records = body.Count(r => r.Fields.Length == usual);
        if (usual < columns && usual > 1 && usual * 2 >= columns && records >= LeastShort && records * 10 >= body.Count * 9)
        {
            warnings.Add(new FormatWarning(
                "short_records", $"Nearly all records end after {usual} of {columns} columns: the last {columns - usual} hold nothing in them.", 1));
            return usual;
        }

        if (LeaveOutEmptyEnds(columns, body) is not (> 0 and var least))
        {
            return 0;
        }

        warnings.Add(new FormatWarning(
            "short_records", $"Records leave out what is empty at their end: they have {least} to {columns} fields, and the columns behind the last hold nothing.", 1));
        return least;
    }

    /// <summary>
    /// The fewest fields where a tenth of the records and more is short, no record ends with an empty field as those of other programs do, and the
    /// fields that are there are of the kind that their columns hold; else 0.
    /// </summary>
    public static int LeaveOutEmptyEnds(int columns, IReadOnlyList<SampleRecords.Record> body)
    {
        var cut = body.Where(r => r.Fields.Length < columns).ToList();
        if (cut.Count < LeastShort || cut.Count * 10 < body.Count || cut.Count == body.Count)
        {
            return 0;
        }

        var least = cut.Min(r => r.Fields.Length);
        var filledEnds = body.Count(r => r.Fields[^1].Length > 0);
        if (least < 2 || least * 2 < columns || filledEnds * 10 < body.Count * 9 || body.Any(r => r.Malformed || r.Fields.Length > columns))
        {
            return 0;
        }

        for (var column = 0; column < columns; column++)
        {
            var whole = body.Where(r => r.Fields.Length == columns).Select(r => r.Fields[column]).Where(f => f.Length > 0).ToList();
            if (whole.Count > 0 && whole.TrueForAll(HeaderDetector.IsValue)
                && cut.Exists(r => column < r.Fields.Length && HeaderDetector.IsPlainText(r.Fields[column])))
            {
                return 0;
            }
        }

        return least;
    }
}
