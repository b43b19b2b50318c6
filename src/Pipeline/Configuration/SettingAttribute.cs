namespace Pipeline.Configuration;

/// <summary>How a number is written.</summary>
enum SettingKind
{
    /// <summary>As the type of the property says: count, duration, text, one of an enumeration.</summary>
    Plain = 0,

    /// <summary>A size in bytes: <c>32MiB</c>.</summary>
    Bytes = 1,

    /// <summary>A share: <c>5%</c>.</summary>
    Ratio = 2,
}

/// <summary>
/// What a key of pipeline.yaml does, in the words a user reads. Together with the property (name, type, default) it is the only
/// source of the parser, the messages, the JSON Schema and the commented pipeline.yaml.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
sealed class SettingAttribute(string text) : Attribute
{
    /// <summary>Effect of the key, for its comment in pipeline.yaml and its description in the schema.</summary>
    public string Text { get; } = text;

    public SettingKind Kind { get; init; }

    /// <summary>Lowest value; durations in seconds. Not a number: no bound.</summary>
    public double Min { get; init; } = double.NaN;

    /// <summary>Highest value; durations in seconds. Not a number: no bound.</summary>
    public double Max { get; init; } = double.NaN;

    /// <summary>Never printed, never logged.</summary>
    public bool Secret { get; init; }

    /// <summary>A value to show where there is no default. Lists: comma-separated.</summary>
    public string? Example { get; init; }
}
