using System.CommandLine;
using System.Text.Json.Serialization;
using Pipeline.ClickHouse;
using Pipeline.Daemon.Commands;
using Pipeline.Formats.Records;
using Pipeline.Ingestion;
using Pipeline.Ledger;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary><c>plan PATH…</c>: what a load of a file would do, without doing any of it.</summary>
static class PlanVerb
{
    public static Command Create(CliIo io)
    {
        var command = new Command(
            "plan", "Show what loading a file would do: table, statements, rejected rows; nothing is written") { FileArguments.Paths, FileArguments.Dataset };
        command.SetAction((result, cancellation) => RunAsync(result, io, cancellation));
        return command;
    }

    static async Task<int> RunAsync(ParseResult result, CliIo io, CancellationToken cancellation)
    {
        var context = HomeContext.Of(result);
        var files = FileArguments.Expand(result.GetValue(FileArguments.Paths)!);
        await using var destination = DestinationAccess.Exists(context) ? await DestinationAccess.OpenAsync(context, "plan", cancellation) : null;
        using var client = destination is null ? null : new ClickHouseClient(destination.Options with { Database = "default" });
        await using var ledger = File.Exists(context.Home.LedgerFile) ? await SqliteLedger.OpenReadOnlyAsync(context.Home.LedgerFile) : null;
        await using var look = new FileLook(context.Options);
        var planner = new FilePlanner(context.Home, context.Options, look.Inspector, client, ledger);
        var report = new InspectionReport(io);
        var exit = ExitCode.Good;
        try
        {
            await foreach (var plan in files.ToAsyncEnumerable().SelectMany(f => planner.PlanAsync(f, result.GetValue(FileArguments.Dataset), cancellation)))
            {
                exit = plan.Action == PlanAction.Refuse ? ExitCode.SomeQuarantined : exit;
                if (result.GetValue(CommandLine.AsJson))
                {
                    io.WriteJson(PlanLine.Of(plan));
                }
                else
                {
                    report.Show(plan.File);
                    Show(plan, report, io);
                }
            }

            return exit;
        }
        catch (ClickHouseException e)
        {
            throw new CliException(ExitCode.DestinationUnreachable, $"ClickHouse at {destination!.Options.Url} cannot be asked: {e.Error}", e);
        }
    }

    static void Show(FilePlan plan, InspectionReport report, CliIo io)
    {
        var ink = new Ink(io.IsTerminal);
        if (plan.File.Error is null)
        {
            io.Out.WriteLine();
        }

        report.Fact("dataset", plan.Dataset);
        report.Fact("table", plan.Table);
        report.Fact("action", plan.Action switch
        {
            PlanAction.Refuse => ink.Bad("refuse: the file goes to quarantine, nothing of it is loaded"),
            PlanAction.Duplicate => ink.Warn($"duplicate: loaded already from {TextTable.OneLine(plan.DuplicateOf!)}"),
            PlanAction.Empty => ink.Warn("empty: there is no row to load"),
            PlanAction.Create => ink.Good("create: the table is made for it"),
            PlanAction.Alter => ink.Good("alter: the table is changed for it"),
            _ => ink.Good("append: the table takes it as it is"),
        });
        if (plan.Error is { } error && plan.File.Error is null)
        {
            report.Refused(error);
        }

        if (plan.RowsRejected > 0)
        {
            report.Fact("rejected", ink.Warn($"{Humanly.Count(plan.RowsRejected)} of {Humanly.Rows(plan.File.Rows)}"));
        }

        foreach (var reject in plan.Rejects)
        {
            report.Fact("", $"{Humanly.Count(reject.Count)} × {reject.Code}, first on line {reject.Line}: {TextTable.Flat(reject.Message)}");
        }

        foreach (var statement in plan.Statements)
        {
            io.Out.WriteLine();
            io.Out.WriteLine(statement);
        }
    }
}

/// <summary>A file as <c>plan --json</c> prints it: the keys of <c>inspect --json</c>, then these.</summary>
sealed record PlanLine(
    string File, string? Format, string? Compression, string? Encoding, Dialect? Dialect, long Rows,
    IReadOnlyList<InspectionLine.Column> Columns, IReadOnlyList<FormatWarning> Warnings, double Confidence,
    string Dataset, string Table, PlanAction Action, IReadOnlyList<string> Statements, long RowsRejected, IReadOnlyList<PlannedReject> Rejects,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] FileResultError? Error)
{
    public static PlanLine Of(FilePlan p)
    {
        var i = p.File;
        return new PlanLine(
            i.File, i.Format, i.Compression, i.Encoding, i.Dialect, i.Rows, [.. i.Columns.Select(InspectionLine.Column.Of)], i.Warnings, i.Confidence,
            p.Dataset, p.Table, p.Action, p.Statements, p.RowsRejected, p.Rejects, p.Error);
    }
}
