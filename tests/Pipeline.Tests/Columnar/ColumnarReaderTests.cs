using Pipeline.ClickHouse;
using Pipeline.Columnar;
using Pipeline.Formats;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Records;
using Pipeline.Ingestion;
using Pipeline.TestKit.Files;
using Pipeline.Tests.ClickHouse;

namespace Pipeline.Tests.Columnar;

/// <summary>An engine that is lost while it reads, played by a server that answers pings and drops everything else.</summary>
public sealed class ColumnarReaderTests : IAsyncDisposable
{
    readonly TempHome _home = new();
    readonly FakeServer _engine = new(async connection =>
    {
        await connection.ReadBodyAsync();
        if (connection.Head.Contains("/ping", StringComparison.Ordinal))
        {
            await connection.WriteAsync(FakeServer.Ok("Ok.\n"));
        }
        else
        {
            connection.Reset();
        }
    });

    readonly ClickHouseClient _client;
    readonly ColumnarReader _reader;

    public ColumnarReaderTests()
    {
        _client = new ClickHouseClient(new ClickHouseOptions { Url = _engine.Url });
        _reader = new ColumnarReader(_ => Task.FromResult(_client), _home.State, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _client.Dispose();
        await _engine.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task Open_EngineIsLostTwice_FileIsReadOnceMoreThenRefused()
    {
        var content = await ContentAsync("killer.avro");

        await Should.ThrowAsync<ReadInterruptedException>(() => OpenAsync(content));
        (await Should.ThrowAsync<BadFileException>(() => OpenAsync(content))).Code.ShouldBe(RejectCode.EngineCrashed);

        // Refused is refused: dropped again later, it starts anew.
        await Should.ThrowAsync<ReadInterruptedException>(() => OpenAsync(content));
        Directory.GetFiles(_home.State).ShouldBeEmpty();
    }

    [Fact]
    public async Task Open_EngineIsLost_OtherFilesAreNotSuspected()
    {
        await Should.ThrowAsync<ReadInterruptedException>(async () => await OpenAsync(await ContentAsync("killer.avro")));

        await Should.ThrowAsync<ReadInterruptedException>(async () => await OpenAsync(await ContentAsync("other.avro")));
    }

    async Task<FileContent> ContentAsync(string name) => await FileContent.OpenAsync(
        _home.Write(name, "Obj\u0001and so on"), FormatLimits.Default, CompressionLimits.Default, CancellationToken.None);

    Task<ColumnarRows> OpenAsync(FileContent content) => _reader.OpenAsync(content, ColumnarFormat.Avro, CancellationToken.None);
}
