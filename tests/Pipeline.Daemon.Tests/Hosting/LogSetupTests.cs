using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Pipeline.Configuration;
using Pipeline.Daemon.Hosting;
using Pipeline.Telemetry;
using Pipeline.TestKit.Files;
using Serilog.Events;
using Serilog.Parsing;

namespace Pipeline.Daemon.Tests.Hosting;

public sealed class LogSetupTests : IDisposable
{
    static readonly Action<ILogger, string, Exception?> s_loaded =
        LoggerMessage.Define<string>(LogLevel.Information, new EventId(5000, "Loaded"), "Loaded {File}");

    readonly TempHome _temp = new();
    readonly PipelineHome _home;

    public LogSetupTests() => _home = PipelineHome.At(_temp.Root, new FolderOptions());

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void File_LinesInsideTheScopeOfAFile_HaveItsKeyAndId()
    {
        using (var loggers = LogSetup.ForVerb(_home, new LogOptions()))
        {
            var logger = loggers.CreateLogger("test");
            using (logger.BeginFileScope(17, "0123456789abcdef0123456789abcdef"))
            {
                s_loaded(logger, "a\nb.csv", null);
            }

            logger.LogInformation("Not about a file");
            logger.LogDebug("Below the level");
        }

        var lines = Lines();
        lines.Count.ShouldBe(2);
        var properties = lines[0].GetProperty("Properties");
        properties.GetProperty("FileKey").GetInt64().ShouldBe(17);
        properties.GetProperty("FileId").GetString().ShouldBe("0123456789abcdef0123456789abcdef");
        properties.GetProperty("EventId").GetProperty("Id").GetInt32().ShouldBe(5000);
        lines[1].GetProperty("Properties").TryGetProperty("FileKey", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(LogVerbosity.Debug, 4)]
    [InlineData(LogVerbosity.Information, 3)]
    [InlineData(LogVerbosity.Warning, 2)]
    [InlineData(LogVerbosity.Error, 1)]
    public void File_Level_IsKept(LogVerbosity level, int expected)
    {
        using (var loggers = LogSetup.ForVerb(_home, new LogOptions { Level = level }))
        {
            foreach (var each in (LogLevel[])[LogLevel.Debug, LogLevel.Information, LogLevel.Warning])
            {
                loggers.CreateLogger("test").Log(each, "x");
            }

            // Errors of a verb go to standard error too; one is enough here.
            loggers.CreateLogger("test").LogError("x");
        }

        Lines().Count.ShouldBe(expected);
    }

    [Theory]
    [InlineData(false, "WRN Quarantined a b.csv: Syntax error near line 2\n")]
    [InlineData(true, "\e[33mWRN\e[0m Quarantined a b.csv: Syntax error near line 2\n")]
    public void Console_MessageWithLineBreaks_IsOneLine(bool isTerminal, string expected)
    {
        var template = new MessageTemplateParser().Parse("Quarantined {File}: {Why}");
        var properties = new[]
        {
            new LogEventProperty("File", new ScalarValue("a\nb.csv")),
            new LogEventProperty("Why", new ScalarValue("Syntax error\n   near line 2")),
        };
        var output = new StringWriter(CultureInfo.InvariantCulture);

        new ConsoleLine(
            isTerminal).Format(new LogEvent(DateTimeOffset.UnixEpoch, LogEventLevel.Warning, null, template, properties), output);

        output.ToString()["00:00:00.000 ".Length..].ShouldBe(expected);
    }

    List<JsonElement> Lines() =>
        [.. Directory.GetFiles(_home.LogFolder).SelectMany(File.ReadAllLines).Select(l => JsonDocument.Parse(l).RootElement)];
}
