using System.Text.Json;
using Pipeline.Daemon.Commands;

namespace Pipeline.Daemon.Cli;

/// <summary>Where a verb reads and writes, and how it gets a pipeline.</summary>
sealed record CliIo
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Standard output as bytes.</summary>
    public required Func<Stream> OpenOut { get; init; }

    public required TextReader In { get; init; }

    /// <summary>Standard input as bytes; not used together with <see cref="In"/>.</summary>
    public required Func<Stream> OpenIn { get; init; }

    public required StartRuntime StartRuntime { get; init; }

    /// <summary>Whether a person looks at <see cref="Out"/>: tables, colour and progress are for people only.</summary>
    public bool IsTerminal { get; init; }

    public bool IsInputRedirected { get; init; } = true;

    public static CliIo OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        OpenOut = Console.OpenStandardOutput,
        In = Console.In,
        OpenIn = Console.OpenStandardInput,
        StartRuntime = PipelineRuntime.StartAsync,
        IsTerminal = !Console.IsOutputRedirected,
        IsInputRedirected = Console.IsInputRedirected,
    };

    /// <summary>One JSON object on one line.</summary>
    public void WriteJson<T>(T value) => Out.WriteLine(JsonSerializer.Serialize(value, Json.Compact));
}
