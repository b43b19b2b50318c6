namespace Pipeline.Configuration;

/// <summary>
/// Lays environment variables over raw nodes. <c>PIPELINE__CLICKHOUSE__URL</c> is <c>clickhouse.url</c>: two underscores between
/// keys, case does not matter. <c>…_FILE</c> names a file that holds the value. Lists are separated by commas.
/// </summary>
static class EnvironmentSource
{
    public const string Prefix = "PIPELINE__";

    const string FileSuffix = "_FILE";

    public static void Overlay(RawMap root, IReadOnlyDictionary<string, string> environment, List<ConfigProblem> problems)
    {
        // In the order of names, so that messages do not depend on the order of the environment.
        foreach (var (name, text) in environment.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && text.Length > 0)
            {
                OverlayOne(root, name, text, environment, problems);
            }
        }
    }

    static void OverlayOne(
        RawMap root, string name, string text, IReadOnlyDictionary<string, string> environment, List<ConfigProblem> problems)
    {
        var place = new RawPlace(name);
        var segments = name[Prefix.Length..].Split("__");
        if (Set(root, ConfigNode.Root, segments, place, text))
        {
            return;
        }

        if (!name.EndsWith(FileSuffix, StringComparison.OrdinalIgnoreCase))
        {
            var path = string.Join('.', segments).ToLowerInvariant();
            problems.Add(place.Problem(path, ConfigCode.UnknownKey, $"There is no such key.{NearestKey.Hint(path)}"));
            return;
        }

        var plain = name[..^FileSuffix.Length];
        if (environment.TryGetValue(plain, out var direct) && direct.Length > 0)
        {
            problems.Add(place.Problem("", ConfigCode.Contradiction, $"{plain} is set too; set one of them."));
            return;
        }

        try
        {
            segments[^1] = segments[^1][..^FileSuffix.Length];
            var content = File.ReadAllText(text).TrimEnd('\r', '\n');
            if (!Set(root, ConfigNode.Root, segments, place, content))
            {
                var path = string.Join('.', segments).ToLowerInvariant();
                problems.Add(place.Problem(path, ConfigCode.UnknownKey, $"There is no such key.{NearestKey.Hint(path)}"));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(place.Problem("", ConfigCode.BadSecretFile, $"The file {text} cannot be read: {e.Message}"));
        }
    }

    /// <summary>False when the segments lead to no key, or to one that holds keys itself.</summary>
    static bool Set(RawMap map, ConfigNode node, ReadOnlySpan<string> segments, RawPlace place, string text)
    {
        var (key, child) = node switch
        {
            ConfigSection section => section.Find(segments[0], StringComparison.OrdinalIgnoreCase) is { } found
                ? (found.Name, found.Node)
                : (null, null),
            ConfigMap names when segments[0].Length > 0 => (NameIn(map, segments[0]), names.Value),
            _ => ((string?)null, (ConfigNode?)null),
        };
        if (key is null || child is null)
        {
            return false;
        }

        if (child is ConfigScalar or ConfigList)
        {
            if (segments.Length > 1)
            {
                return false;
            }

            map.Set(key, place, child is ConfigScalar ? new RawScalar(place, text) : List(place, text));
            return true;
        }

        if (segments.Length == 1)
        {
            return false;
        }

        switch (map.Find(key))
        {
            case RawMap inner:
                return Set(inner, child, segments[1..], place, text);
            case null or RawScalar { Text: null }:
                var added = new RawMap(place);
                if (!Set(added, child, segments[1..], place, text))
                {
                    return false;
                }

                map.Set(key, place, added);
                return true;
            default:
                // The file has a value where keys belong: the binder says so, with the file's line.
                return true;
        }
    }

    /// <summary>The name in the file that a variable means: variables have neither case nor dashes and dots.</summary>
    static string NameIn(RawMap map, string segment)
    {
        foreach (var (key, _, _) in map.Entries)
        {
            if (string.Equals(
                key.Replace('-', '_').Replace('.', '_').Replace(' ', '_'), segment, StringComparison.OrdinalIgnoreCase))
            {
                return key;
            }
        }

        return segment.ToLowerInvariant();
    }

    static RawList List(RawPlace place, string text) => new(
        place,
        [.. text.Split(
            ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(t => new RawScalar(place, t))]);
}
