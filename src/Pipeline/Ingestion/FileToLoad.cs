using Pipeline.Discovery;

namespace Pipeline.Ingestion;

/// <summary>A file that a person named, or that lies in a folder that a person named.</summary>
/// <param name="Path">Absolute path, links followed.</param>
/// <param name="RelativePath">What decides about its dataset: the path below the folder, else the file name.</param>
public sealed record FileToLoad(string Path, string RelativePath)
{
    /// <summary>
    /// The files that a path stands for, by name. A folder is taken as the data folder would be: its own folders are datasets, and what is passed over
    /// there (hidden and unfinished files, links to folders) is passed over here.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    public static IEnumerable<FileToLoad> In(string path)
    {
        if (!Directory.Exists(path))
        {
            return File.Exists(path) ? [new FileToLoad(RealPath(path), System.IO.Path.GetFileName(path))]
                : throw new FileNotFoundException($"There is no such file: {path}", path);
        }

        var found = new List<string>();
        Collect(path, found);
        return found.Order(StringComparer.Ordinal).Select(p => new FileToLoad(RealPath(p), System.IO.Path.GetRelativePath(path, p)));
    }

    static void Collect(string folder, List<string> found)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (FileNameRules.IsIgnoredName(entry.Name))
            {
                continue;
            }

            if (entry is FileInfo)
            {
                found.Add(entry.FullName);
            }
            else if (entry.LinkTarget is null)
            {
                Collect(entry.FullName, found);
            }
        }
    }

    // What a person names may be a link; what is read, compared and recorded is the file. A link that leads nowhere, or to itself, is told by its own
    // name when it is opened: the other files of its folder do not wait for it.
    static string RealPath(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true) is { Exists: true } target ? target.FullName : System.IO.Path.GetFullPath(path);
        }
        catch (IOException)
        {
            return System.IO.Path.GetFullPath(path);
        }
    }
}
