using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Pipeline.Engine.Tests;

/// <summary>A process of a test's: it does not outlive the test.</summary>
sealed partial class Child : IAsyncDisposable
{
    public const int Term = 15;
    public const int Kill = 9;

    readonly Process _process;

    Child(Process process) => _process = process;

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    public StreamReader Output => _process.StandardOutput;

    public StreamReader Error => _process.StandardError;

    /// <summary>Runs an assembly of the test's folder.</summary>
    public static Child DotNet(string assembly, params string[] arguments)
    {
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        return Start(host, ["exec", Path.Combine(AppContext.BaseDirectory, assembly), .. arguments]);
    }

    public static Child Start(string program, IEnumerable<string> arguments, string? folder = null, IDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!);
    }

    /// <summary>An engine without a supervisor, ready to answer.</summary>
    public static async Task<(Child Process, Uri Url)> EngineAsync(string store, params string[] arguments)
    {
        var child = DotNet("Pipeline.Engine.dll", ["--path", store, .. arguments]);
        var line = await child.Output.ReadLineAsync() ?? throw new InvalidOperationException(await child.Error.ReadToEndAsync());
        using var ready = JsonDocument.Parse(line);
        return (child, new(ready.RootElement.GetProperty("url").GetString()!));
    }

    public void Signal(int signal) => SignalProcess(_process.Id, signal).ShouldBe(0);

    public Task WaitForExitAsync() => _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);

    /// <summary>Whether a process with this number exists, which need not be a child.</summary>
    public static bool Exists(int processId) => SignalProcess(processId, 0) == 0;

    public static void KillProcess(int processId) => SignalProcess(processId, Kill).ShouldBe(0);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SignalProcess(int process, int signal);
}
