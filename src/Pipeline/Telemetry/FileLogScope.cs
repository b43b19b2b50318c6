using Microsoft.Extensions.Logging;

namespace Pipeline.Telemetry;

/// <summary>The scope that puts a file on every line that concerns it: the log is searched by these two words.</summary>
public static class FileLogScope
{
    /// <summary>Opens the scope. A file has its ledger key from the start, its file id once its content is known.</summary>
    public static IDisposable? BeginFileScope(this ILogger logger, long fileKey, string? fileId = null)
    {
        var properties = new Dictionary<string, object>(2) { ["FileKey"] = fileKey };
        if (fileId is not null)
        {
            properties["FileId"] = fileId;
        }

        return logger.BeginScope(properties);
    }
}
