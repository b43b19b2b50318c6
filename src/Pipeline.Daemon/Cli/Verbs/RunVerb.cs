using System.CommandLine;
using Pipeline.Daemon.Hosting;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary><c>run</c>, and no verb at all: the daemon.</summary>
static class RunVerb
{
    public static Command Create(CliIo io)
    {
        var command = new Command("run", "Watch the data folder and load what is dropped there, until stopped (the default)");
        command.SetAction((result, cancellation) => RunAsync(result, io, cancellation));
        return command;
    }

    public static Task<int> RunAsync(ParseResult result, CliIo io, CancellationToken cancellation) =>
        DaemonHost.RunAsync(HomeContext.Of(result), io, TimeProvider.System, cancellation);
}
