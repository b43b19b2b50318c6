using System.Runtime.InteropServices;
using System.Text.Json;
using Pipeline.Engine.Chdb;

namespace Pipeline.Engine;

/// <summary>
/// The engine as a process: opens the store, serves it, says on standard output that it is ready
/// (<c>{"ready":true,"url":"http://127.0.0.1:PORT/","version":"26.7.2.1"}</c>, one line) and stops cleanly on SIGTERM, or when its
/// parent is gone.
/// </summary>
public static class EngineProgram
{
    /// <summary>The environment variable that holds the password. Never an argument: arguments can be seen by everybody.</summary>
    public const string PasswordVariable = "PIPELINE_ENGINE_PASSWORD";

    const string Usage =
        """
        usage: Pipeline.Engine --path DIR [--bind ADDRESS] [--port N] [--user NAME] [--stop-grace SECONDS] [--exit-with-parent]

        Serves the ClickHouse store in DIR over the ClickHouse HTTP interface. The password is read from PIPELINE_ENGINE_PASSWORD.

        """;

    static Task<int> Main(string[] arguments)
    {
        if (arguments.Contains("--help") || arguments.Contains("-h"))
        {
            Console.Out.Write(Usage);
            return Task.FromResult(0);
        }

        try
        {
            return RunAsync(ParseArguments(arguments), CancellationToken.None);
        }
        catch (EngineException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Console.Error.Write(Usage);
            return Task.FromResult((int)exception.Exit);
        }
    }

    /// <summary>Serves a store until it is told to stop.</summary>
    /// <returns>An <see cref="EngineExit"/>; what is wrong stands on standard error.</returns>
    public static async Task<int> RunAsync(EngineOptions options, CancellationToken stop)
    {
        // A running query holds two threads of the pool: one in the engine, one that waits for its output.
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, (2 * options.MaxRunningQueries) + 16), completions);

        // Without it a gzip or Brotli body that ends early passes for a complete one, and half of an insert is acknowledged.
        AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);
        try
        {
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
            if (options.ExitWithParent)
            {
                ParentWatch.Start(stopping, TimeProvider.System);
            }

            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => RequestStop(context, stopping));

            // Ctrl+C and a closed terminal reach the whole process group; a supervised engine is stopped by its parent, when that is
            // done with it.
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, RequestStopUnlessSupervised);
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, RequestStopUnlessSupervised);
            void RequestStopUnlessSupervised(PosixSignalContext context)
            {
                context.Cancel = true;
                if (!options.ExitWithParent)
                {
                    RequestStop(context, stopping);
                }
            }

            return await ServeAsync(options, stopping.Token);
        }
        catch (EngineException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return (int)exception.Exit;
        }
    }

    static async Task<int> ServeAsync(EngineOptions options, CancellationToken stop)
    {
        using var loggers = new StandardErrorLoggerFactory();
        using var store = ChdbStore.Open(options.StorePath);
        await using var server = await EngineServer.StartAsync(options, store, TimeProvider.System, loggers);
        await Console.Out.WriteLineAsync(
            JsonSerializer.Serialize(new { ready = true, url = server.Url.ToString(), version = store.Version, pid = Environment.ProcessId }));
        await Console.Out.FlushAsync(CancellationToken.None);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (stop.UnsafeRegister(_ => stopped.TrySetResult(), null))
        {
            await stopped.Task;
        }

        await server.StopAsync(options.StopGrace);
        return (int)EngineExit.Clean;
    }

    static void RequestStop(PosixSignalContext context, CancellationTokenSource stopping)
    {
        context.Cancel = true;
        stopping.Cancel();
    }

    internal static EngineOptions ParseArguments(IReadOnlyList<string> arguments)
    {
        var options = new EngineOptions { StorePath = "", Password = Environment.GetEnvironmentVariable(PasswordVariable) };
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            if (name == "--exit-with-parent")
            {
                options = options with { ExitWithParent = true };
                continue;
            }

            var value = ++i < arguments.Count
                ? arguments[i]
                : throw new EngineException(EngineExit.Usage, $"{name} needs a value, or is not an option.");
            options = name switch
            {
                "--path" => options with { StorePath = value },
                "--bind" => options with { Bind = Address(value) },
                "--port" => options with { Port = Number(name, value, ushort.MaxValue) },
                "--user" => options with { User = value },
                "--stop-grace" => options with { StopGrace = TimeSpan.FromSeconds(Number(name, value, 86_400)) },
                _ => throw new EngineException(EngineExit.Usage, $"'{name}' is not an option."),
            };
        }

        return options.StorePath.Length > 0 ? options : throw new EngineException(EngineExit.Usage, "--path is missing.");
    }

    static string Address(string value) =>
        System.Net.IPAddress.TryParse(value, out _)
            ? value
            : throw new EngineException(EngineExit.Usage, $"--bind needs an IP address, not '{value}'.");

    static int Number(string name, string value, int max) =>
        int.TryParse(value, out var number) && number >= 0 && number <= max
            ? number
            : throw new EngineException(EngineExit.Usage, $"{name} needs a number from 0 to {max}, not '{value}'.");
}
