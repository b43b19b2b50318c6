using System.CommandLine;
using Pipeline.Ledger;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary><c>quarantine list | show | retry | drop</c>.</summary>
static class QuarantineVerb
{
    /// <summary>Rejected rows shown of a file; all of them are in its rejects file.</summary>
    const int ShownRejects = 10;

    static readonly Argument<string> s_file = new("FILE") { Description = "Ledger key, path or file name" };

    public static Command Create(CliIo io)
    {
        var list = new Command("list", "List files that were refused, and loaded files with rejected rows");
        list.SetAction((result, cancellation) => ListAsync(result, io));
        var show = new Command("show", "Show why a file was refused, and what to do") { s_file };
        show.SetAction((result, cancellation) => ShowAsync(result, io));
        var retry = new Command("retry", "Load a refused file again, or the corrected rejects of a loaded one") { s_file };
        retry.SetAction((result, cancellation) => CommandVerb.RunAsync(
            result, io, "quarantine", (commands, stop) => commands.RetryAsync(result.GetValue(s_file)!, stop)));
        var drop = new Command("drop", "Delete a refused file, or the rejects of a loaded one") { s_file };
        drop.SetAction((result, cancellation) => CommandVerb.RunAsync(
            result, io, "quarantine", (commands, stop) => commands.DropAsync(result.GetValue(s_file)!, stop)));
        return new Command("quarantine", "Look at refused files and rows, load them again or delete them") { list, show, retry, drop };
    }

    static async Task<int> ListAsync(ParseResult result, CliIo io)
    {
        var home = HomeContext.Of(result).Home;
        var entries = new List<LedgerEntry>();
        if (File.Exists(home.LedgerFile))
        {
            await using var ledger = await SqliteLedger.OpenReadOnlyAsync(home.LedgerFile);
            await foreach (var entry in RefusedAsync(ledger))
            {
                entries.Add(entry);
            }
        }

        if (result.GetValue(CommandLine.AsJson))
        {
            entries.ForEach(e => io.WriteJson(FilesVerb.Json(e)));
            return ExitCode.Good;
        }

        if (entries.Count == 0)
        {
            io.Out.WriteLine("Nothing is in quarantine.");
            return ExitCode.Good;
        }

        var table = new TextTable("key", "since", "dataset", "file", "what", "code", "message");
        foreach (var e in entries)
        {
            table.Add(
                e.Key, Humanly.Time(e.UpdatedAt), e.Dataset, FilesVerb.Shown(home, e.Path),
                e.State == FileState.Quarantined ? "file" : Humanly.Rows(e.Receipt!.RowsRejected), e.Problem?.Code ?? "", e.Problem?.Message ?? "");
        }

        table.Write(io.Out);
        return ExitCode.Good;
    }

    static async Task<int> ShowAsync(ParseResult result, CliIo io)
    {
        var home = HomeContext.Of(result).Home;
        var name = result.GetValue(s_file)!;
        await using var ledger = await SqliteLedger.OpenReadOnlyAsync(home.LedgerFile);
        var entry = (await FilesVerb.FindAsync(ledger, name)).FirstOrDefault(IsRefused)
            ?? throw new CliException(ExitCode.Usage, $"Nothing in quarantine is known as {name}. Try: pipeline quarantine list");
        if (result.GetValue(CommandLine.AsJson))
        {
            io.WriteJson(FilesVerb.Json(entry));
            return ExitCode.Good;
        }

        io.Out.WriteLine($"file      {TextTable.OneLine(entry.Path)}");
        io.Out.WriteLine($"dataset   {entry.Dataset}");
        io.Out.WriteLine($"since     {Humanly.Time(entry.UpdatedAt)}, attempt {entry.Attempts}");
        if (entry.Problem is { } problem)
        {
            io.Out.WriteLine($"why       {problem.Message} [{problem.Code}, {problem.Stage}]{Position(problem)}");
            io.Out.WriteLine($"to do     {problem.WhatToDo}");
            io.Out.WriteLine($"lies at   {entry.MovedTo ?? entry.Path}");
        }

        if (entry.Receipt is { RowsRejected: > 0 } receipt)
        {
            io.Out.WriteLine($"rejected  {Humanly.Rows(receipt.RowsRejected)} of {Humanly.Count(receipt.RowsRead)}; {receipt.RowsLoaded} were loaded into {receipt.Database}.{receipt.Table}");
            Rejects(home.QuarantineFolder, entry, io);
        }

        return ExitCode.Good;
    }

    /// <summary>The head of the rejects file, as it is: header first, then rows with their line, column, code and message.</summary>
    static void Rejects(string folder, LedgerEntry entry, CliIo io)
    {
        var dataset = Path.Combine(folder, entry.Dataset);
        var name = Path.GetFileName(entry.Path) + ".rejects.csv";
        var file = Directory.Exists(dataset)
            ? new DirectoryInfo(dataset).EnumerateFiles("*.rejects.csv", SearchOption.AllDirectories)
                .Where(f => f.Name == name).MaxBy(f => f.LastWriteTimeUtc)
            : null;
        if (file is null)
        {
            return;
        }

        io.Out.WriteLine($"lies at   {file.FullName}");
        foreach (var line in File.ReadLines(file.FullName).Take(ShownRejects + 1))
        {
            io.Out.WriteLine("  " + TextTable.OneLine(line));
        }
    }

    static string Position(FileProblem problem) => (problem.Line, problem.Column) switch
    {
        (null, null) => "",
        ({ } line, null) => $" at line {line}",
        (null, { } column) => $" in column {column}",
        ({ } line, { } column) => $" at line {line}, column {column}",
    };

    static bool IsRefused(LedgerEntry entry) =>
        entry.State == FileState.Quarantined
        || (entry.State is FileState.Loaded or FileState.Archived && entry.Receipt is { RowsRejected: > 0 });

    /// <summary>All of them, newest first, page by page: the ledger holds every file there ever was.</summary>
    static async IAsyncEnumerable<LedgerEntry> RefusedAsync(SqliteLedger ledger)
    {
        const int Page = 1000;
        foreach (var state in (FileState[])[FileState.Quarantined, FileState.Loaded, FileState.Archived])
        {
            long? before = null;
            while (true)
            {
                var page = await ledger.ListAsync(state: state, limit: Page, beforeKey: before);
                foreach (var entry in page.Where(IsRefused))
                {
                    yield return entry;
                }

                if (page.Count < Page)
                {
                    break;
                }

                before = page[^1].Key;
            }
        }
    }
}
