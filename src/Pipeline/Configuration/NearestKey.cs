namespace Pipeline.Configuration;

/// <summary>Finds the key that somebody meant.</summary>
static class NearestKey
{
    /// <summary>A sentence that names the nearest key, with a leading space; empty when none is near.</summary>
    public static string Hint(string path)
    {
        var node = (ConfigNode)ConfigNode.Root;
        var parts = path.Split('.');
        for (var i = 0; i < parts.Length; i++)
        {
            var next = node switch
            {
                ConfigSection section => section.Find(parts[i])?.Node,
                ConfigMap map => map.Value,
                _ => null,
            };
            if (next is null)
            {
                return node is ConfigSection here ? HintIn(here, parts[i], string.Concat(parts[..i].Select(p => p + "."))) : "";
            }

            node = next;
        }

        return "";
    }

    static string HintIn(ConfigSection section, string name, string parent)
    {
        // 1. A misspelled key of this group. 2. A key of another group under this very name.
        var near = section.Keys.Select(k => (k.Name, Distance: Distance(k.Name, name))).MinBy(k => k.Distance);
        if (near.Distance <= (name.Length < 4 ? 1 : Math.Max(2, name.Length / 3)))
        {
            return $" Did you mean {parent}{near.Name}?";
        }

        var elsewhere = Paths(ConfigNode.Root, "").FirstOrDefault(p => p.EndsWith("." + name, StringComparison.Ordinal));
        return elsewhere is not null
            ? $" Did you mean {elsewhere}?"
            : $" Keys here: {string.Join(", ", section.Keys.Select(k => k.Name))}.";
    }

    static IEnumerable<string> Paths(ConfigNode node, string path) => node switch
    {
        ConfigSection section =>
            section.Keys.SelectMany(k => Paths(k.Node, path.Length == 0 ? k.Name : $"{path}.{k.Name}").Prepend(
            path.Length == 0 ? k.Name : $"{path}.{k.Name}")),
        ConfigMap { Value: ConfigSection value } => Paths(value, path + ".NAME"),
        _ => [],
    };

    /// <summary>Levenshtein distance, dashes and underscores and case apart.</summary>
    static int Distance(string a, string b)
    {
        b = b.Replace('-', '_').ToLowerInvariant();
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
