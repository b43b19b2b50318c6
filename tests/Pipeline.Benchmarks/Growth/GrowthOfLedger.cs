using System.Globalization;
using Microsoft.Data.Sqlite;
using Pipeline.Benchmarks.EndToEnd;
using Pipeline.TestKit.Generators;

namespace Pipeline.Benchmarks.Growth;

/// <summary>
/// A daemon with a long past: the ledger holds so many archived files, and as many lie in the archive (100,000 at most). Measured: the start, a small
/// file renamed in, and what the daemon does when nothing happens.
/// </summary>
static class GrowthOfLedger
{
    const int Files = 40;
    const int MaxArchived = 100_000;

    /// <summary>After the last file, until compilers and collectors are done with it.</summary>
    static readonly TimeSpan s_rest = TimeSpan.FromSeconds(10);

    static readonly TimeSpan s_idle = TimeSpan.FromSeconds(20);

    public static async Task<GrowthSeries> EntriesAsync(EndToEndOptions options, string folder, CancellationToken cancellation)
    {
        var home = Path.Combine(folder, "home");
        var points = new List<GrowthPoint>();
        var number = 0;
        await using (var daemon = await BenchDaemon.StartAsync(options.Pipeline, home, cpus: null, cancellation))
        {
            Directory.CreateDirectory(Path.Combine(daemon.DataFolder, "readings"));
            await LoadOneAsync(daemon, folder, number++, cancellation);
            await daemon.WaitUntilSettledAsync(cancellation);
        }

        foreach (var unscaled in (long[])[1_000, 10_000, 100_000, 1_000_000, .. options.Large ? [10_000_000L] : Array.Empty<long>()])
        {
            var entries = Math.Max(10, (long)(unscaled * options.Scale));
            Fill(Path.Combine(home, ".pipeline", "ledger.db"), entries);
            FillArchive(Path.Combine(home, "archive", "readings", "2024-01-01"), (int)Math.Min(entries, MaxArchived));
            var began = TimeProvider.System.GetTimestamp();
            await using var daemon = await BenchDaemon.StartAsync(options.Pipeline, home, cpus: null, cancellation);
            var start = TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
            var times = new List<double>();
            var measurement = await daemon.MeasureAsync(Files * 100L, 0, async () =>
            {
                for (var i = 0; i < Files; i++)
                {
                    times.Add(await LoadOneAsync(daemon, folder, number++, cancellation));
                }
            });
            await daemon.WaitUntilSettledAsync(cancellation);
            await Task.Delay(s_rest, TimeProvider.System, cancellation);
            var cpu = daemon.DaemonCpuSeconds();
            await Task.Delay(s_idle, TimeProvider.System, cancellation);
            var idle = 100 * (daemon.DaemonCpuSeconds() - cpu) / s_idle.TotalSeconds;
            points.Add(new(entries, Statistics.Median(times), idle, measurement.DaemonPeakBytes, measurement.EnginePeakBytes));
            await Console.Error.WriteLineAsync(
                string.Create(CultureInfo.InvariantCulture, $"{entries:N0} entries: ready after {start:F0} ms, a file takes {points[^1].Value:F0} ms, idle {idle:F2} % of a core"));
        }

        return new("entries of the ledger", "ms from rename to queryable (p50)", "idle CPU, % of a core", points);
    }

    static async Task<double> LoadOneAsync(BenchDaemon daemon, string folder, int number, CancellationToken cancellation)
    {
        ReadingFiles.WriteFile(folder, number, 100);
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellation);
        var began = TimeProvider.System.GetTimestamp();
        File.Move(Path.Combine(folder, ReadingFiles.NameOf(number)), Path.Combine(daemon.DataFolder, "readings", ReadingFiles.NameOf(number)));
        await daemon.WaitForRowsAsync("default.readings", (number + 1L) * 100, TimeSpan.Zero, cancellation);
        return TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
    }

    /// <summary>
    /// Copies the first entry, an archived file, under other names and contents until there are so many. Without indexes, triggers and a journal, which are
    /// made anew afterwards: contents and file ids are random, and each row would be written all over the disk.
    /// </summary>
    static void Fill(string ledger, long entries)
    {
        using var connection = new SqliteConnection($"Data Source={ledger}");
        connection.Open();
        Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000");
        var around = Read("SELECT type || ' ' || name, sql FROM sqlite_master WHERE tbl_name = 'entries' AND type IN ('index', 'trigger') AND sql IS NOT NULL");
        foreach (var (name, _) in around)
        {
            Execute($"DROP {name}");
        }

        var values = Read("SELECT name, '' FROM pragma_table_info('entries') ORDER BY cid").Select(column => column.First switch
        {
            "key" => "numbers.n",
            "path" or "name" or "moved_to" => $"{column.First} || '.' || numbers.n",
            "content" => "randomblob(32)",
            "file_id" => "randomblob(16)",
            var name => $"\"{name}\"",
        });
        Execute(
            $"""
            WITH RECURSIVE numbers(n) AS (
                SELECT (SELECT max(key) FROM entries) + 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {entries})
            INSERT INTO entries SELECT {string.Join(", ", values)} FROM numbers, (SELECT * FROM entries ORDER BY key LIMIT 1)
            WHERE (SELECT max(key) FROM entries) < {entries}
            """);
        Execute(
            """
            INSERT OR IGNORE INTO receipts
            SELECT key, (SELECT receipt FROM receipts ORDER BY key LIMIT 1) FROM entries
            """);
        foreach (var (_, sql) in around)
        {
            Execute(sql);
        }

        Execute(
            """
            DELETE FROM counts;
            INSERT INTO counts SELECT dataset, state, count(*), sum(rows_loaded), sum(rows_rejected), sum(bytes) FROM entries WHERE open = 0 GROUP BY dataset, state
            """);

        void Execute(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.CommandTimeout = 3600;
            command.ExecuteNonQuery();
        }

        List<(string First, string Second)> Read(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            var rows = new List<(string, string)>();
            while (reader.Read())
            {
                rows.Add((reader.GetString(0), reader.GetString(1)));
            }

            return rows;
        }
    }

    static void FillArchive(string folder, int files)
    {
        Directory.CreateDirectory(folder);
        for (var i = Directory.EnumerateFiles(folder).Count(); i < files; i++)
        {
            File.WriteAllBytes(Path.Combine(folder, ReadingFiles.NameOf(i)), []);
        }
    }
}
