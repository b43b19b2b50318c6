using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Pipeline.Ledger;

namespace Pipeline.Tests.Ledger;

/// <summary>A folder of its own for one test, removed with everything in it.</summary>
sealed partial class SqliteFolder : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ledger-");

    public string Ledger => PathOf("ledger.db");

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Copies database and log as they lie there, without the shared-memory index: what a dead process leaves.</summary>
    public string CopyAsIfKilled(string ledger, string name, long? logBytes = null)
    {
        var copy = PathOf(name + ".db");
        File.Copy(ledger, copy, overwrite: true);
        var log = File.ReadAllBytes(ledger + "-wal");
        File.WriteAllBytes(copy + "-wal", log[..(int)Math.Min(log.Length, logBytes ?? log.Length)]);
        return copy;
    }

    /// <summary>Runs SQL on a database file from outside of the ledger.</summary>
    public static void Run(string path, string sql)
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>One column of the rows, as text; parameters are NULL.</summary>
    public static List<string> Query(string path, string sql, int column = 0)
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in Parameter().Matches(sql).Select(match => match.Value).Distinct(StringComparer.Ordinal))
        {
            command.Parameters.AddWithValue(name, DBNull.Value);
        }

        using var rows = command.ExecuteReader();
        var all = new List<string>();
        while (rows.Read())
        {
            all.Add(rows.GetString(column));
        }

        return all;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    static SqliteConnection Open(string path)
    {
        _ = SqliteLedger.SqliteVersion;
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false
        }.ToString());
        connection.Open();
        return connection;
    }

    [GeneratedRegex(@"\$[a-z_]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();
}
