using System.Text.Json.Serialization;
using Pipeline.Formats.Records;
using Pipeline.Ingestion;

namespace Pipeline.Daemon.Cli;

/// <summary>What a file is, for a person: facts, warnings, columns with their evidence, the first rows.</summary>
sealed class InspectionReport(CliIo io)
{
    /// <summary>Characters of a cell that the preview shows.</summary>
    const int ShownCell = 24;

    /// <summary>Columns that the preview shows side by side.</summary>
    const int ShownColumns = 8;

    /// <summary>Warnings that are shown one by one; a file of ten thousand bad lines says so once.</summary>
    const int ShownWarnings = 20;

    readonly Ink _ink = new(io.IsTerminal);
    bool _isFirst = true;

    public void Show(Inspection file)
    {
        if (!_isFirst)
        {
            io.Out.WriteLine();
        }

        _isFirst = false;
        Fact("file", TextTable.OneLine(file.File));
        Fact("format", $"{file.Format ?? "not recognised"}, confidence {file.Confidence:0%}");
        Fact("compression", file.Compression is "none" ? null : file.Compression);
        Fact("encoding", file.Encoding);
        Fact("because", file.Evidence is null ? null : TextTable.Flat(file.Evidence));
        Fact("dialect", file.Dialect is { } dialect ? Describe(dialect) : null);
        if (file.Error is { } error)
        {
            Refused(error);
            return;
        }

        Fact("rows", Humanly.Count(file.Rows));
        foreach (var warning in file.Warnings.Take(ShownWarnings))
        {
            Fact("warning", _ink.Warn($"{(warning.Line is { } line ? $"line {line}: " : "")}{TextTable.Flat(warning.Message)} [{warning.Code}]"));
        }

        if (file.Warnings.Count > ShownWarnings)
        {
            Fact("warning", _ink.Warn($"and {Humanly.Count(file.Warnings.Count - ShownWarnings)} more; --json has them"));
        }

        if (file.Columns.Count > 0)
        {
            Columns(file);
        }
    }

    /// <summary>A labelled line; none when there is nothing to say.</summary>
    public void Fact(string label, string? text)
    {
        if (text is not null)
        {
            io.Out.WriteLine($"{_ink.Faint(label.PadRight(12))} {text}");
        }
    }

    public void Refused(FileResultError error) => Fact(
        "refused", _ink.Bad($"{(error.Line is { } line ? $"line {line}: " : "")}{TextTable.Flat(error.Message)} [{error.Code}]"));

    void Columns(Inspection file)
    {
        io.Out.WriteLine();
        var columns = new TextTable("column", "type", "nulls", "evidence");
        foreach (var column in file.Columns)
        {
            columns.Add(column.Name, column.Type, column.Nullable ? "yes" : "", column.Evidence);
        }

        columns.Write(io.Out);
        if (file.Preview.Count > 0)
        {
            io.Out.WriteLine();
            Preview(file);
        }
    }

    void Preview(Inspection file)
    {
        var width = Math.Min(ShownColumns, file.Columns.Count);
        var table = new TextTable([.. file.Columns.Take(width).Select(c => c.Name)]) { CapitalHeaders = false };
        foreach (var row in file.Preview)
        {
            table.Add([.. row.Take(width).Select(c => (object?)(c is null ? "∅" : c.Length > ShownCell ? c[..(ShownCell - 1)] + "…" : c))]);
        }

        table.Write(io.Out);
        if (file.Columns.Count > width)
        {
            io.Out.WriteLine(_ink.Faint($"and {Humanly.Count(file.Columns.Count - width)} more columns"));
        }
    }

    static string Describe(Dialect d) => $"delimiter {Quoted(d.Delimiter)}, quote {Quoted(d.Quote)}"
        + (d.Escape is null || d.Escape == d.Quote ? "" : $", escape {Quoted(d.Escape)}")
        + (d.Header ? ", header" : ", no header")
        + (d.SkipLines == 0 ? "" : $", {d.SkipLines} line{(d.SkipLines == 1 ? "" : "s")} above it skipped")
        + $", line ends {d.LineEnding}";

    static string Quoted(string? text) => text is null ? "none" : $"'{text.Replace("\t", "\\t", StringComparison.Ordinal)}'";
}

/// <summary>
/// A file as <c>inspect --json</c> prints it: exactly these keys; <c>error</c> only where a load would refuse the file.
/// </summary>
sealed record InspectionLine(
    string File, string? Format, string? Compression, string? Encoding, Dialect? Dialect, long Rows,
    IReadOnlyList<InspectionLine.Column> Columns, IReadOnlyList<FormatWarning> Warnings, double Confidence,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] FileResultError? Error)
{
    public static InspectionLine Of(Inspection i) => new(
        i.File, i.Format, i.Compression, i.Encoding, i.Dialect, i.Rows, [.. i.Columns.Select(Column.Of)], i.Warnings, i.Confidence, i.Error);

    public sealed record Column(string Name, string Type, bool Nullable, string Evidence)
    {
        public static Column Of(InspectedColumn c) => new(c.Name, c.Type, c.Nullable, c.Evidence);
    }
}
