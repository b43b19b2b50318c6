using Pipeline.Engine;

// A parent process for the tests: starts an engine for the store in the first argument, says its process and address, and waits.
await using var supervisor = await EngineSupervisor.StartAsync(new() { Engine = new() { StorePath = args[0] } });
Console.WriteLine($"{supervisor.ProcessId} {supervisor.Url}");
await new TaskCompletionSource().Task;
