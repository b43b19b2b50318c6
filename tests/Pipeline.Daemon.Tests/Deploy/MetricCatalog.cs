using System.Text.RegularExpressions;
using Pipeline.TestKit;

namespace Pipeline.Daemon.Tests.Deploy;

/// <summary>The metrics that the daemon exports, with their labels and the label values that are fixed.</summary>
sealed partial class MetricCatalog
{
    /// <summary>Added by Prometheus to every series it scrapes.</summary>
    static readonly string[] s_targetLabels = ["job", "instance"];

    readonly Dictionary<string, HashSet<string>> _labels = new(StringComparer.Ordinal) { ["up"] = [] };

    public int Count => _labels.Count;

    /// <summary>Reads the list that the metrics' own test asserts: one line a series, as in a scrape.</summary>
    public static MetricCatalog Approved()
    {
        var catalog = new MetricCatalog();
        foreach (var line in File.ReadLines(Golden.FromRoot("tests/Pipeline.Tests/Telemetry/metrics.approved.txt")))
        {
            catalog.Add(line);
        }

        return catalog;
    }

    /// <summary>Everything in a query that the daemon does not export.</summary>
    public IEnumerable<string> Unknown(string query)
    {
        var parsed = PromQl.Parse(query);
        foreach (var (metric, labels) in parsed.Selectors)
        {
            if (!_labels.ContainsKey(metric))
            {
                yield return $"no metric {metric} (in: {query})";
                continue;
            }

            foreach (var label in labels.Where(l => !Has(metric, l)))
            {
                yield return $"{metric} has no label {label} (in: {query})";
            }
        }

        foreach (var label in parsed.Grouping.Where(l => !parsed.Selectors.Any(s => Has(s.Metric, l))))
        {
            yield return $"nothing has the label {label} (in: {query})";
        }
    }

    bool Has(string metric, string label) =>
        s_targetLabels.Contains(label)
        || (_labels.TryGetValue(metric, out var labels) && labels.Contains(label))
        || (label == "le" && metric.EndsWith("_bucket", StringComparison.Ordinal));

    void Add(string line)
    {
        // A family without series yet is named by its type line alone.
        var match = line.StartsWith("# TYPE ", StringComparison.Ordinal) ? Series().Match(line[7..]) : Series().Match(line);
        if (!match.Success)
        {
            return;
        }

        var name = match.Groups["name"].Value;
        var labels = _labels.TryGetValue(name, out var known) ? known : _labels[name] = [];
        labels.UnionWith(Label().Matches(match.Groups["labels"].Value).Select(l => l.Groups["label"].Value));
    }

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:][\w:]*)(\{(?<labels>.*)\})?", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Series();

    [GeneratedRegex("(?<label>\\w+)=\"", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Label();
}
