namespace Pipeline.Configuration;

/// <summary>Where a raw value stands: a file with line and column, or an environment variable.</summary>
sealed record RawPlace(string Source, int? Line = null, int? Column = null)
{
    public ConfigProblem Problem(string path, ConfigCode code, string message) =>
        new(path, code, message) { Source = Source, Line = Line, Column = Column };
}

/// <summary>What somebody wrote, before it has a type: the common form of YAML and environment.</summary>
abstract class RawNode(RawPlace place)
{
    public RawPlace Place { get; } = place;

    /// <summary>What it is, for messages.</summary>
    public abstract string Shape { get; }
}

/// <summary>A value; null text is an empty value, which keeps the default.</summary>
sealed class RawScalar(RawPlace place, string? text) : RawNode(place)
{
    public string? Text { get; } = text;

    public override string Shape => Text is null ? "nothing" : "a single value";
}

sealed class RawList(RawPlace place, IReadOnlyList<RawNode> items) : RawNode(place)
{
    public IReadOnlyList<RawNode> Items { get; } = items;

    public override string Shape => "a list";
}

/// <summary>Keys in the order they were written. The environment adds to it and replaces in it.</summary>
sealed class RawMap(RawPlace place) : RawNode(place)
{
    readonly List<(string Key, RawPlace KeyPlace, RawNode Value)> _entries = [];

    public override string Shape => "a group of keys";

    public IReadOnlyList<(string Key, RawPlace KeyPlace, RawNode Value)> Entries => _entries;

    public RawNode? Find(string key)
    {
        foreach (var entry in _entries)
        {
            if (entry.Key == key)
            {
                return entry.Value;
            }
        }

        return null;
    }

    public void Set(string key, RawPlace keyPlace, RawNode value)
    {
        var index = _entries.FindIndex(e => e.Key == key);
        if (index < 0)
        {
            _entries.Add((key, keyPlace, value));
        }
        else
        {
            _entries[index] = (key, keyPlace, value);
        }
    }
}
