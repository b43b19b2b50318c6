using System.Reflection;
using System.Text.RegularExpressions;
using Pipeline.Ledger;

namespace Pipeline.Tests.Ledger;

/// <summary>The ledger may hold 10^7 entries: no statement may read a table from end to end, nor sort what it found.</summary>
public sealed partial class LedgerSqlTests : IDisposable
{
    readonly SqliteFolder _folder = new();

    [Fact]
    public async Task QueryPlan_OfEachStatement_ScansNoTableAndSortsNothing()
    {
        await (await SqliteLedger.OpenAsync(_folder.Ledger)).DisposeAsync();
        var statements = Statements();

        statements.Count.ShouldBeGreaterThanOrEqualTo(27);
        foreach (var (name, sql) in statements)
        {
            Faults(sql).ShouldBeEmpty(name);
        }
    }

    [Theory]
    [InlineData("SELECT key FROM entries WHERE bytes = $bytes")]
    [InlineData("SELECT key FROM entries WHERE path = $path ORDER BY updated_at")]
    [InlineData("SELECT count(*) FROM entries")]
    [InlineData("UPDATE entries SET owner = NULL WHERE owner = $owner")]
    public async Task QueryPlan_OfAScanOrSort_IsNoticed(string sql)
    {
        await (await SqliteLedger.OpenAsync(_folder.Ledger)).DisposeAsync();

        Faults(sql).ShouldNotBeEmpty();
    }

    public void Dispose() => _folder.Dispose();

    static List<(string Name, string Sql)> Statements() => typeof(LedgerSql)
        .GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        .Where(field => field.IsLiteral)
        .Select(field => (field.Name, (string)field.GetRawConstantValue()!))
        .ToList();

    /// <summary>
    /// Allowed: the small table of counts, subqueries in memory (each at its limit), and the partial index of unsettled entries,
    /// which holds nothing else.
    /// </summary>
    List<string> Faults(string sql) => SqliteFolder
        .Query(_folder.Ledger, "EXPLAIN QUERY PLAN " + sql, column: 3)
        .Where(line => line.Contains("ORDER BY", StringComparison.Ordinal)
            || (line.StartsWith("SCAN", StringComparison.Ordinal) && !IsSmall(line)))
        .ToList();

    static bool IsSmall(string line) =>
        line.Contains("counts", StringComparison.Ordinal) || line.Contains("entries_unsettled", StringComparison.Ordinal)
        || Subquery().IsMatch(line);

    [GeneratedRegex(@"^SCAN (SUBQUERY|\(subquery-|CONSTANT ROW|\d+ CONSTANT ROW)", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Subquery();
}
