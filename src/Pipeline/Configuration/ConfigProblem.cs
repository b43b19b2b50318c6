using System.Text.Json;

namespace Pipeline.Configuration;

/// <summary>What is wrong with a configuration; written in snake_case for programs.</summary>
public enum ConfigCode
{
    /// <summary>The file is not YAML, or cannot be read.</summary>
    Unreadable = 0,
    UnknownKey,
    WrongShape,
    WrongType,
    OutOfRange,
    NotAnOption,
    BadPath,
    BadAddress,
    BadName,
    BadColumnType,
    BadPattern,
    BadSecretFile,
    Contradiction,
}

/// <summary>One thing wrong with a configuration: where, what kind, what to do.</summary>
/// <param name="Path">Dotted path of the key, such as <c>datasets.orders.columns.id.type</c>; empty for the file as a
/// whole.</param>
/// <param name="Message">What is there and what is accepted; never the value of a secret.</param>
public sealed record ConfigProblem(string Path, ConfigCode Code, string Message)
{
    /// <summary>File or environment variable that holds the value; null when it is a default.</summary>
    public string? Source { get; init; }

    /// <summary>1-based line in <see cref="Source"/>, when that is a file.</summary>
    public int? Line { get; init; }

    /// <summary>1-based column in <see cref="Source"/>, when that is a file.</summary>
    public int? Column { get; init; }

    /// <summary>The code in snake_case.</summary>
    public string CodeName => JsonNamingPolicy.SnakeCaseLower.ConvertName(Code.ToString());

    /// <summary>
    /// <c>pipeline.yaml:12:5: http.port: … [out_of_range]</c>, as compilers write it, so that editors can jump there.
    /// </summary>
    public override string ToString()
    {
        var place = Source is null ? "" : Line is null ? Source + ": " : $"{Source}:{Line}:{Column}: ";
        var key = Path.Length == 0 ? "" : Path + ": ";
        return $"{place}{key}{Message} [{CodeName}]";
    }
}
