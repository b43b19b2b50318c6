using Microsoft.Extensions.Logging;

namespace Pipeline.Engine;

/// <summary>Writes warnings and errors to standard error, one line each: the engine's parent reads them there.</summary>
sealed class StandardErrorLoggerFactory : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("There is one place to log to.");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            var text = formatter(state, exception) + (exception is null ? "" : ": " + exception);
            Console.Error.WriteLine(text.ReplaceLineEndings(" | "));
        }
    }

    public void Dispose()
    {
        // Standard error is the process's, not this object's.
    }
}
