using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.Quarantine;

/// <summary>What <c>&lt;file&gt;.rejects.json</c> holds: the load that the rejected rows belong to.</summary>
public sealed record RejectsLink
{
    public required string FileId { get; init; }

    public required string Dataset { get; init; }

    public required string Database { get; init; }

    public required string Table { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Name of the file that was loaded. Set when the rows are committed, as are the next three.</summary>
    public string File { get; init; } = "";

    /// <summary>Its columns, as it has them.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    public long Rows { get; init; }

    /// <summary>Rejected rows that a limit kept out of the file.</summary>
    public long RowsOmitted { get; init; }
}

/// <summary>
/// A rejects file that a person dropped back, as it was or saved by a spreadsheet (other delimiter, no quotes, numbered copy): its last
/// four columns are ours and carry no data.
/// </summary>
/// <param name="Columns">The columns with data, in order.</param>
/// <param name="Delimiter">Between fields, as the header has it.</param>
/// <param name="Link">The load it belongs to; null when its link file is gone: the rows can still be loaded, unlinked.</param>
public sealed partial record RejectsFile(IReadOnlyList<string> Columns, char Delimiter, RejectsLink? Link)
{
    public const string Suffix = ".rejects.csv";

    const string LinkSuffix = ".json";
    const int MaxHeaderBytes = 1 << 20;
    const int MatchMilliseconds = 1000;

    /// <summary>The columns that are added behind those of the file.</summary>
    public static IReadOnlyList<string> AddedColumns { get; } = ["_line", "_column", "_code", "_message"];

    /// <summary>True for the name of a rejects file, numbered or a copy too.</summary>
    public static bool IsName(string name) => NameOfRejects().IsMatch(name);

    /// <summary>Null when the name or the header says that it is an ordinary file.</summary>
    /// <param name="path">The file that was dropped.</param>
    /// <param name="quarantineFolder">Where link files are looked for.</param>
    /// <param name="dataset">Preferred when several loads fit; null: the newest.</param>
    public static async Task<RejectsFile?> TryOpenAsync(
        string path, string quarantineFolder, string? dataset = null, CancellationToken cancellationToken = default)
    {
        if (!IsName(Path.GetFileName(path)) || await ReadHeaderAsync(path, cancellationToken) is not { } header)
        {
            return null;
        }

        foreach (var delimiter in ",;\t|")
        {
            var columns = Split(header, delimiter);
            if (columns.Count > AddedColumns.Count && columns.TakeLast(AddedColumns.Count).Select(c => c.Trim()).SequenceEqual(AddedColumns))
            {
                var own = columns.SkipLast(AddedColumns.Count).ToList();
                return new RejectsFile(own, delimiter, FindLink(Path.GetFileName(path), own, quarantineFolder, dataset));
            }
        }

        return null;
    }

    /// <summary>The columns with data: all of an ordinary file.</summary>
    public static IReadOnlyList<string> ColumnsOf(RejectsFile? rejects, IReadOnlyList<string> columns) =>
        rejects is null ? columns : [.. columns.SkipLast(AddedColumns.Count)];

    internal static string LinkPath(string rejectsPath) => Path.ChangeExtension(rejectsPath, LinkSuffix);

    /// <summary>True for a link file: its rows lie beside it, or were taken to be loaded again.</summary>
    internal static bool IsLinkName(string name, IReadOnlySet<string> names) =>
        name.EndsWith(LinkSuffix, StringComparison.Ordinal) && IsName(Path.ChangeExtension(name, ".csv"))
        && !names.Contains(name + QuarantineStore.RecordSuffix);

    static RejectsLink? FindLink(string name, IReadOnlyList<string> columns, string quarantineFolder, string? dataset)
    {
        if (!Directory.Exists(quarantineFolder))
        {
            return null;
        }

        // The exact name first; then the name without what a browser or file manager added to a copy.
        var plain = NameOfRejects().Replace(name, Suffix);
        string[] names = [Path.ChangeExtension(name, LinkSuffix), Path.ChangeExtension(plain, LinkSuffix)];
        return names.Select(linkName => Newest(linkName, columns, quarantineFolder, dataset)).FirstOrDefault(link => link is not null);
    }

    static RejectsLink? Newest(string linkName, IReadOnlyList<string> columns, string quarantineFolder, string? dataset) =>
        Directory.EnumerateDirectories(quarantineFolder)
            .SelectMany(Directory.EnumerateDirectories)
            .Select(day => QuarantineJson.TryRead<RejectsLink>(Path.Join(day, linkName)))
            .OfType<RejectsLink>()
            .Where(link => link.Columns.SequenceEqual(columns))
            .OrderByDescending(link => link.Dataset == dataset)
            .ThenByDescending(link => link.CreatedAt)
            .FirstOrDefault();

    static async Task<string?> ReadHeaderAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var buffer = new byte[Math.Min(file.Length, MaxHeaderBytes)];
        var length = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        var text = Encoding.UTF8.GetString(buffer, 0, length).TrimStart('\uFEFF');
        return EndOfHeader(text) is var end and > 0 ? text[..end] : null;
    }

    static int EndOfHeader(string text)
    {
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            quoted ^= text[i] == '"';
            if (!quoted && text[i] is '\r' or '\n')
            {
                return i;
            }
        }

        return text.Length;
    }

    static List<string> Split(string header, char delimiter)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < header.Length; i++)
        {
            if (header[i] == '"')
            {
                if (quoted && i + 1 < header.Length && header[i + 1] == '"')
                {
                    field.Append(header[i++]);
                }
                else
                {
                    quoted = !quoted;
                }
            }
            else if (header[i] == delimiter && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(header[i]);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }

    [GeneratedRegex(@"\.rejects(?:[ _]?\(\d+\)| - Copy(?: \(\d+\))?)*\.csv$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex NameOfRejects();
}
