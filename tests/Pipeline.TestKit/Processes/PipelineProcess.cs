using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace Pipeline.TestKit.Processes;

/// <summary>
/// The real executable in a process of its own, on a home folder of its own. Built by the test project's reference, run from where the build
/// put it. Disposing it kills the whole process tree, engine included.
/// </summary>
public sealed class PipelineProcess : IAsyncDisposable
{
    /// <summary>Longest a test waits for anything: a fault of the test, not a measure.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly Process _process;
    readonly StringBuilder _output = new();
    readonly StringBuilder _errors = new();
    readonly ConcurrentDictionary<string, TaskCompletionSource> _awaited = new();

    PipelineProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Standard output so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Standard error so far.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    public static string ExecutablePath { get; } = FindExecutable();

    public static PipelineProcess Start(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? workingFolder = null)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = workingFolder ?? Path.GetTempPath(),
        };
        start.ArgumentList.Add(ExecutablePath);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var running = new PipelineProcess(process);
        process.OutputDataReceived += (_, e) => running.Take(running._output, e.Data);
        process.ErrorDataReceived += (_, e) => running.Take(running._errors, e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return running;
    }

    /// <summary>Runs a verb to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? workingFolder = null)
    {
        await using var process = Start(arguments, environment, workingFolder);
        await process.ExitedAsync();
        return (process.ExitCode, process.Output, process.Errors);
    }

    /// <summary>Waits for the end of the process and of its output.</summary>
    /// <exception cref="TimeoutException">It did not end; the message holds what it said.</exception>
    /// <param name="patience">Longest wait; null: <see cref="Patience"/>.</param>
    public async Task ExitedAsync(TimeSpan? patience = null)
    {
        using var spent = new CancellationTokenSource(patience ?? Patience);
        try
        {
            await _process.WaitForExitAsync(spent.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"The process did not end within {(patience ?? Patience).TotalSeconds} s.\n{Output}\n{Errors}", e);
        }
    }

    /// <summary>Waits until a line of the output or of the errors contains the text.</summary>
    public async Task SaysAsync(string text)
    {
        var said = _awaited.GetOrAdd(text, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        if (Output.Contains(text, StringComparison.Ordinal) || Errors.Contains(text, StringComparison.Ordinal))
        {
            return;
        }

        var exited = _process.WaitForExitAsync(CancellationToken.None);
        if (await Task.WhenAny(said.Task, exited, Task.Delay(Patience, TimeProvider.System)) != said.Task
            && !Output.Contains(text, StringComparison.Ordinal) && !Errors.Contains(text, StringComparison.Ordinal))
        {
            throw new TimeoutException($"The process never said \"{text}\".\n{Output}\n{Errors}");
        }
    }

    /// <summary>SIGKILL to this process alone: its engine must notice by itself.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Ids of the processes that this one started and that run now: its engine. Linux only, where /proc tells.</summary>
    public IReadOnlyList<int> Children()
    {
        var children = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var id) && ParentOf(folder) == Id)
            {
                children.Add(id);
            }
        }

        return children;
    }

    /// <summary>SIGTERM.</summary>
    public void Terminate() => Signal(Id, "TERM");

    /// <summary>SIGCONT: a process stopped or held goes on.</summary>
    public void Continue() => Signal(Id, "CONT");

    /// <summary>A signal, by its name without SIG, to any process.</summary>
    public static void Signal(int processId, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", processId.ToString()]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    // "pid (name) state ppid …"; the name may hold anything. Null for a process that ends meanwhile, or has ended and waits for its parent.
    static int? ParentOf(string folder)
    {
        try
        {
            var stat = File.ReadAllText(Path.Join(folder, "stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : int.Parse(fields[1]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    void Take(StringBuilder into, string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (into)
        {
            into.Append(line).Append('\n');
        }

        foreach (var (text, said) in _awaited)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                said.TrySetResult();
            }
        }
    }

    // tests/X/bin/Release/net10.0/ → src/Pipeline.Daemon/bin/Release/net10.0/
    static string FindExecutable()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        var framework = folder.Name;
        var configuration = folder.Parent!.Name;
        for (var up = folder; up is not null; up = up.Parent)
        {
            if (File.Exists(Path.Combine(up.FullName, "Pipeline.sln")))
            {
                var path = Path.Combine(up.FullName, "src", "Pipeline.Daemon", "bin", configuration, framework, "pipeline.dll");
                return File.Exists(path) ? path : throw new FileNotFoundException($"Build src/Pipeline.Daemon first: {path} is missing.");
            }
        }

        throw new DirectoryNotFoundException("The tests do not run below the folder of Pipeline.sln.");
    }
}
