using System.Text.RegularExpressions;

namespace Pipeline.Daemon.Tests.Deploy;

/// <summary>What a query asks for: metric names, each with the labels it is filtered by, and the labels that results are grouped by.</summary>
sealed partial record PromQl(IReadOnlyList<(string Metric, IReadOnlyList<string> Labels)> Selectors, IReadOnlyList<string> Grouping)
{
    static readonly HashSet<string> s_words =
    [
        "and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right", "inf", "nan",
    ];

    /// <summary>
    /// Reads a query, or Grafana's <c>label_values(selector, label)</c>. Not a full parser: promtool checks the syntax, this finds
    /// the names.
    /// </summary>
    public static PromQl Parse(string query)
    {
        var grouping = new List<string>();
        if (LabelValues().Match(query) is { Success: true } variable)
        {
            grouping.Add(variable.Groups["label"].Value);
            query = variable.Groups["selector"].Value;
        }

        query = GroupingClause().Replace(query, clause =>
        {
            grouping.AddRange(Names(clause.Groups["labels"].Value));
            return " ";
        });
        query = Range().Replace(query, " ");

        var selectors = Selector().Matches(query)
            .Where(m => !s_words.Contains(m.Groups["name"].Value))
            .Select(m => (m.Groups["name"].Value, (IReadOnlyList<string>)[.. Matcher().Matches(m.Groups["matchers"].Value).Select(l => l.Groups["label"].Value)]));
        return new([.. selectors], grouping);
    }

    static IEnumerable<string> Names(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"^label_values\((?<selector>.*),\s*(?<label>\w+)\)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex LabelValues();

    [GeneratedRegex(@"\b(by|without|on|ignoring|group_left|group_right)\s*\((?<labels>[^)]*)\)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex GroupingClause();

    /// <summary>Durations, also those that Grafana fills in.</summary>
    [GeneratedRegex(@"\[[^\]]*\]|\$__\w+|\boffset\s+\w+", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Range();

    /// <summary>A name that is not called as a function, with its matchers.</summary>
    [GeneratedRegex("(?<![\\w:$\"])(?<name>[a-zA-Z_:][\\w:]*)(?![\\w:])(?!\\s*\\()(\\{(?<matchers>[^}]*)\\})?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Selector();

    [GeneratedRegex("(?<label>\\w+)\\s*(=~|!~|!=|=)\\s*\"[^\"]*\"", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Matcher();
}
