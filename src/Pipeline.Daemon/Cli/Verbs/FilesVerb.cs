using System.CommandLine;
using Pipeline.Configuration;
using Pipeline.Daemon.Commands;
using Pipeline.Ledger;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary><c>files</c>: what the ledger knows of each file, newest first. Reads only.</summary>
static class FilesVerb
{
    static readonly Option<string?> s_dataset = new(
        "--dataset")
    { Description = "Only files of this dataset", HelpName = "NAME" };

    static readonly Option<string?> s_state = StateOption();

    static readonly Option<int> s_limit = new("--limit")
    {
        Description = "Files at most",
        HelpName = "N",
        DefaultValueFactory = _ => 50,
    };

    static readonly Argument<string?> s_name = new("FILE")
    {
        Description = "A path, a file name or a ledger key; all files when left out",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Command Create(CliIo io)
    {
        var command = new Command(
            "files", "List files with their state, table and rows, newest first") { s_name, s_dataset, s_state, s_limit };
        command.SetAction((result, cancellation) => RunAsync(result, io));
        return command;
    }

    /// <summary>An entry as <c>--json</c> prints it.</summary>
    public static object Json(LedgerEntry entry) => new
    {
        entry.Key,
        File = entry.Path,
        entry.Dataset,
        entry.State,
        Table = TableOf(entry),
        FileId = entry.FileId?.Hex,
        entry.Bytes,
        entry.Receipt?.RowsRead,
        entry.Receipt?.RowsLoaded,
        entry.Receipt?.RowsRejected,
        entry.Receipt?.RowsSkipped,
        entry.Receipt?.Seconds,
        Error = entry.Problem is { } p ? new { p.Code, p.Stage, p.Message, p.WhatToDo, p.Line, p.Column } : null,
        entry.MovedTo,
        entry.SeenAt,
        entry.UpdatedAt,
    };

    static async Task<int> RunAsync(ParseResult result, CliIo io)
    {
        var home = HomeContext.Of(result).Home;
        var entries = await ReadAsync(home, result);
        if (result.GetValue(CommandLine.AsJson))
        {
            foreach (var entry in entries)
            {
                io.WriteJson(Json(entry));
            }

            return ExitCode.Good;
        }

        if (entries.Count == 0)
        {
            io.Out.WriteLine("No file.");
            return ExitCode.Good;
        }

        var table = new TextTable("key", "updated", "state", "file", "table", "rows", "rejected", "size");
        foreach (var entry in entries)
        {
            table.Add(
                entry.Key, Humanly.Time(entry.UpdatedAt), Words.Of(entry.State), Shown(home, entry.Path),
                entry.Problem?.Code ?? TableOf(entry), entry.Receipt?.RowsLoaded, entry.Receipt?.RowsRejected,
                    Humanly.Bytes(entry.Bytes));
        }

        table.Write(io.Out);
        return ExitCode.Good;
    }

    static async Task<IReadOnlyList<LedgerEntry>> ReadAsync(PipelineHome home, ParseResult result)
    {
        if (!File.Exists(home.LedgerFile))
        {
            return [];
        }

        await using var ledger = await SqliteLedger.OpenReadOnlyAsync(home.LedgerFile);
        if (result.GetValue(s_name) is not { } name)
        {
            return await ledger.ListAsync(
                result.GetValue(s_dataset), Words.Parse<FileState>(result.GetValue(s_state)),
                Math.Max(1, result.GetValue(s_limit)));
        }

        var found = await FileSearch.FindAsync(ledger, name);
        return found.Count > 0 ? found : throw new CliException(ExitCode.Usage, $"No file is known as {name}.");
    }

    static string? TableOf(LedgerEntry entry) => entry.Plan is { } plan ? $"{plan.Database}.{plan.Table}" : null;

    /// <summary>Short where it can be: below the data folder.</summary>
    internal static string Shown(PipelineHome home, string path) =>
        path.StartsWith(home.DataFolder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path[(home.DataFolder.Length + 1)..] : path;

    static Option<string?> StateOption()
    {
        var option = new Option<string?>("--state") { Description = "Only files in this state", HelpName = "STATE" };
        option.AcceptOnlyFromAmong(Words.All<FileState>());
        return option;
    }
}
