using Microsoft.Extensions.Logging;
using Pipeline.Configuration;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Json;

namespace Pipeline.Daemon.Hosting;

/// <summary>Where log lines go: people read the console, programs the rolling JSON files under the state folder.</summary>
static class LogSetup
{
    /// <summary>A day's file is split above this size.</summary>
    const long MaxFileBytes = 100 << 20;

    /// <summary>The daemon: everything of the configured level to both.</summary>
    public static ILoggerFactory ForDaemon(PipelineHome home, LogOptions options, bool isTerminal) => Create(
        Files(new LoggerConfiguration(), home, options)
            .WriteTo.Console(new ConsoleLine(isTerminal && IsColourWanted()))
            .CreateLogger());

    /// <summary>
    /// Other verbs that run the parts themselves: files as the daemon; the console, on standard error, only hears of trouble.
    /// </summary>
    public static ILoggerFactory ForVerb(PipelineHome home, LogOptions options) => Create(
        Files(new LoggerConfiguration(), home, options)
            .WriteTo.Console(
                new ConsoleLine(isTerminal: false),
                restrictedToMinimumLevel: LogEventLevel.Error,
                standardErrorFromLevel: LogEventLevel.Verbose)
            .CreateLogger());

    static LoggerConfiguration Files(LoggerConfiguration configuration, PipelineHome home, LogOptions options) => configuration
        .MinimumLevel.Is(LevelOf(options.Level))
        .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
        .MinimumLevel.Override("System", LogEventLevel.Warning)
        .WriteTo.File(
            new JsonFormatter(renderMessage: true),
            Path.Combine(home.LogFolder, "pipeline-.json"),
            rollingInterval: RollingInterval.Day,
            rollOnFileSizeLimit: true,
            fileSizeLimitBytes: MaxFileBytes,
            retainedFileCountLimit: null,
            retainedFileTimeLimit: TimeSpan.FromDays(options.RetainDays));

    /// <summary>See no-color.org.</summary>
    static bool IsColourWanted() => string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    static SerilogLoggerFactory Create(Logger logger) => new(logger, dispose: true);

    static LogEventLevel LevelOf(LogVerbosity level) => level switch
    {
        LogVerbosity.Debug => LogEventLevel.Debug,
        LogVerbosity.Warning => LogEventLevel.Warning,
        LogVerbosity.Error => LogEventLevel.Error,
        _ => LogEventLevel.Information,
    };
}
