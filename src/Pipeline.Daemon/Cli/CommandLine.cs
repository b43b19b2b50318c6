using System.CommandLine;
using System.CommandLine.Invocation;
using Pipeline.Daemon.Cli.Verbs;

namespace Pipeline.Daemon.Cli;

/// <summary>The verbs of the program. Without one it runs the daemon.</summary>
static class CommandLine
{
    public static Option<string> Home { get; } = new("--home")
    {
        Description = "Folder with pipeline.yaml, data/, quarantine/, archive/ and .pipeline/",
        HelpName = "DIR",
        Recursive = true,
        DefaultValueFactory = _ => ".",
    };

    public static Option<bool> AsJson { get; } = new("--json")
    {
        Description = "One JSON object a line",
        Recursive = true,
    };

    public static RootCommand Create(CliIo io)
    {
        var root = new RootCommand(
            "Loads files dropped into a folder into ClickHouse: each row once, typed, or refused with a reason.")
        {
            Home,
            AsJson,
            RunVerb.Create(io),
            IngestVerb.Create(io),
            InspectVerb.Create(io),
            PlanVerb.Create(io),
            QueryVerb.Create(io),
            StatusVerb.Create(io),
            FilesVerb.Create(io),
            QuarantineVerb.Create(io),
            UndoVerb.Create(io),
            ConfigVerb.Create(io),
            EngineVerb.Create(io),
        };
        root.SetAction((result, cancellation) => RunVerb.RunAsync(result, io, cancellation));
        return root;
    }

    /// <summary>Runs one command line. Never throws for what a user did.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliIo io)
    {
        var result = Create(io).Parse(arguments);
        if (result.Action is ParseErrorAction)
        {
            foreach (var error in result.Errors)
            {
                await io.Error.WriteLineAsync(error.Message);
            }

            var verb = result.CommandResult.Command;
            await io.Error.WriteLineAsync($"Try: pipeline {(verb is RootCommand ? "" : verb.Name + " ")}--help");
            return ExitCode.Usage;
        }

        try
        {
            return await result.InvokeAsync(new InvocationConfiguration
            {
                Output = io.Out,
                Error = io.Error,
                EnableDefaultExceptionHandler = false,

                // The daemon counts its signals itself; see StopSignals.
                ProcessTerminationTimeout = null,
            });
        }
        catch (CliException e)
        {
            await io.Error.WriteLineAsync(e.Message);
            return e.ExitCode;
        }
        catch (Ledger.LedgerException e)
        {
            await io.Error.WriteLineAsync(e.Message);
            return ExitCode.Usage;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
    }
}
