namespace Pipeline.Configuration;

/// <summary>The folder one pipeline lives in, and where everything of it lies. All paths are absolute.</summary>
public sealed record PipelineHome
{
    PipelineHome(string root, FolderOptions folders)
    {
        Root = root;
        DataFolder = Path.GetFullPath(folders.Data, root);
        QuarantineFolder = Path.GetFullPath(folders.Quarantine, root);
        ArchiveFolder = Path.GetFullPath(folders.Archive, root);
        StateFolder = Path.GetFullPath(folders.State, root);
    }

    /// <summary>The home of a pipeline: <paramref name="root"/> may be relative to the current directory.</summary>
    public static PipelineHome At(string root, FolderOptions folders) => new(Path.GetFullPath(root), folders);

    public static string ConfigFileOf(string root) => Path.Combine(Path.GetFullPath(root), "pipeline.yaml");

    public string Root { get; }

    public string DataFolder { get; }

    public string QuarantineFolder { get; }

    public string ArchiveFolder { get; }

    public string StateFolder { get; }

    public string ConfigFile => ConfigFileOf(Root);

    public string LedgerFile => Path.Combine(StateFolder, "ledger.db");

    /// <summary>Store directory of the embedded engine.</summary>
    public string EngineFolder => Path.Combine(StateFolder, "engine");

    /// <summary>Store directory of the engine that reads files beside a server; holds nothing.</summary>
    public string ReadingEngineFolder => Path.Combine(StateFolder, "reading");

    /// <summary>Rejected rows of loads that are not settled yet, links to and copies of files that are being read; what lies here at a start is left over and removed.</summary>
    public string TemporaryFolder => Path.Combine(StateFolder, "tmp");

    public string LogFolder => Path.Combine(StateFolder, "logs");

    /// <summary>
    /// Held with an operating-system lock by whoever works on this home; it is free as soon as that process is gone.
    /// </summary>
    public string LockFile => Path.Combine(StateFolder, "pipeline.lock");

    /// <summary>Where the running daemon is: process id, addresses. Only as true as the lock is held.</summary>
    public string DaemonFile => Path.Combine(StateFolder, "daemon.json");

    /// <summary>
    /// The random token that authorises changes through the daemon's API, and the engine's password. Mode 0600.
    /// </summary>
    public string CredentialFile => Path.Combine(StateFolder, "daemon.credentials");

    /// <summary>Creates the folders that are missing.</summary>
    public void CreateFolders()
    {
        foreach (var folder in (string[])[DataFolder, QuarantineFolder, ArchiveFolder, StateFolder])
        {
            Directory.CreateDirectory(folder);
        }
    }
}
