using System.CommandLine;
using Pipeline.Daemon.Commands;
using Pipeline.Daemon.Hosting;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary><c>undo FILE</c>: removes exactly the rows of a loaded file.</summary>
static class UndoVerb
{
    static readonly Argument<string> s_file = new("FILE") { Description = "Ledger key, file id, path or file name of a loaded file" };

    public static Command Create(CliIo io)
    {
        var command = new Command("undo", "Remove the rows of a loaded file from its table") { s_file };
        command.SetAction((result, cancellation) => CommandVerb.RunAsync(
            result, io, "undo", (commands, stop) => commands.UndoAsync(result.GetValue(s_file)!, stop)));
        return command;
    }
}

/// <summary>The common way of verbs that do one thing to one file.</summary>
static class CommandVerb
{
    public static async Task<int> RunAsync(
        ParseResult result, CliIo io, string verb, Func<IPipelineCommands, CancellationToken, Task<CommandReply>> run)
    {
        var context = HomeContext.Of(result);
        using var signals = new StopSignals(_ => { });
        await using var session = await CommandSession.OpenAsync(context, verb, io, signals, TimeProvider.System);
        var work = run(session.Commands, signals.Soft);
        await Task.WhenAny(work, session.Running);
        if (session.Running.IsFaulted)
        {
            await session.Running;
        }

        var reply = await work;
        if (result.GetValue(CommandLine.AsJson))
        {
            io.WriteJson(new { reply.Done, reply.Message, Result = reply.Result is null ? null : FileResultLine.Of(reply.Result) });
        }
        else
        {
            await (reply.Done ? io.Out : io.Error).WriteLineAsync(reply.Message);
        }

        return !reply.Done ? ExitCode.Usage
            : reply.Result?.Outcome == "quarantined" ? ExitCode.SomeQuarantined
            : ExitCode.Good;
    }
}
