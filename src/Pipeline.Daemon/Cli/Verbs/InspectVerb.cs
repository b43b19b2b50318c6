using System.CommandLine;
using Pipeline.Daemon.Commands;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary><c>inspect PATH…</c>: what a file is, without loading it.</summary>
static class InspectVerb
{
    public static Command Create(CliIo io)
    {
        var command = new Command("inspect", "Show a file's format, columns and types with their evidence, without loading it") { FileArguments.Paths };
        command.SetAction((result, cancellation) => RunAsync(result, io, cancellation));
        return command;
    }

    static async Task<int> RunAsync(ParseResult result, CliIo io, CancellationToken cancellation)
    {
        var options = HomeContext.Of(result).Options;
        var files = FileArguments.Expand(result.GetValue(FileArguments.Paths)!);
        await using var look = new FileLook(options);
        var report = new InspectionReport(io);
        var exit = ExitCode.Good;
        await foreach (var file in files.ToAsyncEnumerable().SelectMany(f => look.Inspector.InspectAsync(f.Path, cancellation)))
        {
            exit = file.Error is null ? exit : ExitCode.SomeQuarantined;
            if (result.GetValue(CommandLine.AsJson))
            {
                io.WriteJson(InspectionLine.Of(file));
            }
            else
            {
                report.Show(file);
            }
        }

        return exit;
    }
}
