using Pipeline.TestKit.Generators;

namespace Pipeline.Benchmarks.EndToEnd;

/// <summary>A file to load, and what it holds.</summary>
/// <param name="Path">Outside of every data folder; the sides find it there before each run.</param>
/// <param name="Truth">What stands after FROM to get the same rows without our code.</param>
/// <param name="SortingKey">As we order a table that nobody declared: by its first date.</param>
sealed record LoadableFile(string Path, long Rows, IReadOnlyList<WideColumn> Columns, string Truth, string SortingKey);

/// <summary>One file, loaded by the daemon, by a one-shot <c>ingest</c>, and by references.</summary>
abstract class FileLoadCase : ComparingCase
{
    protected LoadableFile File { get; private set; } = null!;

    protected BenchDaemon Daemon { get; private set; } = null!;

    TableChecksum? _expected;

    protected sealed override async Task<IReadOnlyList<Side>> PrepareAsync(
        BenchDaemon daemon, EndToEndOptions options, string folder, CancellationToken cancellation)
    {
        Daemon = daemon;
        File = await WriteAsync(options, folder, cancellation);
        _expected = await TableChecksum.OfAsync(daemon.Engine, File.Truth, File.Columns, cancellation);
        return
        [
            new("daemon", "a running daemon: renamed into `data/` until the rows are queryable, registered and the file archived", run => LoadAsync($"load{run}", cancellation)),
            new("ingest", "`pipeline ingest`, the whole process, into the same engine", run => IngestAsync(options.Pipeline, run, cancellation)),
            .. References(folder, cancellation),
        ];
    }

    /// <summary>Writes the file and whatever the references need.</summary>
    protected abstract Task<LoadableFile> WriteAsync(EndToEndOptions options, string folder, CancellationToken cancellation);

    protected abstract IEnumerable<Side> References(string folder, CancellationToken cancellation);

    /// <summary>The engine alone, from a source of its own into a table with the right types.</summary>
    protected Side Engine(string name, string how, string source, (double Floor, double Aim)? target, CancellationToken cancellation) =>
        new(name, how, async _ =>
        {
            const string Table = "default.reference";
            var structure = string.Join(", ", File.Columns.Select(c => $"{c.Name} {c.Type}"));
            await Daemon.Engine.QueryAsync($"CREATE TABLE {Table} ({structure}) ENGINE = MergeTree ORDER BY {File.SortingKey}", cancellation);
            var measurement = await Daemon.MeasureAsync(File.Rows, Size(File.Path), () =>
                Daemon.Engine.QueryAsync($"INSERT INTO {Table} SELECT * FROM {source}", cancellation));
            await CheckAndDropAsync(Table, exactFloats: false, name, cancellation);
            return measurement with { DaemonCpuSeconds = 0, DaemonPeakBytes = 0 };
        }, target);

    protected static long Size(string path) => new FileInfo(path).Length;

    /// <summary>Each run is a dataset of its own: the same content again in the same one would be a duplicate.</summary>
    async Task<Measurement> LoadAsync(string dataset, CancellationToken cancellation)
    {
        var target = Path.Combine(Directory.CreateDirectory(Path.Combine(Daemon.DataFolder, dataset)).FullName, Path.GetFileName(File.Path));
        var measurement = await Daemon.MeasureAsync(File.Rows, Size(File.Path), async () =>
        {
            System.IO.File.Move(File.Path, target);
            await Daemon.WaitUntilLoadedAsync(target, cancellation);
        });
        System.IO.File.Move(Directory.GetFiles(Path.Combine(Daemon.Home, "archive", dataset), "*", SearchOption.AllDirectories).Single(), File.Path);
        await CheckAndDropAsync($"default.{dataset}", exactFloats: true, "the daemon", cancellation);
        return measurement;
    }

    async Task<Measurement> IngestAsync(string pipeline, int run, CancellationToken cancellation)
    {
        var home = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(File.Path)!, $"shot{run}"));
        var link = Path.Combine(home.FullName, $"shot-{(char)('a' + run)}{Extensions(File.Path)}");
        System.IO.File.Move(File.Path, link);
        try
        {
            IngestProcess? ended = null;
            var measurement = await Daemon.MeasureAsync(File.Rows, Size(link), async () =>
                ended = await IngestProcess.RunAsync(pipeline, home.FullName, link, Daemon.Engine, cancellation));
            if (ended!.Line.Outcome != "loaded" || ended.Line.RowsRead != File.Rows || ended.Line.RowsLoaded != File.Rows)
            {
                throw new WrongLoadException($"ingest: {ended.Line}, of {File.Rows} rows.");
            }

            await CheckAndDropAsync(ended.Line.Table, exactFloats: true, "ingest", cancellation);
            return measurement with { DaemonCpuSeconds = ended.CpuSeconds, DaemonPeakBytes = ended.PeakBytes };
        }
        finally
        {
            System.IO.File.Move(link, File.Path);
            home.Delete(recursive: true);
        }
    }

    async Task CheckAndDropAsync(string table, bool exactFloats, string who, CancellationToken cancellation)
    {
        var actual = await TableChecksum.OfAsync(Daemon.Engine, table, File.Columns, cancellation);
        actual.MustEqual(_expected!, File.Columns, exactFloats, who);
        await Daemon.Engine.QueryAsync($"DROP TABLE {table} SYNC", cancellation);
    }

    static string Extensions(string path)
    {
        var name = Path.GetFileName(path);
        return name[name.IndexOf('.', StringComparison.Ordinal)..];
    }
}
