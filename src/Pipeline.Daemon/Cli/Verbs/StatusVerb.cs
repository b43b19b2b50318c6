using System.CommandLine;
using Pipeline.Daemon.Hosting;
using Pipeline.Ledger;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary><c>status</c>: who works on the home, and how many files are in which state. Reads only.</summary>
static class StatusVerb
{
    public static Command Create(CliIo io)
    {
        var command = new Command("status", "Show whether the daemon runs, and files and rows by dataset and state");
        command.SetAction((result, cancellation) => RunAsync(result, io));
        return command;
    }

    static async Task<int> RunAsync(ParseResult result, CliIo io)
    {
        var (home, options) = HomeContext.Of(result);
        var running = DaemonFile.Find(home);
        var isHeld = running is not null || HomeLock.IsHeld(home);
        IReadOnlyList<LedgerCount> counts = [];
        if (File.Exists(home.LedgerFile))
        {
            await using var ledger = await SqliteLedger.OpenReadOnlyAsync(home.LedgerFile);
            counts = [.. (await ledger.CountAsync()).OrderBy(c => c.Dataset, StringComparer.Ordinal).ThenBy(c => c.State)];
        }

        var destination = running?.DestinationUrl ?? options.Clickhouse.Url;
        if (result.GetValue(CommandLine.AsJson))
        {
            io.WriteJson(new
            {
                Home = home.Root,
                DataFolder = home.DataFolder,
                Running = isHeld,
                running?.Verb,
                running?.Pid,
                running?.Version,
                running?.StartedAt,
                running?.HttpUrl,
                Destination = destination,
                Embedded = options.Clickhouse.Url is null,
                Datasets = counts,
            });
            return ExitCode.Good;
        }

        io.Out.WriteLine($"home         {home.Root}");
        io.Out.WriteLine($"data         {home.DataFolder}");
        io.Out.WriteLine(running is null
            ? $"running      {(isHeld ? "starting or ending" : "no")}"
            : $"running      {running.Verb}, process {running.Pid}, since {Humanly.Time(running.StartedAt)}"
                + (running.HttpUrl is null ? "" : $", {running.HttpUrl}"));
        io.Out.WriteLine($"destination  {(options.Clickhouse.Url is null ? "embedded engine" : "ClickHouse")} {destination}".TrimEnd());
        io.Out.WriteLine();
        if (counts.Count == 0)
        {
            io.Out.WriteLine("No file was seen yet.");
            return ExitCode.Good;
        }

        var table = new TextTable("dataset", "state", "files", "rows loaded", "rows rejected", "size");
        foreach (var count in counts)
        {
            table.Add(
                count.Dataset, Words.Of(count.State), count.Files, count.RowsLoaded, count.RowsRejected,
                Humanly.Bytes(count.Bytes));
        }

        table.Write(io.Out);
        return ExitCode.Good;
    }
}
