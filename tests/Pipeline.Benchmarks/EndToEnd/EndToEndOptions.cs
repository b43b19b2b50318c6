using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>What one call of <c>e2e</c> measures.</summary>
/// <param name="Rows">Null: each case's own number.</param>
/// <param name="Pipeline">Path of the daemon's executable.</param>
/// <param name="Engine">A running ClickHouse; null: an embedded engine is started for the measurement.</param>
/// <param name="Out">Markdown file; null: the terminal only.</param>
sealed record EndToEndOptions(IReadOnlyList<string> Cases, long? Rows, int Runs, string Pipeline, Uri? Engine, string? Out)
{
    public static bool TryParse(
        IReadOnlyList<string> args,
        [NotNullWhen(true)] out EndToEndOptions? options,
        [NotNullWhen(false)] out string? problem)
    {
        options = null;
        problem = null;
        var parsed = new EndToEndOptions([], null, 5, Path.Combine(AppContext.BaseDirectory, "pipeline"), null, null);
        for (var i = 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                parsed = parsed with { Cases = [.. parsed.Cases, args[i]] };
                continue;
            }

            var name = args[i];
            if (++i == args.Count)
            {
                problem = $"{name} needs a value.";
                return false;
            }

            var value = args[i];
            switch (name)
            {
                case "--rows" when long.TryParse(value, out var rows) && rows > 0:
                    parsed = parsed with { Rows = rows };
                    break;
                case "--runs" when int.TryParse(value, out var runs) && runs > 0:
                    parsed = parsed with { Runs = runs };
                    break;
                case "--pipeline":
                    parsed = parsed with { Pipeline = Path.GetFullPath(value) };
                    break;
                case "--engine" when Uri.TryCreate(value, UriKind.Absolute, out var url):
                    parsed = parsed with { Engine = url };
                    break;
                case "--out":
                    parsed = parsed with { Out = value };
                    break;
                default:
                    problem = $"{name} {value}: not an option, or not a value for it.";
                    return false;
            }
        }

        options = parsed;
        return true;
    }
}
