using System.Globalization;
using Pipeline.TestKit.Generators;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>
/// Row count, and per column a sum of hashes, a sum of the nulls, and for floats their sum. Columns are cast to the data's own
/// types first, so that a table is judged by its values and not by how narrow its types are.
/// </summary>
sealed record TableChecksum(IReadOnlyList<string> Names, IReadOnlyList<string> Values)
{
    /// <summary>
    /// The engine's text reader rounds doubles to within a unit in the last place unless told otherwise: of the reference only
    /// the sum of a float column can be asked, within this relative error.
    /// </summary>
    const double FloatTolerance = 1e-12;

    /// <param name="source">What stands after FROM: a table, or a table function and its settings.</param>
    public static async Task<TableChecksum> OfAsync(
        EngineClient engine,
        string source,
        IReadOnlyList<WideColumn> columns,
        CancellationToken cancellation)
    {
        List<(string Name, string Expression)> parts = [("count", "count()")];
        foreach (var column in columns)
        {
            var value = $"CAST({column.Name} AS {column.Type})";
            parts.Add(($"{column.Name} hashes", $"sum(ifNull(cityHash64({value}), 0))"));
            if (IsFloat(column))
            {
                parts.Add(($"{column.Name} sum", $"sumKahan({value})"));
            }

            if (column.Type.StartsWith("Nullable(", StringComparison.Ordinal))
            {
                parts.Add(($"{column.Name} nulls", $"countIf({column.Name} IS NULL)"));
            }
        }

        var answer = await engine.QueryAsync($"SELECT {string.Join(", ", parts.Select(p => p.Expression))} FROM {source}", cancellation);
        return new([.. parts.Select(p => p.Name)], answer.TrimEnd('\n').Split('\t'));
    }

    /// <summary>Throws <see cref="WrongLoadException"/> with every difference.</summary>
    /// <param name="columns">Those it was computed for.</param>
    /// <param name="exactFloats">False: float columns are compared by their sum alone.</param>
    public void MustEqual(TableChecksum expected, IReadOnlyList<WideColumn> columns, bool exactFloats, string who)
    {
        var inexact = exactFloats ? [] : columns.Where(IsFloat).Select(c => $"{c.Name} hashes").ToHashSet();
        var differences = Names
            .Select((name, i) => (Name: name, Expected: expected.Values[i], Actual: Values[i]))
            .Where(p => !inexact.Contains(p.Name) && !Same(p.Name, p.Expected, p.Actual))
            .Select(p => $"{p.Name}: {p.Actual}, not {p.Expected}")
            .ToList();
        if (differences.Count > 0)
        {
            throw new WrongLoadException($"{who} loaded other values than the data holds.\n{string.Join('\n', differences)}");
        }
    }

    static bool IsFloat(WideColumn column) => column.Type.Contains("Float", StringComparison.Ordinal);

    static bool Same(string name, string expected, string actual)
    {
        if (!name.EndsWith(" sum", StringComparison.Ordinal))
        {
            return expected == actual;
        }

        var (a, b) = (double.Parse(expected, CultureInfo.InvariantCulture), double.Parse(actual, CultureInfo.InvariantCulture));
        return Math.Abs(a - b) <= FloatTolerance * Math.Max(Math.Abs(a), Math.Abs(b));
    }
}
