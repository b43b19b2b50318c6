using System.Text.Json;
using Pipeline.Configuration;

namespace Pipeline.Daemon.Hosting;

/// <summary>Where the process that works on a home is to be found, for the other verbs. Holds no secrets.</summary>
/// <param name="Verb">What it does: <c>run</c>, <c>ingest</c>, <c>query</c> …</param>
/// <param name="HttpUrl">The daemon's HTTP surface; null when it has none.</param>
/// <param name="DestinationUrl">The ClickHouse it uses, engine or server.</param>
/// <param name="Embedded">Whether that is the embedded engine, which ends with the process.</param>
sealed record DaemonFile(
    int Pid, string Verb, string Version, DateTimeOffset StartedAt, Uri? HttpUrl, Uri DestinationUrl, bool Embedded)
{
    /// <summary>
    /// The process that works on this home now; null when none does, or it is still starting. A stale file counts for nothing.
    /// </summary>
    public static DaemonFile? Find(PipelineHome home)
    {
        if (!File.Exists(home.DaemonFile) || !HomeLock.IsHeld(home))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<DaemonFile>(File.ReadAllText(home.DaemonFile), Json.Compact);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            // It is being replaced or removed this very moment.
            return null;
        }
    }

    public void Write(PipelineHome home) =>
        PrivateFile.Write(home.DaemonFile, JsonSerializer.Serialize(this, Json.Compact) + "\n");
}

/// <summary>What a verb needs to be let in: the token of the daemon's API, and the engine's user.</summary>
sealed record DaemonCredentials(string Token, string ClickhouseUser, string ClickhousePassword)
{
    public static DaemonCredentials? Find(PipelineHome home)
    {
        try
        {
            return JsonSerializer.Deserialize<DaemonCredentials>(File.ReadAllText(home.CredentialFile), Json.Compact);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new Cli.CliException(
                Cli.ExitCode.Usage,
                $"{home.CredentialFile} belongs to the user who runs the pipeline; run this command as that user.", e);
        }
    }

    public void Write(PipelineHome home) =>
        PrivateFile.Write(home.CredentialFile, JsonSerializer.Serialize(this, Json.Compact) + "\n");

    /// <summary>Without the secrets: it may end up in a log.</summary>
    public override string ToString() => nameof(DaemonCredentials);
}

/// <summary>Small files that only their owner may read, replaced as a whole.</summary>
static class PrivateFile
{
    public static void Write(string path, string content)
    {
        var next = path + ".next";
        File.Delete(next);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var writer = new StreamWriter(next, options))
        {
            writer.Write(content);
        }

        File.Move(next, path, overwrite: true);
    }
}
