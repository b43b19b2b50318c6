using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.TestKit;

namespace Pipeline.Daemon.Tests.Deploy;

/// <summary>Grafana's overview dashboard, as it is provisioned.</summary>
static partial class OverviewDashboard
{
    public static JsonElement Root() => JsonDocument.Parse(File.ReadAllBytes(Golden.FromRoot("grafana/dashboards/overview.json"))).RootElement;

    /// <summary>Every query of panels, variables and annotations, as it stands there.</summary>
    public static IReadOnlyList<string> Queries()
    {
        var root = Root();
        var variables = root.GetProperty("templating").GetProperty("list").EnumerateArray()
            .Select(v => v.GetProperty("query").GetProperty("query").GetString()!);
        return [.. Descendants(root, "expr"), .. variables];
    }

    /// <summary>The queries that are PromQL, with all instances and datasets chosen and every interval five minutes.</summary>
    public static IReadOnlyList<string> Expressions() =>
        [.. Queries().Where(q => !q.StartsWith("label_values(", StringComparison.Ordinal)).Select(FillIn)];

    /// <summary>The texts of all members of this name, at any depth.</summary>
    public static IEnumerable<string> Descendants(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p =>
            p.Name == name && p.Value.ValueKind == JsonValueKind.String ? [p.Value.GetString()!] : Descendants(p.Value, name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(e => Descendants(e, name)),
        _ => [],
    };

    static string FillIn(string query) => Variable().Replace(query, m => m.Value.StartsWith("$__", StringComparison.Ordinal) ? "5m" : ".*");

    [GeneratedRegex(@"\$\w+", RegexOptions.NonBacktracking)]
    private static partial Regex Variable();
}
