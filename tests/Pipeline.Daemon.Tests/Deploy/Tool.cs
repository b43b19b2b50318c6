using System.Diagnostics;

namespace Pipeline.Daemon.Tests.Deploy;

/// <summary>A program of the machine. Where it is missing a test is skipped, and fails on CI, which installs it.</summary>
static class Tool
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    /// <summary>Runs it to its end and returns everything it said.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo(Require(name), arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    /// <summary>The path of a program, or the test ends here.</summary>
    public static string Require(string name)
    {
        var path = Find(name);
        if (path is null && Environment.GetEnvironmentVariable("CI") == "true")
        {
            throw new InvalidOperationException($"{name} is missing, and CI must have it: .ci/run installs it.");
        }

        Skip.If(path is null, $"{name} is not on this machine.");
        return path!;
    }
}
