using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace Pipeline.Daemon.Hosting;

/// <summary>
/// A log event as one console line: time, level, message. Whatever a file name or an error of ClickHouse holds, it cannot start a
/// line of its own. Exceptions follow below, indented as they come.
/// </summary>
sealed class ConsoleLine(bool isTerminal) : ITextFormatter
{
    readonly MessageTemplateTextFormatter _message = new("{Message:lj}", CultureInfo.InvariantCulture);

    public void Format(LogEvent logEvent, TextWriter output)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        _message.Format(logEvent, text);
        output.Write(logEvent.Timestamp.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture));
        output.Write(' ');
        output.Write(Level(logEvent.Level));
        output.Write(' ');
        output.Write(Cli.TextTable.Flat(text.ToString()));
        output.Write('\n');
        if (logEvent.Exception is { } exception)
        {
            output.Write(exception);
            output.Write('\n');
        }
    }

    string Level(LogEventLevel level)
    {
        var (word, colour) = level switch
        {
            LogEventLevel.Verbose or LogEventLevel.Debug => ("DBG", "90"),
            LogEventLevel.Information => ("INF", "32"),
            LogEventLevel.Warning => ("WRN", "33"),
            _ => ("ERR", "31"),
        };
        return isTerminal ? $"\e[{colour}m{word}\e[0m" : word;
    }
}
