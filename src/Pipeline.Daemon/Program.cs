using Pipeline.Daemon.Cli;

return await CommandLine.RunAsync(args, CliIo.OfProcess());
