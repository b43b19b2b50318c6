namespace Pipeline.Formats.Delimited;

/// <summary>
/// Tables whose tabs are layout: several in a row bring a column to its place, or blanks stand between values that tabs do not divide. Only where single
/// tabs do not make a table: records of different width, or a column of nothing but several values each.
/// </summary>
static class TabLayout
{
    const int LeastRecords = 3;

    /// <summary>How the text may be cut in place of single tabs; null where they make a table.</summary>
    public static DelimitedDialect? Candidate(DialectGuess tabs)
    {
        var records = tabs.Sample;
        if (records.Count < LeastRecords || records.Exists(r => r.Quoted.Contains(true)))
        {
            return null;
        }

        var dialect = new DelimitedDialect { Delimiter = "\t", Quote = null, RunsOfBlanks = true };
        return records.Exists(r => r.Fields.Length != records[0].Fields.Length) && records.Count(HasRun) * 2 > records.Count ? dialect
            : Enumerable.Range(0, tabs.Columns).Any(c => HoldsSeveral(records, c)) ? dialect with { Delimiter = " " } : null;
    }

    /// <summary>The layout, if all records are as wide as each other, and nothing is empty that was not.</summary>
    public static DialectGuess? IsBetter(DialectGuess layout, DialectGuess tabs) =>
        layout.Columns > 1 && layout.Sample.Count >= tabs.Sample.Count && layout.Sample.TrueForAll(r => r.Fields.Length == layout.Columns) ? layout : null;

    /// <summary>An empty field between others.</summary>
    static bool HasRun(SampleRecords.Record record) => Array.FindIndex(record.Fields, 1, f => f.Length == 0) is > 0 and var at && at < record.Fields.Length - 1;

    /// <summary>Several numbers or dates with blanks in a row between them, in every record but the first. One blank stands in dates and numbers too.</summary>
    static bool HoldsSeveral(List<SampleRecords.Record> records, int column) => records.Skip(1).All(
        r => column < r.Fields.Length && r.Fields[column].Trim().Contains("  ", StringComparison.Ordinal) && r.Fields[column].Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 1 } values && Array.TrueForAll(values, HeaderDetector.IsValue));
}
