using System.Globalization;
using Pipeline.Benchmarks;
using Pipeline.Benchmarks.EndToEnd;
using Pipeline.Benchmarks.Growth;
using Pipeline.Benchmarks.Micro;

const string Usage = """
    generate KIND ROWS PATH      KIND: csv, csv.gz, ndjson, ndjson.gz, native, text, nested, xlsx; mixed, small (ROWS files into the folder PATH)
    e2e [CASE…]                  all cases when none is named; 1 when a floor is missed
        --scale X                rows and files of every case × X (default 1)
        --runs N                 measured runs of each side, 1 to 20 (default 5)
        --touch GB               write to so much free memory before each run of a case with references, but scaling: where the host of a virtual machine
                                 takes it back (default 0)
        --large                  also a file of 10 GB; growth: also 10⁸ rows, 10⁵ files, 10⁷ entries (needs about 25 GB of disk)
        --pipeline PATH          the executable of the daemon (default: the one of this build of the solution)
        --docs FOLDER            benchmarks.json and benchmarks.md there take the results
    growth                       speed and memory while rows, columns, files and the ledger grow; options as above, --docs also writes growth.svg
    micro [ARGUMENTS]            kernels beside their twins, by BenchmarkDotNet, such as --filter '*Parser*'
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
    case ["growth", .. var rest]:
        if (EndToEndOptions.TryParse(rest, out var growth, out var wrong))
        {
            return await GrowthCommand.RunAsync(growth, stop.Token);
        }

        await Console.Error.WriteLineAsync(wrong);
        break;
    case ["micro", .. var rest]:
        return MicroCommand.Run(rest);
}

await Console.Error.WriteLineAsync(Usage);
return 2;
