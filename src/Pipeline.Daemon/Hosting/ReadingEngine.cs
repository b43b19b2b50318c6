using Microsoft.Extensions.Logging;
using Pipeline.ClickHouse;
using Pipeline.Engine;
using Pipeline.Formats;
using Pipeline.Formats.Records;

namespace Pipeline.Daemon.Hosting;

/// <summary>
/// An engine that only reads files, beside a destination that cannot: started when the first file asks for it, with a store of its own that holds nothing.
/// Any task.
/// </summary>
sealed class ReadingEngine(string folder, ILoggerFactory loggers, TimeProvider time) : IAsyncDisposable
{
    readonly SemaphoreSlim _starting = new(1);
    EngineSupervisor? _engine;
    ClickHouseClient? _client;

    /// <summary>A client of the engine; it belongs to this object.</summary>
    /// <exception cref="BadFileException">The engine does not start: no fault of the destination, and other files can go on.</exception>
    public async Task<ClickHouseClient> GetAsync(CancellationToken cancellation)
    {
        await _starting.WaitAsync(cancellation);
        try
        {
            return _client ??= await StartAsync(cancellation);
        }
        finally
        {
            _starting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }

        _starting.Dispose();
    }

    async Task<ClickHouseClient> StartAsync(CancellationToken cancellation)
    {
        try
        {
            _engine = await EngineSupervisor.StartAsync(
                new EngineSupervisorOptions { Engine = new EngineOptions { StorePath = folder } }, time, loggers.CreateLogger<EngineSupervisor>(), cancellation);
        }
        catch (EngineException e)
        {
            throw new BadFileException(RejectCode.EngineCrashed, $"The embedded engine, which reads such files, did not start: {e.Message}");
        }

        return new ClickHouseClient(new ClickHouseOptions { Url = _engine.Url, User = _engine.User, Password = _engine.Password }, time);
    }
}
