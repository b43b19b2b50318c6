using Pipeline.TestKit.Generators;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>
/// A backlog of small files in a folder that is renamed into <c>data/</c>. The engine's statements know no identity, receipt, archive or recovery.
/// </summary>
sealed class SmallFilesCase : ComparingCase
{
    const int RowsPerFile = 100;

    /// <summary>Files of a run of the reference that takes a statement a file: its speed does not depend on their number.</summary>
    const int SingleStatements = 1_000;

    static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    public override string Name => "small-files";

    public override string Description => "a backlog of 10,000 CSV files × 100 rows × 6 columns";

    protected override async Task<IReadOnlyList<Side>> PrepareAsync(
        BenchDaemon daemon, EndToEndOptions options, string folder, CancellationToken cancellation)
    {
        var files = (int)Scaled(10_000, options);
        var backlog = new Backlog(daemon, Path.Combine(folder, "readings"), files, cancellation);
        await backlog.WriteAsync();
        return
        [
            new("daemon", "folder renamed into `data/` until all rows are queryable", backlog.LoadAsync),
            new(
                "engine, a statement per file",
                $"`INSERT … SELECT … FROM file(…)`, one after the other, {Math.Min(files, SingleStatements):N0} of the files",
                _ => backlog.InsertEachAsync(Math.Min(files, SingleStatements)),
                (10, 20),
                IsLast: true),
            new("engine, one statement", "`INSERT … SELECT … FROM file('*.csv')` over all", _ => backlog.InsertAllAsync(), (0.4, 0.8)),
        ];
    }

    sealed class Backlog(BenchDaemon daemon, string folder, int files, CancellationToken cancellation)
    {
        const string Table = "default.reference";
        static readonly string s_structure = ReadingFiles.Structure.Replace("'", "\\'", StringComparison.Ordinal);
        long _bytes;
        TableChecksum? _all;

        public async Task WriteAsync()
        {
            Directory.CreateDirectory(folder);
            _bytes = 0;
            for (var i = 0; i < files; i++)
            {
                _bytes += ReadingFiles.WriteFile(folder, i, RowsPerFile);
            }

            _all ??= await TableChecksum.OfAsync(daemon.Engine, Source("*.csv"), ReadingFiles.Columns, cancellation);
        }

        public async Task<Measurement> LoadAsync(int run)
        {
            var dataset = $"load{run}";
            var rows = (long)files * RowsPerFile;
            var measurement = await daemon.MeasureAsync(rows, _bytes, async () =>
            {
                Directory.Move(folder, Path.Combine(daemon.DataFolder, dataset));
                await daemon.WaitForRowsAsync($"default.{dataset}", rows, s_look, cancellation);
            });
            await daemon.WaitUntilSettledAsync(cancellation);
            var receipts = await daemon.Engine.QueryAsync(
                $"SELECT count(), sum(rows_loaded) FROM pipeline.files WHERE table LIKE '%{dataset}' SETTINGS final = 1", cancellation);
            if (receipts.Trim() != $"{files}\t{rows}")
            {
                throw new WrongLoadException($"{files} files of {rows} rows left the receipts {receipts.Trim()}.");
            }

            await CheckAndDropAsync($"default.{dataset}", _all!, "the daemon");
            await WriteAsync();
            return measurement;
        }

        public async Task<Measurement> InsertEachAsync(int count)
        {
            await CreateAsync();
            var bytes = Enumerable.Range(0, count).Sum(i => new FileInfo(Path.Combine(folder, ReadingFiles.NameOf(i))).Length);
            var measurement = await daemon.MeasureAsync((long)count * RowsPerFile, bytes, async () =>
            {
                for (var i = 0; i < count; i++)
                {
                    await InsertAsync(ReadingFiles.NameOf(i));
                }
            });
            var expected = await TableChecksum.OfAsync(
                daemon.Engine, $"{Source("*.csv")} WHERE reading_id < {(long)count * RowsPerFile}", ReadingFiles.Columns, cancellation);
            await CheckAndDropAsync(Table, expected, "the engine");
            return WithoutDaemon(measurement);
        }

        public async Task<Measurement> InsertAllAsync()
        {
            await CreateAsync();
            var measurement = await daemon.MeasureAsync((long)files * RowsPerFile, _bytes, () => InsertAsync("*.csv"));
            await CheckAndDropAsync(Table, _all!, "the engine");
            return WithoutDaemon(measurement);
        }

        static Measurement WithoutDaemon(Measurement m) => m with { DaemonCpuSeconds = 0, DaemonPeakBytes = 0 };

        string Source(string name) => $"file('{Path.Combine(folder, name)}', 'CSVWithNames', '{s_structure}')";

        Task<string> CreateAsync() => daemon.Engine.QueryAsync(
            $"CREATE TABLE {Table} ({ReadingFiles.Structure}) ENGINE = MergeTree ORDER BY measured_at", cancellation);

        Task<string> InsertAsync(string name) => daemon.Engine.QueryAsync($"INSERT INTO {Table} SELECT * FROM {Source(name)}", cancellation);

        async Task CheckAndDropAsync(string table, TableChecksum expected, string who)
        {
            var actual = await TableChecksum.OfAsync(daemon.Engine, table, ReadingFiles.Columns, cancellation);
            actual.MustEqual(expected, ReadingFiles.Columns, exactFloats: true, who);
            await daemon.Engine.QueryAsync($"DROP TABLE {table} SYNC", cancellation);
        }
    }
}
