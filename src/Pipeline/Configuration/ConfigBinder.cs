using System.Collections;

namespace Pipeline.Configuration;

/// <summary>
/// Turns raw nodes into options records by the model. Every problem is collected; what cannot be bound keeps its default.
/// </summary>
sealed class ConfigBinder(List<ConfigProblem> problems)
{
    readonly Dictionary<string, RawPlace> _places = [];

    /// <summary>Where a path was written, or the nearest group around it; null when nobody wrote any of it.</summary>
    public RawPlace? PlaceOf(string path)
    {
        for (var p = path; p.Length > 0; p = p.LastIndexOf('.') is var dot and > 0 ? p[..dot] : "")
        {
            if (_places.TryGetValue(p, out var place))
            {
                return place;
            }
        }

        return null;
    }

    public PipelineOptions Bind(RawMap root) => (PipelineOptions)BindSection(ConfigNode.Root, root, "");

    object BindSection(ConfigSection section, RawMap map, string path)
    {
        var result = Activator.CreateInstance(section.Type)!;
        foreach (var (name, keyPlace, value) in map.Entries)
        {
            var keyPath = path.Length == 0 ? name : $"{path}.{name}";
            var key = section.Find(name);
            if (key is null)
            {
                problems.Add(
                    keyPlace.Problem(keyPath, ConfigCode.UnknownKey, $"There is no such key.{NearestKey.Hint(keyPath)}"));
                continue;
            }

            _places[keyPath] = keyPlace;
            if (value is not RawScalar { Text: null } && BindNode(key.Node, value, keyPath) is { } bound)
            {
                key.Property.SetValue(result, bound);
            }
        }

        return result;
    }

    /// <summary>Null after a problem.</summary>
    object? BindNode(ConfigNode node, RawNode raw, string path)
    {
        switch (node, raw)
        {
            case (ConfigScalar scalar, RawScalar { Text: { } text }):
                return BindScalar(scalar, raw.Place, text, path);

            case (ConfigSection section, RawMap map):
                return BindSection(section, map, path);

            case (ConfigMap map, RawMap entries):
                return BindMap(map, entries, path);

            case (ConfigList list, RawList items):
                return BindList(list, items.Items, path);

            case (ConfigList list, RawScalar { Text: not null }):
                return BindList(list, [raw], path);

            default:
                var wanted = node switch
                {
                    ConfigScalar => "a single value",
                    ConfigList => "a list such as [a, b]",
                    ConfigMap => "names, each with its own value",
                    _ => "a group of keys",
                };
                problems.Add(raw.Place.Problem(path, ConfigCode.WrongShape, $"Here is {raw.Shape}; it must be {wanted}."));
                return null;
        }
    }

    object? BindScalar(ConfigScalar scalar, RawPlace place, string text, string path)
    {
        if (ScalarText.TryParse(scalar, text, out var value, out var problem))
        {
            return value;
        }

        var shown = scalar.Setting.Secret ? "The value" : $"'{Shorten(text)}'";
        problems.Add(place.Problem(path, problem.Code, $"{shown} is not valid here; it must be {problem.Expected}."));
        return null;
    }

    object BindMap(ConfigMap map, RawMap entries, string path)
    {
        var result = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), map.ValueType))!;
        foreach (var (name, keyPlace, raw) in entries.Entries)
        {
            var namePath = $"{path}.{name}";
            _places[namePath] = keyPlace;
            var value = raw is RawScalar { Text: null } && map.Value is ConfigSection empty
                ? Activator.CreateInstance(empty.Type)
                : BindNode(map.Value, raw, namePath);
            if (value is not null)
            {
                result[name] = value;
            }
        }

        return result;
    }

    object BindList(ConfigList list, IReadOnlyList<RawNode> items, string path)
    {
        var result = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(list.Item.Type))!;
        for (var i = 0; i < items.Count; i++)
        {
            if (BindNode(list.Item, items[i], $"{path}[{i}]") is { } item)
            {
                result.Add(item);
            }
        }

        return result;
    }

    static string Shorten(string text) => text.Length <= 60 ? text : text[..57] + "...";
}
