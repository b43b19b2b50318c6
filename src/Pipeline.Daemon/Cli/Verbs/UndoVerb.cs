using System.CommandLine;
using Pipeline.Daemon.Commands;
using Pipeline.Daemon.Hosting;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary><c>undo FILE</c>: removes exactly the rows of a loaded file.</summary>
static class UndoVerb
{
    static readonly Argument<string> s_file = new(
        "FILE")
    { Description = "Ledger key, file id, path or file name of a loaded file" };

    public static Command Create(CliIo io)
    {
        var command = new Command("undo", "Remove the rows of a loaded file from its table") { s_file };
        command.SetAction((result, cancellation) => RunAsync(result, io));
        return command;
    }

    static async Task<int> RunAsync(ParseResult result, CliIo io)
    {
        var context = HomeContext.Of(result);
        using var signals = new StopSignals(_ => { }, TimeProvider.System);
        await using var session = await CommandSession.OpenAsync(context, "undo", io, signals, TimeProvider.System);
        var work = session.Commands.UndoAsync(result.GetValue(s_file)!, signals.Soft);
        await session.UntilFaultAsync(work);
        var reply = await work;
        if (result.GetValue(CommandLine.AsJson))
        {
            io.WriteJson(reply);
        }
        else
        {
            await (reply.Done ? io.Out : io.Error).WriteLineAsync(reply.Message);
        }

        return reply.Done ? ExitCode.Good : ExitCode.Usage;
    }
}
