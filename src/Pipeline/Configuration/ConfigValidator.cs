using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Pipeline.Formats.Columns;

namespace Pipeline.Configuration;

/// <summary>
/// What types and ranges of single keys cannot say: rules between keys, names, expressions. Reports all that is wrong.
/// </summary>
sealed class ConfigValidator(string root, Action<string, ConfigCode, string> report)
{
    static readonly string[] s_reservedColumns = ["_file_id", "_row", "_loaded_at"];

    public static void Validate(PipelineOptions options, string root, Action<string, ConfigCode, string> report)
    {
        var validator = new ConfigValidator(root, report);
        validator.Folders(options.Folders);
        validator.Http(options);
        validator.Clickhouse(options.Clickhouse);
        foreach (var (name, dataset) in options.Datasets)
        {
            validator.Dataset(name, dataset);
        }
    }

    void Folders(FolderOptions folders)
    {
        var all = new (string Key, string Path)[]
        {
            ("data", folders.Data), ("quarantine", folders.Quarantine), ("archive", folders.Archive), ("state", folders.State),
        };
        var full = new List<(string Key, string Path)>();
        foreach (var (key, path) in all)
        {
            if (string.IsNullOrWhiteSpace(path) || path.Contains('\0'))
            {
                report($"folders.{key}", ConfigCode.BadPath, "A folder needs a name.");
                continue;
            }

            var absolute = Path.GetFullPath(path, Path.GetFullPath(root));
            if (File.Exists(absolute))
            {
                report($"folders.{key}", ConfigCode.BadPath, $"{absolute} is a file; it must be a folder.");
            }

            full.Add((key, Path.TrimEndingDirectorySeparator(absolute)));
        }

        for (var i = 1; i < full.Count; i++)
        {
            foreach (var other in full.Take(i))
            {
                if (full[i].Path == other.Path)
                {
                    report($"folders.{full[i].Key}", ConfigCode.Contradiction,
                        $"This is the folder of folders.{other.Key} too; each needs its own.");
                }
            }
        }

        if (full.FirstOrDefault(f => f.Key == "data").Path is { } data)
        {
            foreach (var (key, path) in full.Where(f => f.Key != "data"))
            {
                if (path.StartsWith(data + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                {
                    report($"folders.{key}", ConfigCode.Contradiction,
                        "It lies inside folders.data, so its files would be loaded; move it out.");
                }
            }
        }
    }

    void Http(PipelineOptions options)
    {
        var bind = options.Http.Bind;
        if (bind is not ("localhost" or "*") && !IPAddress.TryParse(bind, out _))
        {
            report("http.bind", ConfigCode.BadAddress,
                $"'{bind}' is not an address; use an IP address, localhost, or * for all.");
        }

        if (options.Clickhouse.Url is null && options.Engine.Port != 0 && options.Engine.Port == options.Http.Port)
        {
            report("engine.port", ConfigCode.Contradiction, $"Port {options.Engine.Port} is http.port too; each needs its own.");
        }
    }

    void Clickhouse(ClickHouseTargetOptions target)
    {
        if (target.Url is { } url)
        {
            if (url.UserInfo.Length > 0)
            {
                report("clickhouse.url", ConfigCode.BadAddress,
                    "User and password belong in clickhouse.user and clickhouse.password, not in the url.");
            }

            if (url.Query.Length > 0 || url.Fragment.Length > 0)
            {
                report("clickhouse.url", ConfigCode.BadAddress, "Settings belong in clickhouse.settings, not in the url.");
            }
        }

        Name("clickhouse.database", target.Database, "A database");
        if (target.User.Length == 0)
        {
            report("clickhouse.user", ConfigCode.BadName, "A user needs a name.");
        }

        foreach (var (name, _) in target.Settings)
        {
            if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            {
                report($"clickhouse.settings.{name}", ConfigCode.BadName, $"'{name}' is not the name of a ClickHouse setting.");
            }
        }
    }

    void Dataset(string name, DatasetOptions dataset)
    {
        var path = $"datasets.{name}";
        if (name.Length is 0 or > 120 || name[0] is '.' or '~' || name.Any(c => c is '/' or '\\' || char.IsControl(c)))
        {
            report(path, ConfigCode.BadName,
                "A dataset's name is a folder name too: 1 to 120 characters, no slashes, no leading dot.");
        }

        for (var i = 0; i < dataset.Match.Count; i++)
        {
            var glob = dataset.Match[i];
            if (string.IsNullOrWhiteSpace(glob) || glob.StartsWith('/') || glob.Split('/').Contains(".."))
            {
                report($"{path}.match[{i}]", ConfigCode.BadPattern,
                    $"'{glob}' is not a glob below the data folder, such as orders/** or orders_*.csv.");
            }
        }

        if (dataset.Table is { } table)
        {
            var parts = table.Split('.');
            if (parts.Length > 2 || parts.Any(p => string.IsNullOrWhiteSpace(p) || p.Any(char.IsControl)))
            {
                report($"{path}.table", ConfigCode.BadName, $"'{table}' is not a table; write table or database.table.");
            }
        }

        if (dataset.PartitionBy is { } partition && string.IsNullOrWhiteSpace(partition))
        {
            report($"{path}.partition_by", ConfigCode.BadName, "The partition expression is empty; leave the key out for none.");
        }

        if (dataset.Delimiter is '"' or '\r' or '\n' or '\0')
        {
            report($"{path}.delimiter", ConfigCode.OutOfRange, "A quote, a line end or NUL cannot delimit fields.");
        }

        Columns(path, dataset);
    }

    void Columns(string path, DatasetOptions dataset)
    {
        var types = new Dictionary<string, ColumnType?>();
        foreach (var (name, column) in dataset.Columns)
        {
            types[name] = Column($"{path}.columns.{name}", name, column);
        }

        var seen = new HashSet<string>();
        for (var i = 0; i < dataset.OrderBy.Count; i++)
        {
            var name = dataset.OrderBy[i];
            var at = $"{path}.order_by[{i}]";
            if (string.IsNullOrWhiteSpace(name))
            {
                report(at, ConfigCode.BadName, "A column needs a name.");
            }
            else if (!seen.Add(name))
            {
                report(at, ConfigCode.Contradiction, $"The column '{name}' is in the sorting key already.");
            }
            else if (types.GetValueOrDefault(name) is { AcceptsNull: true } type)
            {
                report(at, ConfigCode.Contradiction, $"'{name}' is {type.Name}; a sorting key cannot be Nullable.");
            }
        }
    }

    ColumnType? Column(string path, string name, ColumnOptions column)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Any(char.IsControl))
        {
            report(path, ConfigCode.BadName, "A column needs a name.");
        }
        else if (s_reservedColumns.Contains(name))
        {
            report(path, ConfigCode.BadName, $"'{name}' is a provenance column, which is filled by the pipeline.");
        }

        if (column.Pattern is { } pattern)
        {
            Pattern($"{path}.pattern", pattern);
        }

        if (decimal.TryParse(column.Min, NumberStyles.Float, CultureInfo.InvariantCulture, out var min)
            && decimal.TryParse(column.Max, NumberStyles.Float, CultureInfo.InvariantCulture, out var max)
            && min > max)
        {
            report($"{path}.min", ConfigCode.Contradiction, $"The minimum {column.Min} is above the maximum {column.Max}.");
        }

        if (column.Type is not { } text)
        {
            return null;
        }

        try
        {
            var type = ColumnType.Parse(text);
            if (column.Required && type.AcceptsNull)
            {
                report($"{path}.required", ConfigCode.Contradiction,
                    $"{type.Name} accepts null, required does not; drop one of them.");
            }

            return type;
        }
        catch (FormatException e)
        {
            report($"{path}.type", ConfigCode.BadColumnType,
                $"'{text}' is not a ClickHouse type that can be loaded: {e.Message}");
            return null;
        }
    }

    void Pattern(string path, string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            report(path, ConfigCode.BadPattern, $"'{pattern}' is not a regular expression that can be used: {e.Message}");
        }
    }

    void Name(string path, string name, string what)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Any(char.IsControl))
        {
            report(path, ConfigCode.BadName, $"{what} needs a name.");
        }
    }
}
