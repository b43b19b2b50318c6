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

    public static async Task<TableChecksum> OfAsync(
        BenchEngine engine,
        string table,
        IReadOnlyList<WideColumn> columns,
        CancellationToken cancellation)
    {
        List<(string Name, string Expression)> parts = [("count", "count()")];
        foreach (var column in columns)
        {
            var value = $"CAST({column.Name} AS {column.Type})";
            parts.Add(($"{column.Name} hashes", $"sum(ifNull(cityHash64({value}), 0))"));
            if (column.Type.StartsWith("Nullable(", StringComparison.Ordinal))
            {
                parts.Add(($"{column.Name} nulls", $"countIf({column.Name} IS NULL)"));
            }

            if (column.Type.StartsWith("Float", StringComparison.Ordinal))
            {
                parts.Add(($"{column.Name} sum", $"sumKahan({value})"));
            }
        }

        var sql = $"SELECT {string.Join(", ", parts.Select(p => p.Expression))} FROM {table} FORMAT TabSeparated";
        var answer = await engine.QueryAsync(sql, cancellation);
        return new([.. parts.Select(p => p.Name)], answer.TrimEnd('\n').Split('\t'));
    }

    /// <summary>Throws <see cref="WrongLoadException"/> with every difference.</summary>
    /// <param name="floatsByValue">False: float columns are compared by their sum alone.</param>
    public void MustEqual(TableChecksum expected, IReadOnlyList<WideColumn> columns, bool floatsByValue, string who)
    {
        var floats = columns.Where(c => c.Type.StartsWith("Float", StringComparison.Ordinal)).Select(c => c.Name).ToHashSet();
        var differences = Names
            .Select((name, i) => (Name: name, Expected: expected.Values[i], Actual: Values[i]))
            .Where(p => floatsByValue || !(p.Name.EndsWith(" hashes", StringComparison.Ordinal) && floats.Contains(p.Name[..^7])))
            .Where(p => !Same(p.Name, p.Expected, p.Actual))
            .Select(p => $"{p.Name}: {p.Actual}, not {p.Expected}")
            .ToList();
        if (differences.Count > 0)
        {
            throw new WrongLoadException($"{who} loaded other values than the data holds.\n{string.Join('\n', differences)}");
        }
    }

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
