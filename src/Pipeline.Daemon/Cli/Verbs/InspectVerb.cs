using System.CommandLine;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Columnar;
using Pipeline.Daemon.Hosting;
using Pipeline.Formats.Records;
using Pipeline.Ingestion;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary>
/// <c>inspect PATH…</c>: what a file is, without loading it. Needs no daemon; for a columnar file it starts an engine of its own, with a store that is
/// thrown away.
/// </summary>
static class InspectVerb
{
    /// <summary>Characters of a cell that the preview shows.</summary>
    const int ShownCell = 24;

    /// <summary>Columns that the preview shows side by side.</summary>
    const int ShownColumns = 8;

    static readonly Argument<string[]> s_paths = new("PATH") { Description = "Files", Arity = ArgumentArity.OneOrMore };

    public static Command Create(CliIo io)
    {
        var command = new Command(
            "inspect", "Show a file's format, columns and types with their evidence, without loading it") { s_paths };
        command.SetAction((result, cancellation) => RunAsync(result, io, cancellation));
        return command;
    }

    static async Task<int> RunAsync(ParseResult result, CliIo io, CancellationToken cancellation)
    {
        var options = HomeContext.Of(result).Options;
        var paths = result.GetValue(s_paths)!;
        if (paths.FirstOrDefault(p => !File.Exists(p)) is { } missing)
        {
            throw new CliException(ExitCode.Usage, $"There is no such file: {missing}");
        }

        using var scratch = new ScratchFolder();
        await using var engine = new ReadingEngine(Path.Combine(scratch.Path, "engine"), NullLoggerFactory.Instance, TimeProvider.System);
        using var columnar = new ColumnarReader(engine.GetAsync, scratch.Path, TimeProvider.System);
        var isFirst = true;
        var exit = ExitCode.Good;
        await foreach (var file in paths.ToAsyncEnumerable().SelectMany(path => Inspector.InspectAsync(path, options, columnar, cancellation)))
        {
            exit = file.Error is null ? exit : ExitCode.SomeQuarantined;
            if (result.GetValue(CommandLine.AsJson))
            {
                io.WriteJson(InspectionLine.Of(file));
                continue;
            }

            if (!isFirst)
            {
                io.Out.WriteLine();
            }

            isFirst = false;
            Show(file, io.Out);
        }

        return exit;
    }

    static void Show(Inspection file, TextWriter output)
    {
        output.WriteLine($"file         {TextTable.OneLine(file.File)}");
        output.WriteLine($"format       {file.Format ?? "not recognised"}{(file.Compression is null or "none" ? "" : $", {file.Compression}")}"
            + $"{(file.Encoding is null ? "" : $", {file.Encoding}")}, confidence {file.Confidence:0%}");
        if (file.Evidence is not null)
        {
            output.WriteLine($"because      {TextTable.OneLine(file.Evidence)}");
        }

        if (file.Dialect is { } d)
        {
            output.WriteLine($"dialect      delimiter {Quoted(d.Delimiter)}, quote {Quoted(d.Quote)}, "
                + $"{(d.Header ? "header" : "no header")}, line ends {d.LineEnding}");
        }

        if (file.Error is { } error)
        {
            output.WriteLine($"refused      {error.Message} [{error.Code}]");
            return;
        }

        output.WriteLine($"rows         {Humanly.Count(file.Rows)}");
        foreach (var warning in file.Warnings)
        {
            output.WriteLine(
                $"warning      {(warning.Line is { } line ? $"line {line}: " : "")}{warning.Message} [{warning.Code}]");
        }

        output.WriteLine();
        var columns = new TextTable("column", "type", "nulls", "evidence");
        foreach (var column in file.Columns)
        {
            columns.Add(column.Name, column.Type, column.Nullable ? "yes" : "", column.Evidence);
        }

        columns.Write(output);
        if (file.Preview.Count > 0)
        {
            output.WriteLine();
            Preview(file, output);
        }
    }

    static void Preview(Inspection file, TextWriter output)
    {
        var width = Math.Min(ShownColumns, file.Columns.Count);
        var table = new TextTable([.. file.Columns.Take(width).Select(c => c.Name)]) { CapitalHeaders = false };
        foreach (var row in file.Preview)
        {
            table.Add([.. row.Take(
                width).Select(c => (object?)(c is null ? "∅" : c.Length > ShownCell ? c[..(ShownCell - 1)] + "…" : c))]);
        }

        table.Write(output);
    }

    /// <summary>A private folder for the time of the verb.</summary>
    sealed class ScratchFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("pipeline-inspect-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }

    static string Quoted(string? text) => text is null ? "none" : $"'{text.Replace("\t", "\\t", StringComparison.Ordinal)}'";
}

/// <summary>
/// A file as <c>inspect --json</c> prints it: exactly these keys; <c>error</c> only where a load would refuse the file.
/// </summary>
sealed record InspectionLine(
    string File, string? Format, string? Compression, string? Encoding, Dialect? Dialect, long Rows,
    IReadOnlyList<InspectionLine.Column> Columns,
    IReadOnlyList<FormatWarning> Warnings, double Confidence,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] FileResultError? Error)
{
    public static InspectionLine Of(Inspection i) => new(
        i.File, i.Format, i.Compression, i.Encoding, i.Dialect, i.Rows,
        [.. i.Columns.Select(c => new Column(c.Name, c.Type, c.Nullable, c.Evidence))], i.Warnings, i.Confidence, i.Error);

    public sealed record Column(string Name, string Type, bool Nullable, string Evidence);
}
