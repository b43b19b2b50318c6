using System.CommandLine;
using Pipeline.Engine;

namespace Pipeline.Daemon.Cli.Verbs;

/// <summary><c>engine</c>: the embedded ClickHouse by itself, for other tools.</summary>
static class EngineVerb
{
    static readonly Option<string?> s_path = new("--path")
    {
        Description = "Store directory [default: the home's own]",
        HelpName = "DIR",
    };

    static readonly Option<string> s_bind = new("--bind")
    {
        Description = "Address to listen on",
        HelpName = "IP",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    static readonly Option<int?> s_port = new("--port")
    {
        Description = "Port to listen on; 0 takes a free one [default: engine.port]",
        HelpName = "N",
    };

    static readonly Option<string> s_user = new("--user")
    {
        Description = "The one user; the password is read from PIPELINE_ENGINE_PASSWORD",
        HelpName = "NAME",
        DefaultValueFactory = _ => "default",
    };

    static readonly Option<bool> s_exitWithParent = new("--exit-with-parent") { Description = "Stop when standard input ends" };

    public static Command Create(CliIo io)
    {
        var command = new Command("engine", "Serve the embedded ClickHouse over its HTTP interface, without the daemon")
        {
            s_path,
            s_bind,
            s_port,
            s_user,
            s_exitWithParent,
        };
        command.SetAction((result, cancellation) => RunAsync(result, io, cancellation));
        return command;
    }

    static async Task<int> RunAsync(ParseResult result, CliIo io, CancellationToken cancellation)
    {
        var (home, options) = HomeContext.Of(result);
        if (!System.Net.IPAddress.TryParse(result.GetValue(s_bind), out var address))
        {
            throw new CliException(ExitCode.Usage, $"--bind needs an IP address, not '{result.GetValue(s_bind)}'.");
        }

        var exit = (EngineExit)await EngineProgram.RunAsync(
            new EngineOptions
            {
                StorePath = result.GetValue(s_path) ?? home.EngineFolder,
                Bind = address.ToString(),
                Port = result.GetValue(s_port) ?? options.Engine.Port,
                User = result.GetValue(s_user)!,
                Password = Environment.GetEnvironmentVariable(EngineProgram.PasswordVariable),
                ExitWithParent = result.GetValue(s_exitWithParent),
            },
            cancellation);
        return exit switch
        {
            EngineExit.Clean => ExitCode.Good,
            EngineExit.Failed => ExitCode.Fault,
            EngineExit.Usage or EngineExit.StoreLocked or EngineExit.AddressInUse => ExitCode.Usage,
            _ => ExitCode.DestinationUnreachable,
        };
    }
}
