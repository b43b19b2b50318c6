using Pipeline.Daemon.Commands;
using Pipeline.Ingestion;
using Spectre.Console;

namespace Pipeline.Daemon.Cli;

/// <summary>
/// A line per finished file above one bar for all: bytes, rows, rows a second, time left. Only here is Spectre loaded.
/// </summary>
sealed class ProgressReport(IngestOrder order) : IngestReport
{
    readonly Dictionary<string, FileProgress> _open = new(StringComparer.Ordinal);
    readonly Dictionary<string, long> _sizes = order.Files.ToDictionary(
        f => f.Path, f => new FileInfo(f.Path).Length, StringComparer.Ordinal);

    // Of files that hold files: bytes that those in them stand for.
    readonly Dictionary<string, long> _unpacked = new(StringComparer.Ordinal);

    // Of finished files.
    long _bytes;
    long _rows;
    int _files;

    public override Task ShowAsync(IAsyncEnumerable<IngestUpdate> updates) => AnsiConsole.Progress()
        .AutoClear(enabled: true)
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(),
            new RemainingTimeColumn())
        .StartAsync(async context =>
        {
            var started = TimeProvider.System.GetTimestamp();
            var bar = context.AddTask("starting", maxValue: Math.Max(1, _sizes.Values.Sum()));
            await foreach (var update in updates)
            {
                Take(update);
                var rows = _rows + _open.Values.Sum(o => o.Rows);
                var seconds = Math.Max(0.001, TimeProvider.System.GetElapsedTime(started).TotalSeconds);
                bar.Value = _bytes + _open.Values.Sum(o => Math.Min(o.Bytes, _sizes.GetValueOrDefault(o.File)));
                bar.Description = Markup.Escape(
                    $"{_files}/{Math.Max(_files, _sizes.Count)} files, {Humanly.Count(rows)} rows, {Humanly.Count((long)(rows / seconds))}/s");
            }
        });

    void Take(IngestUpdate update)
    {
        if (update.Progress is { } progress)
        {
            _open[progress.File] = progress;
            return;
        }

        var result = update.Result!;
        _open.Remove(result.File);
        _files++;
        _bytes += BytesOf(result);
        _rows += result.RowsRead;
        Count(result);
        AnsiConsole.MarkupLine(Coloured(result));
    }

    // A file in a file that was given stands for as much of it as it is long, and all of them for no more than the whole.
    long BytesOf(FileResult result)
    {
        if (_sizes.TryGetValue(result.File, out var size))
        {
            return size;
        }

        var end = result.File.IndexOf("!/", StringComparison.Ordinal);
        var container = end < 0 ? "" : result.File[..end];
        var rest = _sizes.GetValueOrDefault(container) - _unpacked.GetValueOrDefault(container);
        var bytes = Math.Min(rest, result.Bytes);
        _unpacked[container] = _unpacked.GetValueOrDefault(container) + bytes;
        return bytes;
    }

    static string Coloured(FileResult result)
    {
        var line = Markup.Escape(Line(result));
        var colour = result.Outcome switch
        {
            "loaded" when result.RowsRejected == 0 => "green",
            "quarantined" => "red",
            _ => "yellow",
        };
        var word = line.IndexOf(' ', StringComparison.Ordinal);
        return $"[{colour}]{line[..word]}[/]{line[word..]}";
    }
}
