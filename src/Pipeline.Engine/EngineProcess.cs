using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Pipeline.Engine;

/// <summary>
/// One engine process, seen from its parent. Its standard input is a pipe that nothing is written to: it ends with the parent, and
/// the engine ends with it.
/// </summary>
sealed partial class EngineProcess : IDisposable
{
    // What is kept of standard error, to say why an engine did not start.
    const int KeptErrorLines = 20;

    /// <summary>Options of the allocator of libchdb, jemalloc, which reads them when it is loaded.</summary>
    const string AllocatorVariable = "JE_MALLOC_CONF";

    /// <summary>
    /// Memory in pages of 2 MiB where the system gives them to whoever asks (<c>madvise</c>): the engine returns what it does not need within five seconds and asks for it
    /// again, and each page of 4 KiB is a fault, of 11 µs on a virtual machine whose hypervisor keeps the page tables in software. There a Parquet file takes half of the time
    /// with it (docs/performance-log.md); it costs some tens of MB.
    /// </summary>
    const string HugePages = "thp:always";

    readonly Process _process;
    readonly ILogger _logger;
    readonly Queue<string> _errors = new();
    volatile bool _hasExited;
    readonly TaskCompletionSource<ReadyLine> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    EngineProcess(Process process, ILogger logger)
    {
        _process = process;
        _logger = logger;
    }

    public int Id { get; private init; }

    public Uri Url { get; private set; } = new("http://0.0.0.0/");

    public string Version { get; private set; } = "";

    /// <summary>Whether the end of the process was noticed. Safe to ask at any time, from any thread.</summary>
    public bool HasExited => _hasExited;

    public int ExitCode => _process.ExitCode;

    public static EngineProcess Start(EngineSupervisorOptions options, ILogger logger)
    {
        var engine = options.Engine;
        var command = options.Command ?? OwnCommand();
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in (string[])[
            .. command.Skip(1), "--path", engine.StorePath, "--bind", engine.Bind, "--port",
            engine.Port.ToString(CultureInfo.InvariantCulture), "--user", engine.User, "--stop-grace",
            ((long)engine.StopGrace.TotalSeconds).ToString(CultureInfo.InvariantCulture), "--exit-with-parent"])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[EngineProgram.PasswordVariable] = engine.Password;
        start.Environment.TryAdd(AllocatorVariable, HugePages);
        var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            process.Dispose();
            throw new EngineException(EngineExit.Failed, $"'{command[0]}' could not be started: {exception.Message}", exception);
        }

        var started = new EngineProcess(process, logger) { Id = process.Id };
        process.OutputDataReceived += (_, line) => started.OnOutput(line.Data);
        process.ErrorDataReceived += (_, line) => started.OnError(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return started;
    }

    /// <exception cref="EngineException">It ended, or did not say that it is ready in time.</exception>
    public async Task WaitUntilReadyAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        var exit = _process.WaitForExitAsync(cancellation);
        var first = await Task.WhenAny(_ready.Task, exit, Task.Delay(timeout, time, cancellation));
        if (first == _ready.Task)
        {
            var ready = await _ready.Task;
            Url = ready.Url;
            Version = ready.Version;
            return;
        }

        cancellation.ThrowIfCancellationRequested();
        if (first == exit)
        {
            var code = Enum.IsDefined((EngineExit)ExitCode) ? (EngineExit)ExitCode : EngineExit.Failed;
            throw new EngineException(code, LastErrors() is { Length: > 0 } errors ? errors : $"The engine ended with exit code {ExitCode}.");
        }

        throw new EngineException(
            EngineExit.Failed, $"The engine was not ready within {timeout.TotalSeconds:0} s. {LastErrors()}".TrimEnd());
    }

    public async Task WaitForExitAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        _hasExited = true;
    }

    /// <summary>Asks the process to end, and kills it when it has not after the grace time.</summary>
    public async Task StopAsync(TimeSpan grace, TimeProvider time)
    {
        if (!_process.HasExited)
        {
            _ = Signal(Id, 15);
        }

        using var late = new CancellationTokenSource(grace, time);
        try
        {
            await WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            Log.Killed(_logger, Id, grace);
            Kill();
            await WaitForExitAsync(CancellationToken.None);
        }
    }

    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }

    public void Dispose() => _process.Dispose();

    void OnOutput(string? line)
    {
        if (line is null)
        {
            return;
        }

        if (line.StartsWith("{\"ready\":true", StringComparison.Ordinal))
        {
            using var ready = JsonDocument.Parse(line);
            _ready.TrySetResult(new(
                new(ready.RootElement.GetProperty("url").GetString()!), ready.RootElement.GetProperty("version").GetString()!));
        }
        else
        {
            Log.Output(_logger, line);
        }
    }

    void OnError(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_errors)
        {
            _errors.Enqueue(line);
            if (_errors.Count > KeptErrorLines)
            {
                _errors.Dequeue();
            }
        }

        Log.Output(_logger, line);
    }

    string LastErrors()
    {
        lock (_errors)
        {
            return string.Join('\n', _errors);
        }
    }

    /// <summary>This assembly's own program, run by the same .NET that runs this process.</summary>
    static string[] OwnCommand()
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, "Pipeline.Engine.dll");
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        if (File.Exists(assembly) && File.Exists(host))
        {
            return [host, "exec", assembly];
        }

        // A self-contained installation has no dotnet, but the engine's own executable.
        var executable = Path.Combine(AppContext.BaseDirectory, "Pipeline.Engine");
        return File.Exists(executable)
            ? [executable]
            : throw new EngineException(EngineExit.Failed, $"The engine's program is not in '{AppContext.BaseDirectory}'.");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);

    sealed record ReadyLine(Uri Url, string Version);

    static partial class Log
    {
        [LoggerMessage(9110, LogLevel.Warning, "engine: {Line}")]
        public static partial void Output(ILogger logger, string line);

        [LoggerMessage(9111, LogLevel.Error, "Engine {ProcessId} did not end within {Grace} and was killed")]
        public static partial void Killed(ILogger logger, int processId, TimeSpan grace);
    }
}
