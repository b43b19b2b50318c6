using System.Globalization;
using Pipeline.Benchmarks;
using Pipeline.Benchmarks.EndToEnd;

const string Usage = """
    generate KIND ROWS PATH      KIND: csv, csv.gz, ndjson, ndjson.gz, native, text; mixed (ROWS files into the folder PATH)
    e2e [CASE…]                  all cases when none is named
        --rows N                 rows of the data instead of the case's own number
        --runs N                 measured runs of each side, at least 1 (default 5)
        --pipeline PATH          the executable of the daemon (default: the one built with this project)
        --engine URL             a running ClickHouse that sees the same files (default: an embedded engine of its own)
        --out FILE               where the Markdown goes besides the terminal
    """;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

switch (args)
{
    case ["generate", var kind, var rows, var path] when long.TryParse(rows, out var count) && count >= 0:
        return GenerateCommand.Run(kind, count, path);
    case ["e2e", .. var rest]:
        if (EndToEndOptions.TryParse(rest, out var options, out var problem))
        {
            return await EndToEndCommand.RunAsync(options, stop.Token);
        }

        await Console.Error.WriteLineAsync(problem);
        break;
}

await Console.Error.WriteLineAsync(Usage);
return 2;
