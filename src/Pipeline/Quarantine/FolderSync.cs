namespace Pipeline.Quarantine;

/// <summary>
/// Folders that files were moved between, to be flushed to disk once for all moves: those that files went to before those that they left.
/// </summary>
sealed class FolderSync
{
    readonly HashSet<string> _entered = new(StringComparer.Ordinal);
    readonly HashSet<string> _left = new(StringComparer.Ordinal);

    public void Moved(string source, string target)
    {
        _entered.Add(Path.GetDirectoryName(target)!);
        _left.Add(Path.GetDirectoryName(source)!);
    }

    /// <summary>Whether a file went there.</summary>
    public bool HasEntered(string folder) => _entered.Contains(folder);

    /// <summary>Makes the moves durable.</summary>
    /// <exception cref="IOException">A folder cannot be flushed.</exception>
    public void Flush()
    {
        foreach (var folder in _entered.Concat(_left.Except(_entered)))
        {
            DurableFiles.SyncFolder(folder);
        }

        _entered.Clear();
        _left.Clear();
    }
}
