using System.IO.Enumeration;

namespace Pipeline.Discovery;

/// <summary>
/// Walks the data folder without an allocation for what is known already: each path is put together in one buffer and looked up as a
/// span. Does not enter hidden folders, links, or folders that bear the name of a file.
/// </summary>
sealed class TreeScan(string folder, Dictionary<string, Candidate> known, long scanNumber)
    : FileSystemEnumerator<bool>(folder, s_options)
{
    const int NoEntry = 2;

    static readonly EnumerationOptions s_options = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = false,
    };

    readonly Dictionary<string, Candidate>.AlternateLookup<ReadOnlySpan<char>> _known = known.GetAlternateLookup<ReadOnlySpan<char>>();
    char[] _path = new char[512];

    /// <summary>Paths that are new, changed or worth another look.</summary>
    public List<string> Paths { get; } = [];

    /// <summary>The last error met on the way (errno), 0 when none: something below the folder could not be listed.</summary>
    public int LastError { get; private set; }

    public void Run()
    {
        while (MoveNext())
        {
            // Every entry is handled, and refused, in ShouldIncludeEntry.
        }
    }

    protected override bool ShouldIncludeEntry(ref FileSystemEntry entry)
    {
        if (FileNameRules.IsIgnoredName(entry.FileName) || (entry.IsDirectory && IsPlainFolder(ref entry)))
        {
            return false;
        }

        var path = Join(entry.Directory, entry.FileName);
        if (!_known.TryGetValue(path, out var candidate))
        {
            Paths.Add(path.ToString());
            return false;
        }

        candidate.ScanNumber = scanNumber;
        if (candidate.State == CandidateState.LeftAlone
            || (candidate.State is CandidateState.Settled or CandidateState.Held && FileLook.At(candidate.Path).Stamp != candidate.Stamp))
        {
            Paths.Add(candidate.Path);
        }

        return false;
    }

    protected override bool ShouldRecurseIntoEntry(ref FileSystemEntry entry) =>
        !FileNameRules.IsIgnoredName(entry.FileName) && IsPlainFolder(ref entry);

    protected override bool TransformEntry(ref FileSystemEntry entry) => true;

    protected override bool ContinueOnError(int error)
    {
        LastError = error == NoEntry ? LastError : error; // A folder that went away meanwhile is no error.
        return true;
    }

    static bool IsPlainFolder(ref FileSystemEntry entry) =>
        !entry.Attributes.HasFlag(FileAttributes.ReparsePoint) && !FileNameRules.IsFileLikeFolder(entry.FileName);

    ReadOnlySpan<char> Join(ReadOnlySpan<char> directory, ReadOnlySpan<char> name)
    {
        var length = directory.Length + 1 + name.Length;
        if (length > _path.Length)
        {
            _path = new char[length * 2];
        }

        directory.CopyTo(_path);
        _path[directory.Length] = Path.DirectorySeparatorChar;
        name.CopyTo(_path.AsSpan(directory.Length + 1));
        return _path.AsSpan(0, length);
    }
}
