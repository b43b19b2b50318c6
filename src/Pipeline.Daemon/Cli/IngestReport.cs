using Pipeline.Daemon.Cli.Verbs;
using Pipeline.Daemon.Commands;
using Pipeline.Ingestion;

namespace Pipeline.Daemon.Cli;

/// <summary>Shows results as they come: JSON lines, plain lines, or plain lines above a progress bar.</summary>
abstract class IngestReport
{
    public int Quarantined { get; private set; }

    public static IngestReport Create(CliIo io, IngestOrder order, bool asJson) =>
        asJson ? new JsonReport(io) : io.IsTerminal ? new ProgressReport(order) : new PlainReport(io);

    public abstract Task ShowAsync(IAsyncEnumerable<IngestUpdate> updates);

    protected void Count(FileResult result) => Quarantined += result.Outcome == "quarantined" ? 1 : 0;

    /// <summary>One line for a person, two for a refused file.</summary>
    protected static string Line(FileResult result)
    {
        var file = TextTable.OneLine(result.File);
        return result.Outcome switch
        {
            "loaded" => $"loaded       {file} -> {result.Table}: {Humanly.Rows(result.RowsLoaded)}{Rejected(result)}, "
                + $"{Humanly.Bytes(result.Bytes)} in {Humanly.Seconds(result.Seconds)}",
            "quarantined" => $"quarantined  {file}: {TextTable.Flat(result.Error?.Message ?? "")} [{result.Error?.Code}]",
            _ => $"{result.Outcome,-11}  {file}{(result.Note is null ? "" : $": {result.Note}")}",
        };
    }

    static string Rejected(FileResult result) =>
        result.RowsRejected == 0 ? "" : $", {Humanly.Count(result.RowsRejected)} rejected";

    sealed class JsonReport(CliIo io) : IngestReport
    {
        public override async Task ShowAsync(IAsyncEnumerable<IngestUpdate> updates)
        {
            await foreach (var update in updates)
            {
                if (update.Result is { } result)
                {
                    Count(result);
                    io.WriteJson(FileResultLine.Of(result));
                }
            }
        }
    }

    sealed class PlainReport(CliIo io) : IngestReport
    {
        public override async Task ShowAsync(IAsyncEnumerable<IngestUpdate> updates)
        {
            await foreach (var update in updates)
            {
                if (update.Result is { } result)
                {
                    Count(result);
                    await io.Out.WriteLineAsync(Line(result));
                }
            }
        }
    }
}
