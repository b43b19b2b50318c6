using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Columnar;
using Pipeline.Configuration;
using Pipeline.Daemon.Hosting;
using Pipeline.Ingestion;

namespace Pipeline.Daemon.Commands;

/// <summary>
/// Looks at files for the time of one verb, without a home or a daemon. For the first columnar file it starts an engine of its own, with a
/// store that is thrown away.
/// </summary>
sealed class FileLook : IAsyncDisposable
{
    readonly string _scratch = Directory.CreateTempSubdirectory("pipeline-look-").FullName;
    readonly ReadingEngine _engine;
    readonly ColumnarReader _columnar;

    public FileLook(PipelineOptions options)
    {
        _engine = new ReadingEngine(Path.Combine(_scratch, "engine"), NullLoggerFactory.Instance, TimeProvider.System);
        _columnar = new ColumnarReader(_engine.GetAsync, _scratch, TimeProvider.System);
        Inspector = new Inspector(options, _columnar);
    }

    public Inspector Inspector { get; }

    public async ValueTask DisposeAsync()
    {
        Inspector.Dispose();
        _columnar.Dispose();
        await _engine.DisposeAsync();
        Directory.Delete(_scratch, recursive: true);
    }
}
