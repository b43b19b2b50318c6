using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Configuration;
using Pipeline.Daemon.Hosting;
using Pipeline.Quarantine;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary>
/// <c>quarantine list | show | retry | drop</c>. Quarantine is a folder: these verbs need neither daemon nor engine, and a daemon
/// that runs sees what they do.
/// </summary>
static class QuarantineVerb
{
    /// <summary>Lines shown of a rejects file; all of them are in the file.</summary>
    const int ShownLines = 11;

    static readonly Argument<string> s_file = new("FILE") { Description = "Id (dataset/day/name), path, file name or file id" };

    public static Command Create(CliIo io)
    {
        var list = new Command("list", "List refused files, and rejected rows of loaded files");
        list.SetAction(result => List(result, io));
        var show = new Command("show", "Show why, and what to do") { s_file };
        show.SetAction(result => Show(result, io));
        var retry = new Command("retry", "Bring a file back into the data folder, so that it is loaded again") { s_file };
        retry.SetAction((result, cancellation) => RetryAsync(result, io, cancellation));
        var drop = new Command("drop", "Delete a refused file, or the rejected rows of a loaded one") { s_file };
        drop.SetAction((result, cancellation) => DropAsync(result, io));
        return new Command(
            "quarantine", "Look at refused files and rows, load them again or delete them") { list, show, retry, drop };
    }

    static int List(ParseResult result, CliIo io)
    {
        var entries = Store(HomeContext.Of(result).Home).List();
        if (result.GetValue(CommandLine.AsJson))
        {
            foreach (var entry in entries)
            {
                io.WriteJson(JsonOf(entry));
            }

            return ExitCode.Good;
        }

        if (entries.Count == 0)
        {
            io.Out.WriteLine("Nothing is in quarantine.");
            return ExitCode.Good;
        }

        var table = new TextTable("id", "since", "what", "code", "message");
        foreach (var e in entries)
        {
            table.Add(e.Id, Humanly.Time(e.Since), What(e), e.Record?.Code, e.Record?.Message);
        }

        table.Write(io.Out);
        return ExitCode.Good;
    }

    static int Show(ParseResult result, CliIo io)
    {
        var entry = One(Store(HomeContext.Of(result).Home), result);
        if (result.GetValue(CommandLine.AsJson))
        {
            io.WriteJson(JsonOf(entry));
            return ExitCode.Good;
        }

        io.Out.WriteLine($"id        {TextTable.OneLine(entry.Id)}");
        io.Out.WriteLine($"what      {What(entry)} of dataset {entry.Dataset}, since {Humanly.Time(entry.Since)}");
        io.Out.WriteLine($"lies at   {(entry.FilePath is { } path ? TextTable.OneLine(path) : "nowhere: the file is missing")}");
        if (entry.Record is { } record)
        {
            io.Out.WriteLine($"came from {TextTable.OneLine(record.OriginalPath)}");
            io.Out.WriteLine($"why       {TextTable.Flat(record.Message)} [{record.Code}, {record.Stage}]{Position(record)}");
            io.Out.WriteLine($"to do     {record.WhatToDo}");
        }

        if (entry.Kind == QuarantineKind.Rejects && entry.FilePath is { } rejects)
        {
            if (entry.Rejects is { } link)
            {
                io.Out.WriteLine($"why       {Humanly.Rows(link.Rows + link.RowsOmitted)} did not fit {link.Database}.{link.Table}; "
                    + "the others were loaded");
            }

            io.Out.WriteLine(
                $"to do     correct them in a spreadsheet, then: pipeline quarantine retry \"{TextTable.OneLine(entry.Id)}\"");
            foreach (var line in File.ReadLines(rejects).Take(ShownLines))
            {
                io.Out.WriteLine("  " + TextTable.OneLine(line));
            }
        }

        return ExitCode.Good;
    }

    static async Task<int> RetryAsync(ParseResult result, CliIo io, CancellationToken cancellation)
    {
        var home = HomeContext.Of(result).Home;
        var store = Store(home);
        var entry = One(store, result);
        string path;
        try
        {
            path = await store.RetryAsync(entry, cancellation);
        }
        catch (FileNotFoundException e)
        {
            throw new CliException(ExitCode.Usage, e.Message, e);
        }

        var isWatched = DaemonFile.Find(home) is { Verb: "run" };
        Reply(result, io, $"{path} is back; "
            + (isWatched ? "the daemon loads it now." : "it is loaded when the daemon runs: pipeline run"), path);
        return ExitCode.Good;
    }

    static async Task<int> DropAsync(ParseResult result, CliIo io)
    {
        var store = Store(HomeContext.Of(result).Home);
        var entry = One(store, result);
        await store.DropAsync(entry);
        Reply(result, io, $"Deleted: {entry.Id}", null);
        return ExitCode.Good;
    }

    static void Reply(ParseResult result, CliIo io, string message, string? file)
    {
        if (result.GetValue(CommandLine.AsJson))
        {
            io.WriteJson(new { Done = true, Message = message, File = file });
        }
        else
        {
            io.Out.WriteLine(TextTable.OneLine(message));
        }
    }

    static QuarantineEntry One(QuarantineStore store, ParseResult result)
    {
        var name = result.GetValue(s_file)!;
        return store.Find(name) switch
        {
            [var only] => only,
            [] => throw new CliException(
                ExitCode.Usage, $"Nothing in quarantine is known as {name}. Try: pipeline quarantine list"),
            var several => throw new CliException(
                ExitCode.Usage,
                $"{several.Count} things in quarantine are known as {name}; give the id of one:\n  "
                + string.Join("\n  ", several.Select(e => e.Id))),
        };
    }

    static QuarantineStore Store(PipelineHome home) =>
        new(home.QuarantineFolder, home.DataFolder, TimeProvider.System, NullLogger.Instance);

    static object JsonOf(QuarantineEntry entry) => new
    {
        entry.Id,
        entry.Kind,
        entry.State,
        entry.Dataset,
        File = entry.FilePath,
        entry.Since,
        Error = entry.Record is { } r ? new { r.Code, r.Stage, r.Message, r.WhatToDo, r.Line, r.Column } : null,
        OriginalPath = entry.Record?.OriginalPath,
        FileId = entry.Record?.FileId ?? entry.Rejects?.FileId,
        Rows = entry.Rejects?.Rows,
    };

    static string What(QuarantineEntry entry) => (entry.Kind, entry.State) switch
    {
        (QuarantineKind.Rejects, _) => entry.Rejects is { } link ? $"{Humanly.Rows(link.Rows)} rejected" : "rejected rows",
        (_, QuarantineState.FileMissing) => "file (missing)",
        (_, QuarantineState.ReasonMissing) => "file (without a reason)",
        (_, QuarantineState.InPlace) => "file (in its place)",
        _ => "file",
    };

    static string Position(QuarantineRecord record) => (record.Line, record.Column) switch
    {
        (null, null) => "",
        ({ } line, null) => $" at line {line}",
        (null, { } column) => $" in column {column}",
        ({ } line, { } column) => $" at line {line}, column {column}",
    };
}
