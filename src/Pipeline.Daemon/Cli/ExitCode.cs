namespace Pipeline.Daemon.Cli;

/// <summary>What the process ends with. Scripts rely on it.</summary>
static class ExitCode
{
    public const int Good = 0;

    /// <summary>Everything was settled, and at least one file is in quarantine.</summary>
    public const int SomeQuarantined = 1;

    /// <summary>The command line, the configuration or the statement is wrong, or the home is in use.</summary>
    public const int Usage = 2;

    /// <summary>The destination cannot be reached, or the engine does not start.</summary>
    public const int DestinationUnreachable = 3;

    /// <summary>Interrupted: 128 and the signal's number, as shells do.</summary>
    public const int Interrupted = 130;

    /// <summary>A fault of this program: what BSD's sysexits calls an internal software error.</summary>
    public const int Fault = 70;
}

/// <summary>Ends a verb with a message for the user and an exit code.</summary>
sealed class CliException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
}
